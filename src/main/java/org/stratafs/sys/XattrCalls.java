package org.stratafs.sys;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

/**
 * The xattr calls of a name beneath a directory descriptor, or of the descriptor itself for an
 * empty name.
 *
 * <p>Before Linux 6.13 there is no such call (getxattrat and its like), and fgetxattr(2) refuses
 * O_PATH descriptors. So the path {@code /proc/self/fd/DIRFD/NAME} is used with the calls that do
 * not follow the last component, and {@code /proc/self/fd/FD} with those that follow: that leads to
 * the inode that is open and no further, a symbolic link opened with O_PATH included
 * (proc_pid_fd(5)).
 */
final class XattrCalls {
  private final LibC libc;

  XattrCalls(LibC libc) {
    this.libc = libc;
  }

  /** The value, or null for ENODATA and EOPNOTSUPP. */
  byte[] getOrAbsent(Scratch scratch, int dirfd, String name, String xattr) {
    int number = name.isEmpty() ? SyscallNumbers.GETXATTR : SyscallNumbers.LGETXATTR;
    long path = scratch.procPath(dirfd, name);
    long key = scratch.xattrName(xattr);
    long size = libc.call(number, path, key, scratch.smallValue(), Scratch.SMALL_VALUE);
    if (size >= 0) {
      return scratch.smallValueBytes((int) size);
    }
    int errno = libc.errno();
    if (errno == Errno.ERANGE) {
      NativeBuffer large = scratch.largeValue();
      size = libc.call(number, path, key, large.address(), large.size());
      if (size >= 0) {
        byte[] value = new byte[(int) size];
        large.bytes().get(0, value);
        return value;
      }
      errno = libc.errno();
    }
    if (Errno.isNoXattr(errno)) {
      return null;
    }
    throw new FsException(errno);
  }

  /** The names; empty for EOPNOTSUPP. */
  List<String> list(Scratch scratch, int dirfd, String name) {
    int number = name.isEmpty() ? SyscallNumbers.LISTXATTR : SyscallNumbers.LLISTXATTR;
    long path = scratch.procPath(dirfd, name);
    long size = libc.call(number, path, scratch.smallValue(), Scratch.SMALL_VALUE);
    if (size == 0) {
      return List.of();
    }
    if (size > 0) {
      return split(scratch.smallValueBytes((int) size));
    }
    int errno = libc.errno();
    if (errno == Errno.ERANGE) {
      NativeBuffer large = scratch.largeValue();
      size = libc.call(number, path, large.address(), large.size());
      if (size >= 0) {
        byte[] names = new byte[(int) size];
        large.bytes().get(0, names);
        return split(names);
      }
      errno = libc.errno();
    }
    if (errno == Errno.EOPNOTSUPP) {
      return List.of();
    }
    throw new FsException(errno);
  }

  private static List<String> split(byte[] names) {
    List<String> list = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < names.length; i++) {
      if (names[i] == 0) {
        list.add(new String(names, start, i - start, StandardCharsets.ISO_8859_1));
        start = i + 1;
      }
    }
    return list;
  }

  void set(Scratch scratch, int dirfd, String name, String xattr, byte[] value, int flags) {
    int number = name.isEmpty() ? SyscallNumbers.SETXATTR : SyscallNumbers.LSETXATTR;
    long path = scratch.procPath(dirfd, name);
    long key = scratch.xattrName(xattr);
    check(libc.call(number, path, key, scratch.value(value), value.length, flags));
  }

  void remove(Scratch scratch, int dirfd, String name, String xattr) {
    int number = name.isEmpty() ? SyscallNumbers.REMOVEXATTR : SyscallNumbers.LREMOVEXATTR;
    long path = scratch.procPath(dirfd, name);
    check(libc.call(number, path, scratch.xattrName(xattr)));
  }

  private void check(long result) {
    if (result < 0) {
      throw new FsException(libc.errno());
    }
  }
}
