package org.stratafs.testkit;

import java.util.List;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;

/**
 * One directory tree as a program uses it: by paths relative to its root ("" is the root) and by
 * descriptors. The union, a real directory and the model are all such trees, so that one script can
 * run on each.
 *
 * <p>Methods throw {@link org.stratafs.posix.FsException} with the errno the program would see. The
 * last component is never followed if it is a symbolic link; a symbolic link further up gives
 * ENOTDIR.
 */
public interface PosixTree {
  void mkdir(String path, int mode);

  void mknod(String path, int mode, long rdev);

  void symlink(String target, String path);

  void link(String from, String to);

  void unlink(String path);

  void rmdir(String path);

  void rename(String from, String to, int flags);

  /**
   * open(2) of a regular file with O_NOFOLLOW; a descriptor of this tree. EISDIR for a directory,
   * ENXIO for a fifo, socket or device.
   */
  int open(String path, int flags, int mode);

  /** open(2) with O_TMPFILE and O_RDWR. */
  int tmpfile(String directory, int mode);

  /** linkat(2) of a descriptor. */
  void linkOpen(int fd, String path);

  byte[] read(int fd, long offset, int size);

  void write(int fd, long offset, byte[] bytes);

  void ftruncate(int fd, long size);

  void fstat(int fd, Stat out);

  void close(int fd);

  void chmod(String path, int mode);

  /** lchown(2); -1 leaves an id alone. */
  void chown(String path, int uid, int gid);

  void truncate(String path, long size);

  /** Sets the time of modification and leaves that of access. */
  void utimens(String path, long mtimeSec, int mtimeNsec);

  void setxattr(String path, String name, byte[] value, int flags);

  /** ENODATA if it is absent. */
  byte[] getxattr(String path, String name);

  List<String> listxattr(String path);

  void removexattr(String path, String name);

  void lstat(String path, Stat out);

  String readlink(String path);

  /** All entries but "." and "..". */
  List<DirEntry> list(String path);

  /** The whole content of a regular file. */
  default byte[] contents(String path) {
    Stat stat = new Stat();
    lstat(path, stat);
    int fd = open(path, OpenFlags.O_RDONLY, 0);
    try {
      byte[] bytes = new byte[Math.toIntExact(stat.size)];
      int done = 0;
      while (done < bytes.length) {
        byte[] part = read(fd, done, bytes.length - done);
        if (part.length == 0) {
          break;
        }
        System.arraycopy(part, 0, bytes, done, part.length);
        done += part.length;
      }
      return done == bytes.length ? bytes : java.util.Arrays.copyOf(bytes, done);
    } finally {
      close(fd);
    }
  }

  /** The whole content as a Latin-1 String. */
  default String text(String path) {
    return Names.fromBytes(contents(path));
  }

  /** Opens with O_CREAT, writes at the beginning and closes. */
  default void write(String path, String text) {
    int fd = open(path, OpenFlags.O_WRONLY | OpenFlags.O_CREAT, 0644);
    try {
      write(fd, 0, Names.toBytes(text));
    } finally {
      close(fd);
    }
  }

  /** Whether the name is there. */
  default boolean exists(String path) {
    try {
      lstat(path, new Stat());
      return true;
    } catch (org.stratafs.posix.FsException e) {
      if (e.errno() == org.stratafs.posix.Errno.ENOENT) {
        return false;
      }
      throw e;
    }
  }

  /** The attributes in a new object. */
  default Stat lstat(String path) {
    Stat stat = new Stat();
    lstat(path, stat);
    return stat;
  }

  /** The names in a directory, sorted and parted by blanks. */
  default String names(String path) {
    List<String> names = new java.util.ArrayList<>();
    for (DirEntry entry : list(path)) {
      names.add(Tokens.encode(entry.name()));
    }
    java.util.Collections.sort(names);
    return String.join(" ", names);
  }
}
