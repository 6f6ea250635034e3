package org.stratafs.sys;

import java.util.List;
import org.stratafs.posix.DirectoryVisitor;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.posix.StatFs;

/**
 * The system calls as the Linux kernel has them, on x86_64 and aarch64.
 *
 * <p>Safe for any thread: a thread lays its arguments into memory of its own ({@link Scratch}), and
 * errno is kept for each thread.
 */
public final class LinuxSyscalls implements Syscalls {
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_SYMLINK_FOLLOW = 0x400;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int AT_STATX_DONT_SYNC = 0x4000;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final long FICLONE = 0x40049409L;
  private static final int SEEK_SET = 0;

  // struct open_how and struct mount_attr (include/uapi/linux/openat2.h, mount.h), sizes in bytes
  private static final int OPEN_HOW_SIZE = 24;
  private static final int MOUNT_ATTR_SIZE = 32;

  /** MOUNT_ATTR__ATIME (include/uapi/linux/mount.h). */
  private static final long MOUNT_ATTR_ATIME_MASK = 0x70;

  /** Which kernel to reckon with. */
  enum Kernel {
    /** Ask for new calls and remember which are missing. */
    AS_IT_IS,
    /** Do without the calls that came after openat2(2). */
    AS_LINUX_5_6
  }

  private final LibC libc;
  private final XattrCalls xattrs;
  private final ProcessCalls processes;

  @SuppressWarnings(
      "ThreadLocalUsage") // A static one would be shared state; there is one instance a process.
  private final ThreadLocal<Scratch> scratches =
      // Not withInitial: the first lambda of a process costs milliseconds, and a mount waits for
      // this.
      new ThreadLocal<>() {
        @Override
        protected Scratch initialValue() {
          return new Scratch();
        }
      };

  /** Whether fchmodat2(2), Linux 6.6, answered ENOSYS. A race costs one more failed call. */
  private volatile boolean noFchmodat2;

  /**
   * Binds the C library.
   *
   * @throws FsException ENOSYS on an architecture whose system call numbers are not known
   */
  public LinuxSyscalls() {
    this(Kernel.AS_IT_IS);
  }

  /** For the tests of the ways that older kernels need. */
  LinuxSyscalls(Kernel kernel) {
    if (!SyscallNumbers.KNOWN) {
      throw new FsException(
          Errno.ENOSYS,
          "StrataFS knows x86_64 and aarch64 only, not " + System.getProperty("os.arch"));
    }
    libc = new LibC();
    noFchmodat2 = kernel == Kernel.AS_LINUX_5_6;
    xattrs = new XattrCalls(libc, kernel);
    processes = new ProcessCalls(libc);
  }

  private Scratch scratch() {
    return scratches.get();
  }

  private long check(long result) {
    if (result < 0) {
      throw new FsException(libc.errno());
    }
    return result;
  }

  private boolean interrupted(long result) {
    return result < 0 && libc.errno() == Errno.EINTR;
  }

  @Override
  public int openat(int dirfd, String path, int flags, int mode) {
    long address = scratch().path(path);
    long fd;
    do {
      fd = libc.call(SyscallNumbers.OPENAT, dirfd, address, flags | OpenFlags.O_CLOEXEC, mode);
    } while (interrupted(fd));
    return (int) check(fd);
  }

  @Override
  public int openat2(int dirfd, String path, int flags, int mode, long resolve) {
    return (int) check(rawOpenat2(dirfd, path, flags, mode, resolve));
  }

  @Override
  public int openat2OrAbsent(int dirfd, String path, int flags, int mode, long resolve) {
    if (path.length() >= Names.PATH_MAX) {
      return -1;
    }
    long fd = rawOpenat2(dirfd, path, flags, mode, resolve);
    return fd < 0 && Errno.isAbsent(libc.errno()) ? -1 : (int) check(fd);
  }

  private long rawOpenat2(int dirfd, String path, int flags, int mode, long resolve) {
    Scratch scratch = scratch();
    long address = scratch.path(path);
    int how = scratch.structOffset();
    scratch.memory().putLong(how, flags | OpenFlags.O_CLOEXEC);
    scratch.memory().putLong(how + 8, mode);
    scratch.memory().putLong(how + 16, resolve);
    long fd;
    do {
      fd = libc.call(SyscallNumbers.OPENAT2, dirfd, address, scratch.struct(), OPEN_HOW_SIZE);
    } while (interrupted(fd));
    return fd;
  }

  @Override
  public void close(int fd) {
    libc.call(SyscallNumbers.CLOSE, fd);
  }

