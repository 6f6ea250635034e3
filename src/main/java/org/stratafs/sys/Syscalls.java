package org.stratafs.sys;

import java.util.List;
import org.stratafs.posix.DirectoryVisitor;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Stat;
import org.stratafs.posix.StatFs;

/**
 * The system calls StrataFS makes, a method each.
 *
 * <p>Every method throws {@link FsException} with the call's errno, except where its result is said
 * to stand for absence. EINTR is retried inside for the calls where that is harmless. Names, paths
 * and xattr names are Latin-1 Strings ({@link org.stratafs.posix.Names}). A {@code dirfd} may be an
 * O_PATH descriptor. No method follows a symbolic link in the last component except where it says
 * so. Every descriptor returned has O_CLOEXEC.
 *
 * <p>Production has one implementation, {@link LinuxSyscalls}; tests wrap it (count, fail the n-th,
 * record, shuffle) and never replace it.
 */
public interface Syscalls {
  int AT_FDCWD = -100;

  // openat2(2) resolve flags
  long RESOLVE_NO_XDEV = 0x01;
  long RESOLVE_NO_MAGICLINKS = 0x02;
  long RESOLVE_NO_SYMLINKS = 0x04;
  long RESOLVE_BENEATH = 0x08;

  // lseek(2)
  int SEEK_DATA = 3;
  int SEEK_HOLE = 4;

  // setxattr(2)
  int XATTR_CREATE = 1;
  int XATTR_REPLACE = 2;

  // utimensat(2) nanoseconds that mean "now" and "leave alone"
  int UTIME_NOW = 0x3fffffff;
  int UTIME_OMIT = 0x3ffffffe;

  // unlinkat(2)
  int AT_REMOVEDIR = 0x200;

  // fallocate(2)
  int FALLOC_FL_KEEP_SIZE = 1;
  int FALLOC_FL_PUNCH_HOLE = 2;

  // flock(2)
  int LOCK_EX = 2;
  int LOCK_NB = 4;

  // umount2(2)
  int MNT_DETACH = 2;
  int UMOUNT_NOFOLLOW = 8;

  // open_tree(2), mount_setattr(2)
  int OPEN_TREE_CLONE = 1;
  long MOUNT_ATTR_RDONLY = 0x01;
  long MOUNT_ATTR_NODEV = 0x04;
  long MOUNT_ATTR_NOATIME = 0x10;

  /** openat(2); follows symbolic links as flags say. O_CLOEXEC is added. */
  int openat(int dirfd, String path, int flags, int mode);

  /** openat2(2) with {@code resolve} flags. O_CLOEXEC is added. */
  int openat2(int dirfd, String path, int flags, int mode, long resolve);

  /** Like {@link #openat2}, but -1 for ENOENT and ENAMETOOLONG. */
  int openat2OrAbsent(int dirfd, String path, int flags, int mode, long resolve);

  /** close(2). Never throws: on Linux the descriptor is gone whatever close returns. */
  void close(int fd);

  /**
   * close(2) of a dup(2): what FUSE's FLUSH asks of a backing file, so that its file system reports
   * late errors.
   */
  void flush(int fd);

  /** dup2(2), used to let go of standard output and error. */
  void dup2(int fd, int onto);

  /**
   * statx(2) of a name, not following a symbolic link, with STATX_BASIC_STATS, BTIME and MNT_ID.
   */
  void stat(int dirfd, String name, Stat out);

  /** Like {@link #stat}, but false for ENOENT and ENAMETOOLONG. */
  boolean statOrAbsent(int dirfd, String name, Stat out);

  /** statx(2) of the open (or O_PATH) descriptor itself (AT_EMPTY_PATH). */
  void fstat(int fd, Stat out);

  /** fstatfs(2). */
  void fstatfs(int fd, StatFs out);

  /** pread(2) into native memory; the number of bytes, 0 at the end. */
  int pread(int fd, long address, int size, long offset);

  /** pwrite(2) from native memory; the number of bytes written, which may be short. */
  int pwrite(int fd, long address, int size, long offset);

  /** read(2), as the FUSE device wants it. EINTR is not retried. */
  int read(int fd, long address, int size);

  /** write(2), as the FUSE device wants it. */
  int write(int fd, long address, int size);

  /** lseek(2). */
  long lseek(int fd, long offset, int whence);

  /** ftruncate(2). */
  void ftruncate(int fd, long size);

  /** fallocate(2). */
  void fallocate(int fd, int mode, long offset, long length);

  /** fsync(2). */
  void fsync(int fd);

  /** fdatasync(2). */
  void fdatasync(int fd);

  /** syncfs(2). */
  void syncfs(int fd);

  /**
   * copy_file_range(2) at explicit offsets; the number of bytes copied, which may be short, 0 at
   * the end.
   */
  long copyFileRange(int fdIn, long offsetIn, int fdOut, long offsetOut, long length);

  /**
   * ioctl_ficlone(2): all of {@code source} becomes the content of {@code target}, sharing blocks.
   */
  void ficlone(int target, int source);

