package org.stratafs.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.StatFs;

/** Calls on open descriptors. */
class FileCallsTest extends SyscallsFixture {
  private static final int RDWR_NEW = OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_EXCL;
  private static final long BEYOND_4_GIB = 0x1_2345_6789L;

  @Test
  void preadGivesWhatPwriteWroteAtOffsetsBeyond32Bits() {
    int fd = open("f", RDWR_NEW);
    pwriteAll(fd, "hello", BEYOND_4_GIB);
    assertEquals("llo", pread(fd, BEYOND_4_GIB + 2, 10));
    assertEquals("", pread(fd, BEYOND_4_GIB + 5, 10));
    assertEquals("\0\0", pread(fd, BEYOND_4_GIB - 2, 2));
    sys.close(fd);
  }

  @Test
  void readAndWriteMoveTheFilePosition() {
    write("f", "abcdef");
    int fd = open("f", OpenFlags.O_RDWR);
    NativeBuffer buffer = NativeBuffer.allocate(16);
    assertEquals(2, sys.read(fd, buffer.address(), 2));
    buffer.bytes().put(0, (byte) 'X');
    assertEquals(1, sys.write(fd, buffer.address(), 1));
    sys.close(fd);
    assertEquals("abXdef", read("f"));
  }

  @Test
  void copyFileRangePassesAllSixArguments() {
    write("from", "0123456789");
    write("to", "..........");
    int from = open("from", OpenFlags.O_RDONLY);
    int to = open("to", OpenFlags.O_RDWR);
    assertEquals(4, sys.copyFileRange(from, 3, to, 5, 4));
    assertEquals(".....3456.", read("to"));
    assertEquals(0, sys.copyFileRange(from, 10, to, 0, 4), "at the end of the file");
    sys.close(from);
    sys.close(to);
  }

  @Test
  void theSixthArgumentArrivesSoWrongCopyFlagsAreRefused() {
    write("from", "0123456789");
    write("to", "");
    int from = open("from", OpenFlags.O_RDONLY);
    int to = open("to", OpenFlags.O_RDWR);
    NativeBuffer offsets = NativeBuffer.allocate(16);
    LibC libc = new LibC();
    for (int i = 0; i < 20_000; i++) {
      // Compiled code too: garbage there was the defect of jnr-ffi 2.2.17.
      assertEquals(
          -1, libc.copyFileRange(from, offsets.address(), to, offsets.address() + 8, 1, 0x40));
      assertEquals(Errno.EINVAL, libc.errno());
      assertEquals(0, libc.copyFileRange(from, offsets.address(), to, offsets.address() + 8, 0, 0));
    }
    sys.close(from);
    sys.close(to);
  }

  @Test
  void copyFileRangeTakesOffsetsBeyond32Bits() {
    int fd = open("f", RDWR_NEW);
    pwriteAll(fd, "abcdef", BEYOND_4_GIB);
    assertEquals(6, sys.copyFileRange(fd, BEYOND_4_GIB, fd, 2 * BEYOND_4_GIB, 100));
    assertEquals("abcdef", pread(fd, 2 * BEYOND_4_GIB, 100));
    sys.close(fd);
  }

  @Test
  void fallocateLengthensUnlessKeepSize() {
    int fd = open("f", RDWR_NEW);
    sys.fallocate(fd, Syscalls.FALLOC_FL_KEEP_SIZE, 0, 8192);
    assertEquals(0, statOf("f").size);
    assertTrue(stat.blocks >= 16, "blocks " + stat.blocks);
    sys.fallocate(fd, 0, 4096, 8192);
    assertEquals(12288, statOf("f").size);
    assertErrno(Errno.EINVAL, () -> sys.fallocate(fd, 0, 0, -1));
    sys.close(fd);
  }

  @Test
  void lseekFindsDataAndHoles() {
    int fd = open("f", RDWR_NEW);
    pwriteAll(fd, "x", 1 << 20);
    assertEquals(1 << 20, sys.lseek(fd, 0, Syscalls.SEEK_DATA));
    assertEquals(0, sys.lseek(fd, 0, Syscalls.SEEK_HOLE));
    assertErrno(Errno.ENXIO, () -> sys.lseek(fd, (1 << 20) + 1, Syscalls.SEEK_DATA));
    sys.close(fd);
  }

  @Test
  void ftruncateSetsSizesBeyond32Bits() {
    int fd = open("f", RDWR_NEW);
    sys.ftruncate(fd, BEYOND_4_GIB);
    sys.fstat(fd, stat);
    assertEquals(BEYOND_4_GIB, stat.size);
    assertErrno(Errno.EINVAL, () -> sys.ftruncate(fd, -1));
    sys.close(fd);
  }

