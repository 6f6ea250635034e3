package org.stratafs.image;

import java.util.ArrayList;
import java.util.List;
import org.stratafs.layer.LayerStack;
import org.stratafs.layer.StackSpec;
import org.stratafs.layer.XattrNamespace;
import org.stratafs.posix.Log;
import org.stratafs.sys.Syscalls;

/** Layers opened for reading, as a mount of them would open them. */
final class Stack implements AutoCloseable {
  private final LayerStack layers;

  private Stack(LayerStack layers) {
    this.layers = layers;
  }

  /**
   * Opens them.
   *
   * @param topFirst their directories, at least one
   */
  static Stack open(Syscalls sys, List<String> topFirst, Log log) {
    StackSpec spec = new StackSpec(topFirst, null, null, XattrNamespace.AUTO);
    return new Stack(LayerStack.open(sys, spec, log));
  }

  /** The directories of some layers of the store, the topmost first. */
  static List<String> trees(LayerTrees trees, List<Digest> lowestFirst) {
    List<String> topFirst = new ArrayList<>();
    for (int i = lowestFirst.size() - 1; i >= 0; i--) {
      topFirst.add(PathBytes.of(trees.tree(lowestFirst.get(i))));
    }
    return topFirst;
  }

  LayerStack layers() {
    return layers;
  }

  int count() {
    return layers.lowerCount();
  }

  /** The root of all that lie below the first {@code skipped}; null if there are none. */
  MergedDir root(int skipped) {
    return skipped == count() ? null : MergedDir.root(layers, skipped, count());
  }

  @Override
  public void close() {
    layers.close();
  }
}
