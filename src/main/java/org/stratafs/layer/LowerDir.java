package org.stratafs.layer;

import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;

/**
 * A directory of a lower layer. It has no mutator, so that a write to a lower does not compile
 * (invariant I1).
 */
public final class LowerDir extends LayerDir {
  /** What of open(2)'s flags may reach a lower: none that makes, truncates or writes. */
  private static final int READ_ONLY_FLAGS =
      OpenFlags.O_DIRECTORY | OpenFlags.O_DIRECT | OpenFlags.O_LARGEFILE;

  private final LowerLayer layer;

  /**
   * @param readable whether the descriptor is no O_PATH one
   */
  LowerDir(LowerLayer layer, int fd, boolean readable) {
    super(layer.sys, layer.identity, fd, readable);
    this.layer = layer;
  }

  @Override
  public LowerLayer layer() {
    return layer;
  }

  @Override
  public LowerDir child(String name) {
    return layer.open(fd(), name);
  }

  /**
   * {@inheritDoc} Always for reading, whatever {@code flags} say, and without touching the atime
   * where we may.
   */
  @Override
  public int openFile(String name, int flags) {
    int reading = flags & READ_ONLY_FLAGS;
    if (layer.noatime) {
      return openBeneath(name, reading);
    }
    try {
      return openBeneath(name, reading | OpenFlags.O_NOATIME);
    } catch (FsException e) {
      if (e.errno() != Errno.EPERM) {
        throw e;
      }
      return openBeneath(name, reading); // not the owner of the file: its atime moves, open(2)
    }
  }
}