  @Override
  public void flush(int fd) {
    long copy = check(libc.call(SyscallNumbers.FCNTL, fd, F_DUPFD_CLOEXEC, 0));
    long result = libc.call(SyscallNumbers.CLOSE, copy);
    if (!interrupted(result)) {
      check(result);
    }
  }

  @Override
  public void dup2(int fd, int onto) {
    if (fd != onto) {
      // dup3(2) refuses that case, and aarch64 has no dup2(2).
      check(libc.call(SyscallNumbers.DUP3, fd, onto, 0));
    }
  }

  @Override
  public void stat(int dirfd, String name, Stat out) {
    check(rawStat(dirfd, name, out));
  }

  @Override
  public boolean statOrAbsent(int dirfd, String name, Stat out) {
    if (name.length() >= Names.PATH_MAX) {
      return false;
    }
    long result = rawStat(dirfd, name, out);
    if (result < 0 && Errno.isAbsent(libc.errno())) {
      return false;
    }
    check(result);
    return true;
  }

  private long rawStat(int dirfd, String name, Stat out) {
    Scratch scratch = scratch();
    return statx(scratch, dirfd, scratch.path(name), AT_SYMLINK_NOFOLLOW, out);
  }

  @Override
  public void fstat(int fd, Stat out) {
    Scratch scratch = scratch();
    check(statx(scratch, fd, scratch.empty(), AT_EMPTY_PATH, out));
  }

  private long statx(Scratch scratch, int dirfd, long path, int flags, Stat out) {
    long result =
        libc.call(
            SyscallNumbers.STATX, dirfd, path, flags, StatLayout.STATX_MASK, scratch.struct());
    if (result >= 0) {
      StatLayout.readStatx(scratch.memory(), scratch.structOffset(), out);
    }
    return result;
  }

  @Override
  public void fstatfs(int fd, StatFs out) {
    Scratch scratch = scratch();
    check(libc.call(SyscallNumbers.FSTATFS, fd, scratch.struct()));
    StatLayout.readStatfs(scratch.memory(), scratch.structOffset(), out);
  }

  @Override
  public int pread(int fd, long address, int size, long offset) {
    long count;
    do {
      count = libc.call(SyscallNumbers.PREAD64, fd, address, size, offset);
    } while (interrupted(count));
    return (int) check(count);
  }

  @Override
  public int pwrite(int fd, long address, int size, long offset) {
    long count;
    do {
      count = libc.call(SyscallNumbers.PWRITE64, fd, address, size, offset);
    } while (interrupted(count));
    return (int) check(count);
  }

  @Override
  public int read(int fd, long address, int size) {
    return (int) check(libc.call(SyscallNumbers.READ, fd, address, size));
  }

  @Override
  public int write(int fd, long address, int size) {
    return (int) check(libc.call(SyscallNumbers.WRITE, fd, address, size));
  }

  @Override
  public long lseek(int fd, long offset, int whence) {
    return check(libc.call(SyscallNumbers.LSEEK, fd, offset, whence));
  }

  @Override
  public void ftruncate(int fd, long size) {
    long result;
    do {
      result = libc.call(SyscallNumbers.FTRUNCATE, fd, size);
    } while (interrupted(result));
    check(result);
  }

  @Override
  public void fallocate(int fd, int mode, long offset, long length) {
    long result;
    do {
      result = libc.call(SyscallNumbers.FALLOCATE, fd, mode, offset, length);
    } while (interrupted(result));
    check(result);
  }

  @Override
  public void fsync(int fd) {
    long result;
    do {
      result = libc.call(SyscallNumbers.FSYNC, fd);
    } while (interrupted(result));
    check(result);
  }

  @Override
  public void fdatasync(int fd) {
    long result;
    do {
      result = libc.call(SyscallNumbers.FDATASYNC, fd);
    } while (interrupted(result));
    check(result);
  }

  @Override
  public void syncfs(int fd) {
    check(libc.call(SyscallNumbers.SYNCFS, fd));
  }

  @Override
  public long copyFileRange(int fdIn, long offsetIn, int fdOut, long offsetOut, long length) {
    Scratch scratch = scratch();
    int offsets = scratch.structOffset();
    scratch.memory().putLong(offsets, offsetIn);
    scratch.memory().putLong(offsets + 8, offsetOut);
    long count;
    do {
      count = libc.copyFileRange(fdIn, scratch.struct(), fdOut, scratch.struct() + 8, length, 0);
    } while (interrupted(count));
    return check(count);
  }

  @Override
  public void ficlone(int target, int source) {
    check(libc.call(SyscallNumbers.IOCTL, target, FICLONE, source));
  }