  /** ioctl(2) with a pointer or an integer as its argument; its result. */
  int ioctl(int fd, long request, long argument);

  /** flock(2). */
  void flock(int fd, int operation);

  /**
   * All entries of a directory by getdents64(2), without "." and "..", from the beginning.
   *
   * @param fd a descriptor opened for reading (not O_PATH)
   */
  void readDirectory(int fd, DirectoryVisitor visitor);

  /**
   * readlinkat(2): the whole target, up to PATH_MAX - 1 bytes. An empty name reads an O_PATH
   * descriptor itself.
   */
  String readlinkat(int dirfd, String name);

  /** mkdirat(2). */
  void mkdirat(int dirfd, String name, int mode);

  /** mknodat(2) with {@code rdev} as makedev(3) has it. */
  void mknodat(int dirfd, String name, int mode, long rdev);

  /** symlinkat(2). */
  void symlinkat(String target, int dirfd, String name);

  /** linkat(2) of a name; the source is not followed. */
  void linkat(int oldDirfd, String oldName, int newDirfd, String newName);

  /** linkat(2) of an open descriptor, O_TMPFILE ones included, by its /proc/self/fd name. */
  void linkFd(int fd, int newDirfd, String newName);

  /** unlinkat(2), {@code flags} 0 or {@link #AT_REMOVEDIR}. */
  void unlinkat(int dirfd, String name, int flags);

  /** renameat2(2); see {@link org.stratafs.posix.RenameFlags}. */
  void renameat2(int oldDirfd, String oldName, int newDirfd, String newName, int flags);

  /**
   * fchownat(2), not following; -1 leaves an id alone. An empty name means the (O_PATH) descriptor
   * itself.
   */
  void fchownat(int dirfd, String name, int uid, int gid);

  /**
   * chmod of a name that is known not to be a symbolic link. An empty name means the (O_PATH or
   * open) descriptor itself, by /proc/self/fd.
   */
  void fchmodat(int dirfd, String name, int mode);

  /** utimensat(2), not following. An empty name means the (O_PATH or open) descriptor itself. */
  void utimensat(
      int dirfd, String name, long atimeSec, int atimeNsec, long mtimeSec, int mtimeNsec);

  /**
   * lgetxattr(2) of a name beneath a directory descriptor, or of the (O_PATH or open) descriptor
   * itself for an empty name; null for ENODATA and EOPNOTSUPP.
   */
  byte[] getxattrOrAbsent(int dirfd, String name, String xattr);

  /**
   * llistxattr(2), addressed like {@link #getxattrOrAbsent}; empty where the file system keeps
   * none.
   */
  List<String> listxattr(int dirfd, String name);

  /** lsetxattr(2), addressed like {@link #getxattrOrAbsent}. */
  void setxattr(int dirfd, String name, String xattr, byte[] value, int flags);

  /** lremovexattr(2), addressed like {@link #getxattrOrAbsent}. */
  void removexattr(int dirfd, String name, String xattr);

  /**
   * open_tree(2) of a directory: with {@link #OPEN_TREE_CLONE} a private, detached mount of it
   * alone.
   */
  int openTree(int dirfd, String path, int flags);

  /** mount_setattr(2) of a detached mount: sets the {@code MOUNT_ATTR_*} bits given. */
  void mountSetattr(int fd, long attributesToSet);

  /** mount(2). */
  void mount(String source, String target, String type, long flags, String data);

  /** umount2(2). */
  void umount2(String target, int flags);

  /**
   * The mount that an (O_PATH) descriptor was opened on, without a question to its file system
   * (AT_STATX_DONT_SYNC): a FUSE daemon can ask about its own mount. Fills {@link Stat#dev} and
   * {@link Stat#mountId} only.
   *
   * <p>From Linux 6.8 on the id is one that is never used again (STATX_MNT_ID_UNIQUE); before, it
   * is the one of /proc/self/mountinfo.
   */
  void statMount(int fd, Stat out);

  /** socketpair(2) of stream sockets; two descriptors. */
  int[] socketpair();

  /**
   * recvmsg(2) of one byte and, with it, a descriptor (SCM_RIGHTS); -1 if the other end closed or
   * sent none.
   */
  int receiveDescriptor(int socket);

  /**
   * posix_spawnp(3): starts a program found by PATH.
   *
   * @param arguments the program and its arguments
   * @param environment all of it, NAME=VALUE each
   * @param standardError becomes its descriptor 2
   * @param three becomes its descriptor 3; of the others 0 and 1 are passed on
   * @return the process id, for {@link #waitpid}
   */
  int spawn(List<String> arguments, List<String> environment, int standardError, int three);

  /**
   * waitpid(2) of a child until it has ended; its exit status, 128 + the signal's number if it was
   * killed.
   */
  int waitpid(int pid);

  /** chdir(2) of the process. */
  void chdir(String path);

  /** umask(2); the old one. */
  int umask(int mask);

  /** geteuid(2). */
  int geteuid();

  /** getegid(2). */
  int getegid();
}