  @Test
  void syncsSucceedOnFilesAndFailOnClosedDescriptors() {
    int fd = open("f", RDWR_NEW);
    sys.fsync(fd);
    sys.fdatasync(fd);
    sys.syncfs(fd);
    sys.flush(fd);
    sys.close(fd);
    assertErrno(Errno.EBADF, () -> sys.fsync(fd));
    assertErrno(Errno.EBADF, () -> sys.fdatasync(fd));
    assertErrno(Errno.EBADF, () -> sys.syncfs(fd));
    assertErrno(Errno.EBADF, () -> sys.flush(fd));
    sys.close(fd);
  }

  @Test
  void flushLeavesTheDescriptorOpen() {
    write("f", "abc");
    int fd = open("f", OpenFlags.O_RDONLY);
    sys.flush(fd);
    assertEquals("abc", pread(fd, 0, 10));
    sys.close(fd);
  }

  @Test
  void descriptorsCloseOnExec() {
    int fd = open("f", RDWR_NEW);
    int flags = sys.openat2(dir, "f", OpenFlags.O_RDONLY, 0, 0);
    int fGetfd = 1;
    LibC libc = new LibC();
    assertEquals(1, libc.call(SyscallNumbers.FCNTL, fd, fGetfd));
    assertEquals(1, libc.call(SyscallNumbers.FCNTL, flags, fGetfd));
    sys.close(fd);
    sys.close(flags);
  }

  @Test
  void dup2MakesTheTargetTheSameFile() {
    write("a", "content of a");
    write("b", "content of b");
    int a = open("a", OpenFlags.O_RDONLY);
    int b = open("b", OpenFlags.O_RDONLY);
    sys.dup2(a, b);
    assertEquals("content of a", pread(b, 0, 100));
    sys.dup2(a, a);
    assertEquals("content of a", pread(a, 0, 100));
    sys.close(a);
    sys.close(b);
    assertErrno(Errno.EBADF, () -> sys.dup2(a, b));
  }

  @Test
  void flockExcludesASecondDescription() {
    write("f", "");
    int first = open("f", OpenFlags.O_RDONLY);
    int second = open("f", OpenFlags.O_RDONLY);
    sys.flock(first, Syscalls.LOCK_EX | Syscalls.LOCK_NB);
    assertErrno(Errno.EAGAIN, () -> sys.flock(second, Syscalls.LOCK_EX | Syscalls.LOCK_NB));
    sys.close(first);
    sys.flock(second, Syscalls.LOCK_EX | Syscalls.LOCK_NB);
    sys.close(second);
  }

  @Test
  void ioctlPassesRequestAndPointer() {
    write("f", "four");
    int fd = open("f", OpenFlags.O_RDONLY);
    NativeBuffer out = NativeBuffer.allocate(4);
    long fionread = 0x541B;
    assertEquals(0, sys.ioctl(fd, fionread, out.address()));
    assertEquals(4, out.bytes().getInt(0));
    assertErrno(Errno.ENOTTY, () -> sys.ioctl(fd, 0x8004e500L, out.address()));
    sys.close(fd);
  }

  @Test
  void ficloneClonesOrSaysThatItCannot() {
    write("from", "cloned");
    write("to", "");
    int from = open("from", OpenFlags.O_RDONLY);
    int to = open("to", OpenFlags.O_RDWR);
    try {
      sys.ficlone(to, from);
      assertEquals("cloned", read("to"));
    } catch (FsException e) {
      assertTrue(Errno.isUnsupported(e.errno()), e.getMessage());
    }
    assertErrno(Errno.EBADF, () -> sys.ficlone(to, -1));
    sys.close(from);
    sys.close(to);
  }

  @Test
  void fstatfsTellsBlocksAndNameLength() {
    StatFs out = new StatFs();
    sys.fstatfs(dir, out);
    assertEquals(255, out.namelen);
    assertTrue(
        out.bsize >= 512 && out.frsize >= 512, "bsize " + out.bsize + " frsize " + out.frsize);
    assertEquals(path.toFile().getTotalSpace(), out.blocks * out.frsize);
    assertTrue(out.bavail <= out.bfree && out.bfree <= out.blocks, "bfree " + out.bfree);
    assertErrno(Errno.EBADF, () -> sys.fstatfs(-1, out));
  }

  @Test
  void openat2StaysBeneath() {
    sys.mkdirat(dir, "d", 0755);
    sys.symlinkat("/", dir, "d/out");
    sys.symlinkat(".", dir, "d/in");
    long beneath = Syscalls.RESOLVE_BENEATH;
    int directory = OpenFlags.O_PATH | OpenFlags.O_DIRECTORY;
    assertErrno(Errno.EXDEV, () -> sys.openat2(dir, "d/out", directory, 0, beneath));
    assertErrno(Errno.EXDEV, () -> sys.openat2(dir, "d/../..", directory, 0, beneath));
    assertErrno(
        Errno.ELOOP, () -> sys.openat2(dir, "d/in", directory, 0, Syscalls.RESOLVE_NO_SYMLINKS));
    int fd = sys.openat2(dir, "d/in", directory, 0, beneath);
    sys.fstat(fd, stat);
    long ino = stat.ino;
    assertEquals(ino, statOf("d").ino);
    sys.close(fd);
  }