  @Override
  public int ioctl(int fd, long request, long argument) {
    return (int) check(libc.call(SyscallNumbers.IOCTL, fd, request, argument));
  }

  @Override
  public void flock(int fd, int operation) {
    long result;
    do {
      result = libc.call(SyscallNumbers.FLOCK, fd, operation);
    } while (interrupted(result));
    check(result);
  }

  @Override
  public void readDirectory(int fd, DirectoryVisitor visitor) {
    check(libc.call(SyscallNumbers.LSEEK, fd, 0, SEEK_SET));
    Scratch scratch = scratch();
    Dirents dirents = scratch.takeDirents();
    try {
      while (true) {
        long size =
            check(libc.call(SyscallNumbers.GETDENTS64, fd, dirents.address(), Dirents.SIZE));
        if (size == 0) {
          return;
        }
        dirents.visit((int) size, visitor);
      }
    } finally {
      scratch.giveBack(dirents);
    }
  }

  @Override
  public String readlinkat(int dirfd, String name) {
    Scratch scratch = scratch();
    long size =
        check(
            libc.call(
                SyscallNumbers.READLINKAT,
                dirfd,
                scratch.path(name),
                scratch.smallValue(),
                Scratch.SMALL_VALUE));
    return scratch.smallValueString((int) size);
  }

  @Override
  public void mkdirat(int dirfd, String name, int mode) {
    check(libc.call(SyscallNumbers.MKDIRAT, dirfd, scratch().path(name), mode));
  }

  @Override
  public void mknodat(int dirfd, String name, int mode, long rdev) {
    if (!DeviceNumbers.fitsKernel(rdev)) {
      throw new FsException(Errno.EINVAL);
    }
    check(libc.call(SyscallNumbers.MKNODAT, dirfd, scratch().path(name), mode, rdev));
  }

  @Override
  public void symlinkat(String target, int dirfd, String name) {
    Scratch scratch = scratch();
    check(
        libc.call(SyscallNumbers.SYMLINKAT, scratch.path(target), dirfd, scratch.secondPath(name)));
  }

  @Override
  public void linkat(int oldDirfd, String oldName, int newDirfd, String newName) {
    Scratch scratch = scratch();
    check(
        libc.call(
            SyscallNumbers.LINKAT,
            oldDirfd,
            scratch.path(oldName),
            newDirfd,
            scratch.secondPath(newName),
            0));
  }

  @Override
  public void linkFd(int fd, int newDirfd, String newName) {
    // Not AT_EMPTY_PATH: that asks for CAP_DAC_READ_SEARCH (linkat(2)).
    Scratch scratch = scratch();
    check(
        libc.call(
            SyscallNumbers.LINKAT,
            AT_FDCWD,
            scratch.procPath(fd, ""),
            newDirfd,
            scratch.secondPath(newName),
            AT_SYMLINK_FOLLOW));
  }

  @Override
  public void unlinkat(int dirfd, String name, int flags) {
    check(libc.call(SyscallNumbers.UNLINKAT, dirfd, scratch().path(name), flags));
  }

  @Override
  public void renameat2(int oldDirfd, String oldName, int newDirfd, String newName, int flags) {
    Scratch scratch = scratch();
    check(
        libc.call(
            SyscallNumbers.RENAMEAT2,
            oldDirfd,
            scratch.path(oldName),
            newDirfd,
            scratch.secondPath(newName),
            flags));
  }

  @Override
  public void fchownat(int dirfd, String name, int uid, int gid) {
    int flags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
    check(libc.call(SyscallNumbers.FCHOWNAT, dirfd, scratch().path(name), uid, gid, flags));
  }

  @Override
  public void fchmodat(int dirfd, String name, int mode) {
    Scratch scratch = scratch();
    if (!noFchmodat2) {
      int flags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
      long result = libc.call(SyscallNumbers.FCHMODAT2, dirfd, scratch.path(name), mode, flags);
      int errno = result < 0 ? libc.errno() : 0;
      // EPERM too: older seccomp profiles answer unknown calls with it.
      if (errno != Errno.ENOSYS && errno != Errno.EPERM) {
        check(result);
        return;
      }
      noFchmodat2 = errno == Errno.ENOSYS;
    }
    if (name.isEmpty()) {
      check(libc.call(SyscallNumbers.FCHMODAT, AT_FDCWD, scratch.procPath(dirfd, ""), mode));
    } else {
      check(libc.call(SyscallNumbers.FCHMODAT, dirfd, scratch.path(name), mode));
    }
  }

