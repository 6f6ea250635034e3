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

  /**
   * How a directory is opened at first: where that moves no atime it can be listed by the same
   * descriptor, which saves an open and a close.
   */
  int directoryFlags() {
    return noatime ? READABLE : DIRECTORY;
  }

  @Override
  public LowerDir openDirectory(String path) {
    int flags = directoryFlags();
    try {
      return new LowerDir(this, openPath(path, flags), flags);
    } catch (FsException e) {
      if (e.errno() != Errno.EACCES || flags == DIRECTORY) {
        throw e;
      }
      // It may be searched, not read.
      return new LowerDir(this, openPath(path, DIRECTORY), DIRECTORY);
    }
  }
}