  @Test
  void openat2MakesFilesWithTheModeGiven() {
    int old = sys.umask(0);
    try {
      sys.close(sys.openat2(dir, "f", RDWR_NEW, 0640, Syscalls.RESOLVE_BENEATH));
    } finally {
      assertEquals(0, sys.umask(old));
    }
    assertEquals(0100640, statOf("f").mode);
  }

  @Test
  void absenceIsAValueAndOtherErrorsAreThrown() {
    write("f", "");
    assertEquals(-1, sys.openat2OrAbsent(dir, "none", OpenFlags.O_PATH, 0, 0));
    assertEquals(-1, sys.openat2OrAbsent(dir, "n".repeat(256), OpenFlags.O_PATH, 0, 0));
    assertEquals(-1, sys.openat2OrAbsent(dir, "n/".repeat(2048), OpenFlags.O_PATH, 0, 0));
    assertErrno(Errno.ENOTDIR, () -> sys.openat2OrAbsent(dir, "f/x", OpenFlags.O_PATH, 0, 0));
    assertErrno(Errno.ENOENT, () -> sys.openat2(dir, "none", OpenFlags.O_PATH, 0, 0));
    assertErrno(Errno.ENOENT, () -> sys.openat(dir, "none", OpenFlags.O_PATH, 0));
  }

  @Test
  void anUnnamedFileGetsANameByItsDescriptor() {
    int fd = sys.openat(dir, ".", OpenFlags.O_TMPFILE | OpenFlags.O_RDWR, 0600);
    pwriteAll(fd, "was unnamed", 0);
    sys.linkFd(fd, dir, "named");
    sys.close(fd);
    assertEquals("was unnamed", read("named"));
    int again = open("named", OpenFlags.O_RDONLY);
    assertErrno(Errno.EEXIST, () -> sys.linkFd(again, dir, "named"));
    sys.close(again);
  }

  @Test
  void idsAndUmaskAreTheProcess() {
    int old = sys.umask(027);
    assertEquals(027, sys.umask(old));
    LibC libc = new LibC();
    assertEquals(libc.call(SyscallNumbers.GETEUID), sys.geteuid());
    write("f", "");
    assertEquals(sys.geteuid(), statOf("f").uid);
    assertEquals(sys.getegid(), stat.gid);
  }

  @Test
  void chdirToNowhereFails() {
    assertErrno(Errno.ENOENT, () -> sys.chdir(path + "/none"));
  }

  @Test
  void aDetachedReadOnlyMountRefusesWrites() {
    Assumptions.assumeTrue(sys.geteuid() == 0, "open_tree(OPEN_TREE_CLONE) needs CAP_SYS_ADMIN");
    write("f", "abc");
    int tree = sys.openTree(dir, ".", Syscalls.OPEN_TREE_CLONE);
    sys.mountSetattr(tree, Syscalls.MOUNT_ATTR_RDONLY);
    assertErrno(Errno.EROFS, () -> sys.openat(tree, "f", OpenFlags.O_RDWR, 0));
    sys.close(sys.openat(tree, "f", OpenFlags.O_RDONLY, 0));
    sys.close(tree);
    sys.close(open("f", OpenFlags.O_RDWR));
  }

  @Test
  void mountAndUnmountNameTheirErrors() {
    String here = path.toString();
    assertErrno(Errno.ENODEV, () -> sys.mount("s", here, "no-such-type", 0, ""));
    assertErrno(Errno.EINVAL, () -> sys.umount2(here, Syscalls.UMOUNT_NOFOLLOW));
    assertErrno(Errno.ENOENT, () -> sys.umount2(here + "/none", 0));
  }

  @Test
  void mountPassesItsFiveArguments() {
    Assumptions.assumeTrue(sys.geteuid() == 0, "mount(2) needs CAP_SYS_ADMIN");
    sys.mkdirat(dir, "m", 0755);
    String here = path + "/m";
    long readOnly = 1;
    sys.mount("source", here, "tmpfs", readOnly, "mode=0710,nr_inodes=77");
    try {
      StatFs out = new StatFs();
      int fd = sys.openat(Syscalls.AT_FDCWD, here, OpenFlags.O_RDONLY, 0);
      sys.fstatfs(fd, out);
      sys.fstat(fd, stat);
      sys.close(fd);
      assertEquals(77, out.files);
      assertEquals(040710, stat.mode);
      assertErrno(Errno.EROFS, () -> sys.mkdirat(dir, "m/d", 0755));
    } finally {
      sys.umount2(here, Syscalls.UMOUNT_NOFOLLOW | Syscalls.MNT_DETACH);
    }
    assertEquals(040755, statOf("m").mode);
  }
}
