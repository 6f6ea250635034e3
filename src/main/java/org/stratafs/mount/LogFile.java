package org.stratafs.mount;

import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.Syscalls;

/** The file that takes what the daemon has to say once its mount answers; mounts may share one. */
final class LogFile {
  private final Syscalls sys;
  private final int fd;

  private LogFile(Syscalls sys, int fd) {
    this.sys = sys;
    this.fd = fd;
  }

  /**
   * Opens it at its end, or makes it for its user alone.
   *
   * @throws FsException with one line for the person if it cannot be written
   */
  static LogFile open(Syscalls sys, String path) {
    try {
      int flags = OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_APPEND;
      return new LogFile(sys, sys.openat(Syscalls.AT_FDCWD, path, flags, 0600));
    } catch (FsException e) {
      throw new FsException(
          e.errno(),
          "the log file " + Names.display(path) + " (log= or STRATAFS_LOG) cannot be written");
    }
  }

  /** Standard error is this file from now on. */
  void takeOver(StandardError err, String mountPoint) {
    sys.dup2(fd, 2);
    sys.close(fd);
    err.names(mountPoint);
  }
}
