package org.stratafs.layer;

import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/**
 * Opens beneath a directory and never leaves it: no symbolic link is followed, "..", absolute paths
 * and other mounts are refused. By openat2(2), or, on Linux before 5.6 and where a sandbox answers
 * ENOSYS to it, component by component.
 *
 * <p>Before Linux 5.8 statx(2) tells no mount id, and only the device tells mounts apart: a bind
 * mount of the same file system within a layer then goes unnoticed.
 *
 * <p>Safe for any thread; a race costs one more failed call.
 */
final class Beneath {
  private static final int STEP = OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW;

  private final Syscalls sys;

  /** openat2(2) answered ENOSYS. */
  private volatile boolean missing;

  Beneath(Syscalls sys) {
    this.sys = sys;
  }

  /**
   * Opens.
   *
   * @param path relative, shorter than PATH_MAX; "." is {@code dirfd} itself
   * @throws FsException EXDEV (out of the directory, or into another mount), ELOOP (a symbolic link
   *     on the way, or at the end of an open that is not O_PATH), ENOTDIR (a symbolic link at the
   *     end, with O_DIRECTORY), or what open(2) says
   */
  int open(int dirfd, String path, int flags) {
    if (!missing) {
      try {
        return sys.openat2(dirfd, path, flags | OpenFlags.O_NOFOLLOW, 0, Layer.BENEATH);
      } catch (FsException e) {
        if (e.errno() != Errno.ENOSYS) {
          throw e;
        }
        missing = true;
      }
    }
    return openInSteps(dirfd, path, flags | OpenFlags.O_NOFOLLOW);
  }

  private int openInSteps(int dirfd, String path, int flags) {
    if (path.startsWith("/")) {
      throw new FsException(Errno.EXDEV);
    }
    Stat mount = new Stat();
    sys.statMount(dirfd, mount);
    int from = dirfd;
    int start = 0;
    try {
      while (true) {
        int slash = path.indexOf('/', start);
        if (slash < 0) {
          return openLast(from, path.substring(start), flags, mount);
        }
        int next = step(from, path.substring(start, slash), mount);
        closeUnless(dirfd, from);
        from = next;
        start = slash + 1;
      }
    } finally {
      closeUnless(dirfd, from);
    }
  }

  /** A component on the way: a directory of the same mount. */
  private int step(int from, String name, Stat mount) {
    refuseUp(name);
    int fd = sys.openat(from, name, STEP, 0);
    try {
      Stat stat = new Stat();
      sys.fstat(fd, stat);
      if (stat.isSymlink()) {
        throw new FsException(Errno.ELOOP);
      }
      if (!stat.isDirectory()) {
        throw new FsException(Errno.ENOTDIR);
      }
      return requireSameMount(fd, mount);
    } catch (FsException e) {
      sys.close(fd);
      throw e;
    }
  }

  private int openLast(int from, String name, int flags, Stat mount) {
    refuseUp(name);
    int fd = sys.openat(from, name, flags, 0);
    try {
      return requireSameMount(fd, mount);
    } catch (FsException e) {
      sys.close(fd);
      throw e;
    }
  }

  private static void refuseUp(String name) {
    if (name.equals("..")) {
      throw new FsException(Errno.EXDEV);
    }
  }

  private int requireSameMount(int fd, Stat mount) {
    Stat found = new Stat();
    sys.statMount(fd, found);
    if (found.mountId != mount.mountId || found.dev != mount.dev) {
      throw new FsException(Errno.EXDEV);
    }
    return fd;
  }

  private void closeUnless(int dirfd, int fd) {
    if (fd != dirfd) {
      sys.close(fd);
    }
  }
}
