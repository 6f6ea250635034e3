package org.stratafs.fuse.libfuse;

import org.stratafs.fs.FileSystem;

/** Where a path led: a node with the one lookup it cost, which {@link #close} gives back. */
final class Place implements AutoCloseable {
  private final FileSystem fs;
  private final long nodeid;
  private boolean counted;

  /**
   * @param counted whether a lookup is to be given back; not for the root, nor for a node that
   *     somebody else holds
   */
  Place(FileSystem fs, long nodeid, boolean counted) {
    this.fs = fs;
    this.nodeid = nodeid;
    this.counted = counted && nodeid != FileSystem.ROOT;
  }

  long nodeid() {
    return nodeid;
  }

  /** Gives the lookup, if there is one, to the caller: 1 or 0. */
  int release() {
    int lookups = counted ? 1 : 0;
    counted = false;
    return lookups;
  }

  @Override
  public void close() {
    if (counted) {
      counted = false;
      fs.forget(nodeid, 1);
    }
  }
}
