package org.stratafs.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;
import org.stratafs.sys.Syscalls;

/**
 * Verifies a store: each blob against its digest, each image against its blobs, each unpacked layer
 * against its archive, which is unpacked once more for that.
 */
public final class StoreCheck {
  private final ImageStore store;
  private final Containers containers;
  private final Syscalls sys;
  private final Log log;
  private final Consumer<String> problems;
  private int found;

  /**
   * @param problems takes a line for each
   */
  public StoreCheck(
      ImageStore store, Containers containers, Syscalls sys, Log log, Consumer<String> problems) {
    this.store = store;
    this.containers = containers;
    this.sys = sys;
    this.log = log;
    this.problems = problems;
  }

  /** How many problems there are. */
  public int check() throws IOException {
    for (Digest digest : store.blobs().all()) {
      checkBlob(digest);
    }
    Map<Digest, Digest> blobOfLayer = new HashMap<>();
    for (Descriptor entry : store.index().entries()) {
      checkImage(entry, blobOfLayer);
    }
    checkContainers(blobOfLayer);
    for (Digest diffId : store.trees().all()) {
      checkTree(diffId, blobOfLayer.get(diffId));
    }
    return found;
  }

  private void problem(String line) {
    found++;
    problems.accept(line);
  }

  private void checkBlob(Digest digest) throws IOException {
    try (InputStream in = store.blobs().open(digest)) {
      MeasuredInput measured = new MeasuredInput(in, Long.MAX_VALUE);
      Streams.drain(measured);
      Digest actual = measured.digest();
      if (!actual.equals(digest)) {
        problem(
            "the blob " + digest + " is " + actual + ": remove its images and import them again");
      }
    }
  }

  private void checkImage(Descriptor entry, Map<Digest, Digest> blobOfLayer) {
    String name = entry.refName() == null ? entry.digest().toString() : entry.refName();
    try {
      Image image = store.image(entry);
      for (int i = 0; i < image.diffIds().size(); i++) {
        Digest blob = image.manifest().layers().get(i).digest();
        if (!store.blobs().has(blob)) {
          problem("the image " + name + " lacks its layer " + blob + ": import it again");
        }
        blobOfLayer.put(image.diffIds().get(i), blob);
      }
    } catch (IOException e) {
      problem("the image " + name + ": " + e.getMessage());
    }
  }

  private void checkContainers(Map<Digest, Digest> blobOfLayer) throws IOException {
    for (Container container : containers.all()) {
      checkImage(new Descriptor(MediaTypes.MANIFEST, container.manifest(), 0), blobOfLayer);
      for (Digest layer : container.layers()) {
        if (!store.trees().has(layer)) {
          problem("the container layer " + container.name() + " lacks the layer " + layer);
        }
      }
    }
  }

  private void checkTree(Digest diffId, Digest blob) throws IOException {
    if (blob == null || !store.blobs().has(blob)) {
      return; // nothing to compare it with: gc removes it, or its image was named above
    }
    try (InputStream in = store.blobs().open(blob);
        StagedLayer again =
            store.trees().unpack(in, diffId, UnpackLimits.DEFAULT, "layer " + blob);
        Stack stack =
            Stack.open(
                sys,
                List.of(PathBytes.of(store.trees().tree(diffId)), PathBytes.of(again.tree())),
                log);
        var kept = stack.layers().lower(0).openDirectory("");
        var fresh = stack.layers().lower(1).openDirectory("")) {
      String difference = new TreeCompare(sys).difference(kept, fresh);
      if (difference != null) {
        problem(
            "the tree of layer "
                + diffId
                + " is not what its archive holds: "
                + difference
                + ": something wrote to it");
      }
    } catch (ImageException | FsException e) {
      problem("the layer " + diffId + ": " + e.getMessage());
    }
  }
}
