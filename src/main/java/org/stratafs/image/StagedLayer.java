package org.stratafs.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A layer unpacked in tmp; closing it throws it away unless it was published. */
final class StagedLayer implements AutoCloseable {
  private final Path directory;
  private final LayerInfo info;

  StagedLayer(Path directory, LayerInfo info) {
    this.directory = directory;
    this.info = info;
  }

  Path tree() {
    return directory.resolve(StagedTree.TREE);
  }

  LayerInfo info() {
    return info;
  }

  /** Makes it a layer of the store, unless that has it by now. */
  void publish(Path target) throws IOException {
    if (!Files.isDirectory(target)) {
      StoreFiles.publish(directory, target);
    }
  }

  @Override
  public void close() throws IOException {
    StoreFiles.removeTree(directory);
  }
}
