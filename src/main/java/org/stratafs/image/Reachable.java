package org.stratafs.image;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which blobs and layers the images and the container layers of a store need. */
final class Reachable {
  private final ImageStore store;
  private final Set<Digest> blobs = new HashSet<>();
  private final Set<Digest> layers = new HashSet<>();
  private final Set<Digest> chains = new HashSet<>();

  private Reachable(ImageStore store) {
    this.store = store;
  }

  static Reachable of(ImageStore store, List<Container> containers) throws IOException {
    Reachable all = new Reachable(store);
    for (Descriptor entry : store.index().entries()) {
      all.add(entry);
    }
    for (Container container : containers) {
      all.addLayers(container.layers());
      all.add(new Descriptor(MediaTypes.MANIFEST, container.manifest(), 0));
    }
    return all;
  }

  Set<Digest> blobs() {
    return blobs;
  }

  Set<Digest> layers() {
    return layers;
  }

  Set<Digest> chains() {
    return chains;
  }

  private void addLayers(List<Digest> lowestFirst) {
    layers.addAll(lowestFirst);
    if (!lowestFirst.isEmpty()) {
      chains.add(Chains.id(lowestFirst));
    }
  }

  private void add(Descriptor entry) throws IOException {
    if (!blobs.add(entry.digest()) || !store.blobs().has(entry.digest())) {
      return;
    }
    if (MediaTypes.isIndex(entry.mediaType())) {
      for (Descriptor child :
          ImageIndex.read(store.blobs().read(entry.digest(), "an index"), "an index")) {
        add(child);
      }
      return;
    }
    Image image = store.image(entry);
    blobs.add(image.manifest().config().digest());
    for (Descriptor layer : image.manifest().layers()) {
      blobs.add(layer.digest());
    }
    addLayers(image.diffIds());
  }
}
