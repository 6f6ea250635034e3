package org.stratafs.union;

import org.stratafs.layer.LowerDir;
import org.stratafs.posix.OpenFlags;

/**
 * A regular file of a lower layer that holds the data of a metacopy above it.
 *
 * @param blocks its st_blocks, which the metacopy shows as its own
 */
record LowerFile(LowerPath directory, String name, long blocks) {
  /** Opens it for reading; the descriptor is the caller's. */
  int open() {
    try (LowerDir parent = directory.layer().openDirectory(directory.path())) {
      return parent.openFile(name, OpenFlags.O_RDONLY);
    }
  }
}
