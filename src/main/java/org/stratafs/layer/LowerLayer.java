package org.stratafs.layer;

import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.Syscalls;

/** A read-only layer. */
public final class LowerLayer extends Layer {
  private static final int READABLE =
      OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW;

  /** Reading through this mount leaves atimes alone, so that O_NOATIME need not be tried. */
  final boolean noatime;

  LowerLayer(
      Syscalls sys,
      int root,
      String path,
      int index,
      int fsid,
      long device,
      Identity identity,
      boolean noatime) {
    super(sys, root, path, index, fsid, device, identity);
    this.noatime = noatime;
  }

  @Override
  public LowerDir openDirectory(String path) {
    return open(root, path);
  }

  /**
   * Opens a directory beneath another of this layer: where that moves no atime such that it can be
   * listed by the same descriptor, which saves an open and a close.
   *
   * @param directory a descriptor
   */
  LowerDir open(int directory, String path) {
    if (noatime) {
      try {
        return new LowerDir(this, openPath(directory, path, READABLE), true);
      } catch (FsException e) {
        if (e.errno() != Errno.EACCES) {
          throw e;
        }
        // It may be searched, not read.
      }
    }
    return new LowerDir(this, openPath(directory, path, DIRECTORY), false);
  }
}
