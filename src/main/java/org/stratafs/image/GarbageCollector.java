package org.stratafs.image;

import java.io.IOException;

/** Frees what no image and no container layer needs. The store is open exclusively. */
public final class GarbageCollector {
  private final ImageStore store;
  private final Containers containers;

  public GarbageCollector(ImageStore store, Containers containers) {
    this.store = store;
    this.containers = containers;
  }

  /**
   * What was freed.
   *
   * @param bytes of blobs and of the files of layers
   */
  public record Freed(int blobs, int layers, long bytes) {}

  /** Looks at everything first, so that a store that cannot be read loses nothing. */
  public Freed collect() throws IOException {
    Reachable needed = Reachable.of(store, containers.all());
    long bytes = 0;
    int blobs = 0;
    for (Digest digest : store.blobs().all()) {
      if (!needed.blobs().contains(digest)) {
        bytes += store.blobs().size(digest);
        store.blobs().remove(digest);
        blobs++;
      }
    }
    int layers = 0;
    for (Digest diffId : store.trees().all()) {
      if (!needed.layers().contains(diffId)) {
        bytes += store.trees().info(diffId).fileBytes();
        store.trees().remove(diffId);
        layers++;
      }
    }
    for (Digest chain : store.chains().all()) {
      if (!needed.chains().contains(chain)) {
        store.chains().remove(chain);
      }
    }
    return new Freed(blobs, layers, bytes);
  }
}
