package org.stratafs.layer;

import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/**
 * A layer's root directory while the stack is being opened: its descriptor, the path it was given
 * as, what it is.
 */
final class LayerRoot implements AutoCloseable {
  final Syscalls sys;

  /** The option that named it: lowerdir, upperdir or workdir. */
  final String option;

  final String path;
  final Stat stat = new Stat();

  private int fd;

  private LayerRoot(Syscalls sys, String option, String path, int fd) {
    this.sys = sys;
    this.option = option;
    this.path = path;
    this.fd = fd;
  }

  /** Opens a path for reading, as the kernel resolves it: symbolic links and ".." and all. */
  static LayerRoot open(Syscalls sys, String option, String path) {
    int fd;
    try {
      fd = sys.openat(Syscalls.AT_FDCWD, path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0);
    } catch (FsException e) {
      throw new FsException(e.errno(), subject(option, path) + " " + problem(sys, e.errno()));
    }
    LayerRoot root = new LayerRoot(sys, option, path, fd);
    try {
      sys.fstat(fd, root.stat);
    } catch (FsException e) {
      root.close();
      throw root.failure(e.errno(), "cannot be examined: look at what it is on");
    }
    return root;
  }

  private static String problem(Syscalls sys, int errno) {
    return switch (errno) {
      case Errno.ENOENT -> "does not exist: create it or correct the option";
      case Errno.ENOTDIR ->
          "is not a directory, or something on the way to it is not: name a directory";
      case Errno.EACCES, Errno.EPERM ->
          "cannot be read by user "
              + sys.geteuid()
              + ": give that user read and search permission, or mount as root";
      case Errno.ELOOP -> "has too many symbolic links on the way: correct the link";
      case Errno.ENAMETOOLONG ->
          "is too long a path: go to a directory near it and name it from there";
      case Errno.EMFILE, Errno.ENFILE ->
          "cannot be opened, too many files are open: raise the limit (ulimit -n)";
      case Errno.ENOTCONN ->
          "is a FUSE mount whose program has died: unmount it and mount it again";
      default -> "cannot be opened: look at what it is on";
    };
  }

  int fd() {
    return fd;
  }

  /** Takes another descriptor of the same directory in place of the one held, which is closed. */
  void replaceFd(int other) {
    sys.close(fd);
    fd = other;
  }

  /** Gives the descriptor to the caller. */
  int release() {
    int released = fd;
    fd = -1;
    return released;
  }

  boolean isSameAs(Stat other) {
    return stat.ino == other.ino && stat.dev == other.dev;
  }

  /** The option and the path, to begin a message with. */
  String subject() {
    return subject(option, path);
  }

  FsException failure(int errno, String problemAndRemedy) {
    return new FsException(errno, subject() + " " + problemAndRemedy);
  }

  private static String subject(String option, String path) {
    return option + " '" + Names.display(path) + "'";
  }

  @Override
  public void close() {
    if (fd >= 0) {
      sys.close(fd);
      fd = -1;
    }
  }
}
