package org.stratafs.testkit;

import java.util.ArrayList;
import java.util.List;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/** A real directory, or whatever is mounted on it, as a {@link PosixTree}. */
public final class DirectoryTree implements PosixTree, AutoCloseable {
  private final Syscalls sys;
  private final int root;
  private final boolean onlyReachable;

  public DirectoryTree(Syscalls sys, String path) {
    this(sys, path, false);
  }

  /**
   * With {@code onlyReachable}, names that are listed but cannot be looked up are left out of
   * listings: kernel overlayfs lists the whiteouts of a directory that only one layer has.
   */
  DirectoryTree(Syscalls sys, String path, boolean onlyReachable) {
    this.sys = sys;
    this.onlyReachable = onlyReachable;
    this.root = sys.openat(Syscalls.AT_FDCWD, path, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
  }

  @FunctionalInterface
  private interface InParent<T> {
    T run(int parent, String name);
  }

  @FunctionalInterface
  private interface Step {
    void run(int parent, String name);
  }

  /** Runs with an O_PATH descriptor of the parent directory. */
  private <T> T at(String path, InParent<T> step) {
    int slash = path.lastIndexOf('/');
    if (path.isEmpty()) {
      return step.run(root, ".");
    }
    int parent = openParent(slash < 0 ? "." : path.substring(0, slash));
    try {
      return step.run(parent, path.substring(slash + 1));
    } finally {
      sys.close(parent);
    }
  }

  private int openParent(String path) {
    try {
      return sys.openat2(
          root,
          path,
          OpenFlags.O_PATH | OpenFlags.O_DIRECTORY,
          0,
          Syscalls.RESOLVE_BENEATH | Syscalls.RESOLVE_NO_SYMLINKS);
    } catch (FsException e) {
      throw e.errno() == Errno.ELOOP ? new FsException(Errno.ENOTDIR) : e;
    }
  }

  private void run(String path, Step step) {
    at(
        path,
        (parent, name) -> {
          step.run(parent, name);
          return null;
        });
  }

  @Override
  public void mkdir(String path, int mode) {
    run(path, (dir, name) -> sys.mkdirat(dir, name, mode));
  }

  @Override
  public void mknod(String path, int mode, long rdev) {
    run(path, (dir, name) -> sys.mknodat(dir, name, mode, rdev));
  }

  @Override
  public void symlink(String target, String path) {
    run(path, (dir, name) -> sys.symlinkat(target, dir, name));
  }

  @Override
  public void link(String from, String to) {
    run(from, (dir, name) -> run(to, (newDir, newName) -> sys.linkat(dir, name, newDir, newName)));
  }

  @Override
  public void unlink(String path) {
    run(path, (dir, name) -> sys.unlinkat(dir, name, 0));
  }

  @Override
  public void rmdir(String path) {
    run(path, (dir, name) -> sys.unlinkat(dir, name, Syscalls.AT_REMOVEDIR));
  }

  @Override
  public void rename(String from, String to, int flags) {
    run(
        from,
        (dir, name) ->
            run(to, (newDir, newName) -> sys.renameat2(dir, name, newDir, newName, flags)));
  }

  @Override
  public int open(String path, int flags, int mode) {
    return at(
        path,
        (dir, name) -> {
          Stat stat = new Stat();
          if (sys.statOrAbsent(dir, name, stat)) {
            refuseSpecial(stat, flags);
          }
          return sys.openat(dir, name, flags | OpenFlags.O_NOFOLLOW, mode);
        });
  }

  private static void refuseSpecial(Stat stat, int flags) {
    boolean exclusive =
        (flags & (OpenFlags.O_CREAT | OpenFlags.O_EXCL)) == (OpenFlags.O_CREAT | OpenFlags.O_EXCL);
    if (exclusive || stat.isRegular() || stat.isSymlink()) {
      return;
    }
    throw new FsException(stat.isDirectory() ? Errno.EISDIR : Errno.ENXIO);
  }

  @Override
  public int tmpfile(String directory, int mode) {
    return sys.openat(
        root,
        directory.isEmpty() ? "." : directory,
        OpenFlags.O_TMPFILE | OpenFlags.O_RDWR | OpenFlags.O_NOFOLLOW,
        mode);
  }

  @Override
  public void linkOpen(int fd, String path) {
    run(path, (dir, name) -> sys.linkFd(fd, dir, name));
  }

  @Override
  public byte[] read(int fd, long offset, int size) {
    NativeBytes memory = new NativeBytes(size);
    return memory.get(sys.pread(fd, memory.address(), size, offset));
  }

  @Override
  public void write(int fd, long offset, byte[] bytes) {
    sys.pwrite(fd, NativeBytes.of(bytes).address(), bytes.length, offset);
  }

  @Override
  public void ftruncate(int fd, long size) {
    sys.ftruncate(fd, size);
  }

  @Override
  public void fstat(int fd, Stat out) {
    sys.fstat(fd, out);
  }

  @Override
  public void close(int fd) {
    sys.close(fd);
  }

  @Override
  public void chmod(String path, int mode) {
    run(
        path,
        (dir, name) -> {
          if (lstat(path).isSymlink()) {
            throw new FsException(Errno.EOPNOTSUPP);
          }
          sys.fchmodat(dir, name, mode);
        });
  }

  @Override
  public void chown(String path, int uid, int gid) {
    run(path, (dir, name) -> sys.fchownat(dir, name, uid, gid));
  }

  @Override
  public void truncate(String path, long size) {
    Stat stat = lstat(path);
    if (!stat.isRegular()) {
      throw new FsException(stat.isDirectory() ? Errno.EISDIR : Errno.EINVAL);
    }
    int fd = open(path, OpenFlags.O_WRONLY, 0);
    try {
      sys.ftruncate(fd, size);
    } finally {
      sys.close(fd);
    }
  }

  @Override
  public void utimens(String path, long mtimeSec, int mtimeNsec) {
    run(path, (dir, name) -> sys.utimensat(dir, name, 0, Syscalls.UTIME_OMIT, mtimeSec, mtimeNsec));
  }

  @Override
  public void setxattr(String path, String name, byte[] value, int flags) {
    run(path, (dir, file) -> sys.setxattr(dir, file, name, value, flags));
  }

  @Override
  public byte[] getxattr(String path, String name) {
    byte[] value = at(path, (dir, file) -> sys.getxattrOrAbsent(dir, file, name));
    if (value == null) {
      throw new FsException(Errno.ENODATA);
    }
    return value;
  }

  @Override
  public List<String> listxattr(String path) {
    return at(path, (dir, file) -> sys.listxattr(dir, file));
  }

  @Override
  public void removexattr(String path, String name) {
    run(path, (dir, file) -> sys.removexattr(dir, file, name));
  }

  @Override
  public void lstat(String path, Stat out) {
    run(path, (dir, name) -> sys.stat(dir, name, out));
  }

  @Override
  public String readlink(String path) {
    return at(path, (dir, name) -> sys.readlinkat(dir, name));
  }

  @Override
  public List<DirEntry> list(String path) {
    List<DirEntry> entries = new ArrayList<>();
    run(
        path,
        (dir, name) -> {
          int flags = OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW;
          int fd = sys.openat(dir, name, flags, 0);
          try {
            sys.readDirectory(
                fd, (entry, ino, type) -> entries.add(new DirEntry(entry, ino, type)));
          } finally {
            sys.close(fd);
          }
        });
    if (onlyReachable) {
      entries.removeIf(entry -> !exists(Names.join(path, entry.name())));
    }
    return entries;
  }

  @Override
  public void close() {
    sys.close(root);
  }
}