  @Override
  public void utimensat(
      int dirfd, String name, long atimeSec, int atimeNsec, long mtimeSec, int mtimeNsec) {
    Scratch scratch = scratch();
    int times = scratch.structOffset();
    scratch.memory().putLong(times, atimeSec);
    scratch.memory().putLong(times + 8, atimeNsec);
    scratch.memory().putLong(times + 16, mtimeSec);
    scratch.memory().putLong(times + 24, mtimeNsec);
    int number = SyscallNumbers.UTIMENSAT;
    if (!name.isEmpty()) {
      check(libc.call(number, dirfd, scratch.path(name), scratch.struct(), AT_SYMLINK_NOFOLLOW));
      return;
    }
    long result = libc.call(number, dirfd, scratch.empty(), scratch.struct(), AT_EMPTY_PATH);
    if (result < 0 && libc.errno() == Errno.EINVAL) {
      // Linux before 5.8 does not know the flag.
      result = libc.call(number, AT_FDCWD, scratch.procPath(dirfd, ""), scratch.struct(), 0);
    }
    check(result);
  }

  @Override
  public byte[] getxattrOrAbsent(int dirfd, String name, String xattr) {
    return xattrs.getOrAbsent(scratch(), dirfd, name, xattr);
  }

  @Override
  public List<String> listxattr(int dirfd, String name) {
    return xattrs.list(scratch(), dirfd, name);
  }

  @Override
  public void setxattr(int dirfd, String name, String xattr, byte[] value, int flags) {
    xattrs.set(scratch(), dirfd, name, xattr, value, flags);
  }

  @Override
  public void removexattr(int dirfd, String name, String xattr) {
    xattrs.remove(scratch(), dirfd, name, xattr);
  }

  @Override
  public int openTree(int dirfd, String path, int flags) {
    // OPEN_TREE_CLOEXEC is O_CLOEXEC (include/uapi/linux/mount.h).
    int all = flags | OpenFlags.O_CLOEXEC;
    return (int) check(libc.call(SyscallNumbers.OPEN_TREE, dirfd, scratch().path(path), all));
  }

  @Override
  public void mountSetattr(int fd, long attributesToSet) {
    Scratch scratch = scratch();
    int attr = scratch.structOffset();
    // The atime modes are an enum within the bits: to set one all must be cleared,
    // mount_setattr(2).
    boolean setsAtime = (attributesToSet & MOUNT_ATTR_ATIME_MASK) != 0;
    scratch.memory().putLong(attr, attributesToSet);
    scratch.memory().putLong(attr + 8, setsAtime ? MOUNT_ATTR_ATIME_MASK : 0);
    scratch.memory().putLong(attr + 16, 0);
    scratch.memory().putLong(attr + 24, 0);
    check(
        libc.call(
            SyscallNumbers.MOUNT_SETATTR,
            fd,
            scratch.empty(),
            AT_EMPTY_PATH,
            scratch.struct(),
            MOUNT_ATTR_SIZE));
  }

  @Override
  public void mount(String source, String target, String type, long flags, String data) {
    Scratch scratch = scratch();
    check(
        libc.call(
            SyscallNumbers.MOUNT,
            scratch.path(source),
            scratch.secondPath(target),
            scratch.xattrName(type),
            flags,
            scratch.text(data)));
  }

  @Override
  public void umount2(String target, int flags) {
    check(libc.call(SyscallNumbers.UMOUNT2, scratch().path(target), flags));
  }

  @Override
  public void statMount(int fd, Stat out) {
    Scratch scratch = scratch();
    check(
        libc.call(
            SyscallNumbers.STATX,
            fd,
            scratch.empty(),
            AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
            StatLayout.STATX_MOUNT_MASK,
            scratch.struct()));
    StatLayout.readMount(scratch.memory(), scratch.structOffset(), out);
  }

  @Override
  public int[] socketpair() {
    return processes.socketpair(scratch());
  }

  @Override
  public int receiveDescriptor(int socket) {
    return processes.receiveDescriptor(scratch(), socket);
  }

  @Override
  public int spawn(List<String> arguments, List<String> environment, int standardError, int three) {
    return processes.spawn(arguments, environment, standardError, three);
  }

  @Override
  public int waitpid(int pid) {
    return processes.waitpid(scratch(), pid);
  }

  @Override
  public void chdir(String path) {
    check(libc.call(SyscallNumbers.CHDIR, scratch().path(path)));
  }

  @Override
  public int umask(int mask) {
    return (int) libc.call(SyscallNumbers.UMASK, mask);
  }

  @Override
  public int geteuid() {
    return (int) libc.call(SyscallNumbers.GETEUID);
  }

  @Override
  public int getegid() {
    return (int) libc.call(SyscallNumbers.GETEGID);
  }
}
