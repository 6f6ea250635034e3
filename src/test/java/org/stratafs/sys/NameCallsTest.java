package org.stratafs.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Errno;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.RenameFlags;
import org.stratafs.posix.Stat;

/** Calls on names beneath a directory descriptor. */
class NameCallsTest extends SyscallsFixture {
  /** Every byte that a name may have: 0x01 to 0xff without the slash. */
  private static final String ANY_BYTES = anyBytes();

  private static String anyBytes() {
    StringBuilder name = new StringBuilder();
    for (char c = 1; c <= 0xff; c++) {
      if (c != '/') {
        name.append(c);
      }
    }
    return name.toString();
  }

  @Test
  void namesMayHaveAnyBytes() {
    write(ANY_BYTES, "content");
    assertEquals("content", read(ANY_BYTES));
    int fd = sys.openat(dir, ".", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0);
    StringBuilder seen = new StringBuilder();
    sys.readDirectory(fd, (name, ino, type) -> seen.append(name));
    sys.close(fd);
    assertEquals(ANY_BYTES, seen.toString());
  }

  @Test
  void aNameWithNulIsRefusedAndNotCut() {
    write("a", "");
    assertErrno(Errno.EINVAL, () -> sys.unlinkat(dir, "a\0b", 0));
    assertTrue(sys.statOrAbsent(dir, "a", stat));
  }

  @Test
  void pathsOfPathMaxWorkAndLongerOnesDoNot() {
    String longest = "./".repeat(2046) + "ddd";
    assertEquals(Names.PATH_MAX - 1, longest.length());
    sys.mkdirat(dir, longest, 0755);
    sys.renameat2(dir, longest, dir, "./".repeat(2046) + "eee", 0);
    assertTrue(statOf("eee").isDirectory());
    assertErrno(Errno.ENAMETOOLONG, () -> sys.mkdirat(dir, longest + "d", 0755));
    assertErrno(Errno.ENAMETOOLONG, () -> sys.stat(dir, "x".repeat(256), stat));
  }

  @Test
  void statTellsEveryField() {
    write("f", "12345");
    sys.linkat(dir, "f", dir, "g");
    sys.utimensat(dir, "f", 1, 2, -3, 999_999_999);
    statOf("f");
    assertEquals(0100644, stat.mode & ~0022);
    assertEquals(2, stat.nlink);
    assertEquals(5, stat.size);
    assertTrue(stat.blocks > 0 && stat.blksize >= 512, "blocks " + stat.blocks);
    assertEquals(1, stat.atimeSec);
    assertEquals(2, stat.atimeNsec);
    assertEquals(-3, stat.mtimeSec);
    assertEquals(999_999_999, stat.mtimeNsec);
    assertTrue(
        Math.abs(System.currentTimeMillis() / 1000 - stat.ctimeSec) < 100,
        "ctime " + stat.ctimeSec);
    assertEquals(0, stat.rdev);
    Stat same = new Stat();
    sys.stat(dir, "g", same);
    assertEquals(stat.ino, same.ino);
    assertEquals(stat.dev, same.dev);
    assertEquals(stat.mountId, same.mountId);
    assertNotEquals(0, same.ino);
    assertTrue(
        same.hasBtime && Math.abs(same.btimeSec - same.ctimeSec) < 100, "btime " + same.btimeSec);
  }

  @Test
  void statAgreesWithJavaOnDeviceAndInode() throws Exception {
    write("f", "");
    java.nio.file.Path f = path.resolve("f");
    assertEquals(java.nio.file.Files.getAttribute(f, "unix:ino"), statOf("f").ino);
    assertEquals(java.nio.file.Files.getAttribute(f, "unix:dev"), stat.dev);
  }

  @Test
  void mountIdsOfDifferentMountsDiffer() {
    long here = statOf(".").mountId;
    assertNotEquals(0, here);
    sys.stat(Syscalls.AT_FDCWD, "/proc", stat);
    assertNotEquals(here, stat.mountId);
  }

  @Test
  void statDoesNotFollowAndFstatOfAnOpathSymlinkIsTheLink() {
    sys.symlinkat("nowhere", dir, "s");
    assertTrue(statOf("s").isSymlink());
    int fd = open("s", OpenFlags.O_PATH);
    sys.fstat(fd, stat);
    assertTrue(stat.isSymlink());
    assertEquals("nowhere", sys.readlinkat(fd, ""));
    sys.close(fd);
  }

  @Test
  void absentNamesAreFalse() {
    write("f", "");
    assertFalse(sys.statOrAbsent(dir, "none", stat));
    assertFalse(sys.statOrAbsent(dir, "x".repeat(256), stat));
    assertFalse(sys.statOrAbsent(dir, "x/".repeat(3000), stat));
    assertErrno(Errno.ENOTDIR, () -> sys.statOrAbsent(dir, "f/x", stat));
    assertErrno(Errno.EBADF, () -> sys.statOrAbsent(-1, "x", stat));
  }

  @Test
  void mknodMakesWhiteoutsAndWideDeviceNumbers() {
    sys.mknodat(dir, "w", Mode.S_IFCHR, 0);
    assertTrue(statOf("w").isWhiteoutDevice());
    sys.mknodat(dir, "p", Mode.S_IFIFO | 0600, 0);
    assertEquals(Mode.S_IFIFO, Mode.type(statOf("p").mode));
    assertErrno(
        Errno.EINVAL, () -> sys.mknodat(dir, "x", Mode.S_IFCHR, DeviceNumbers.make(4096, 0)));
    Assumptions.assumeTrue(sys.geteuid() == 0, "mknod of a device needs CAP_MKNOD");
    long wide = DeviceNumbers.make(0xabc, 0xfedcb);
    sys.mknodat(dir, "c", Mode.S_IFCHR | 0600, wide);
    assertEquals(wide, statOf("c").rdev);
    assertFalse(stat.isWhiteoutDevice());
  }

  @Test
  void readlinkGivesTheLongestTarget() {
    String target = "t".repeat(Names.PATH_MAX - 1);
    sys.symlinkat(target, dir, "s");
    assertEquals(target, sys.readlinkat(dir, "s"));
    sys.symlinkat(ANY_BYTES, dir, "b");
    assertEquals(ANY_BYTES, sys.readlinkat(dir, "b"));
    assertErrno(Errno.ENAMETOOLONG, () -> sys.symlinkat(target + "t", dir, "l"));
    assertErrno(Errno.EINVAL, () -> sys.readlinkat(dir, "."));
    assertErrno(Errno.ENOENT, () -> sys.readlinkat(dir, "none"));
  }

  @Test
  void linkatDoesNotFollow() {
    sys.symlinkat("nowhere", dir, "s");
    sys.linkat(dir, "s", dir, "t");
    assertTrue(statOf("t").isSymlink());
    assertEquals(2, stat.nlink);
    assertErrno(Errno.EEXIST, () -> sys.linkat(dir, "s", dir, "t"));
  }

  @Test
  void unlinkAndRmdirKeepToTheirKind() {
    write("f", "");
    sys.mkdirat(dir, "d", 0755);
    write("d/x", "");
    assertErrno(Errno.EISDIR, () -> sys.unlinkat(dir, "d", 0));
    assertErrno(Errno.ENOTDIR, () -> sys.unlinkat(dir, "f", Syscalls.AT_REMOVEDIR));
    assertErrno(Errno.ENOTEMPTY, () -> sys.unlinkat(dir, "d", Syscalls.AT_REMOVEDIR));
    sys.unlinkat(dir, "d/x", 0);
    sys.unlinkat(dir, "d", Syscalls.AT_REMOVEDIR);
    sys.unlinkat(dir, "f", 0);
    assertFalse(sys.statOrAbsent(dir, "d", stat));
    assertFalse(sys.statOrAbsent(dir, "f", stat));
  }

  @Test
  void renamePassesItsFlags() {
    write("a", "A");
    write("b", "B");
    assertErrno(Errno.EEXIST, () -> sys.renameat2(dir, "a", dir, "b", RenameFlags.NOREPLACE));
    sys.renameat2(dir, "a", dir, "b", RenameFlags.EXCHANGE);
    assertEquals("B", read("a"));
    assertEquals("A", read("b"));
    sys.renameat2(dir, "a", dir, "b", 0);
    assertEquals("B", read("b"));
    assertErrno(Errno.ENOENT, () -> sys.renameat2(dir, "a", dir, "c", 0));
    sys.renameat2(dir, "b", dir, "c", RenameFlags.WHITEOUT);
    assertTrue(statOf("b").isWhiteoutDevice());
    assertEquals("B", read("c"));
  }

  @Test
  void chownLeavesMinusOneAloneAndDoesNotFollow() {
    Assumptions.assumeTrue(sys.geteuid() == 0, "chown to another user needs CAP_CHOWN");
    sys.symlinkat("nowhere", dir, "s");
    sys.fchownat(dir, "s", 12, 34);
    sys.fchownat(dir, "s", -1, 56);
    assertEquals(12, statOf("s").uid);
    assertEquals(56, stat.gid);
    int fd = open("s", OpenFlags.O_PATH);
    sys.fchownat(fd, "", 0xfffffffe, -1);
    sys.close(fd);
    assertEquals(0xfffffffe, statOf("s").uid);
    assertErrno(Errno.ENOENT, () -> sys.fchownat(dir, "none", 1, 1));
  }

  @Test
  void chmodOfNamesAndOfDescriptors() {
    write("f", "");
    sys.fchmodat(dir, "f", 04751);
    assertEquals(0104751, statOf("f").mode);
    int byPath = open("f", OpenFlags.O_PATH);
    sys.fchmodat(byPath, "", 0600);
    assertEquals(0100600, statOf("f").mode);
    sys.close(byPath);
    int opened = open("f", OpenFlags.O_RDONLY);
    sys.fchmodat(opened, "", 0640);
    assertEquals(0100640, statOf("f").mode);
    sys.close(opened);
    assertErrno(Errno.ENOENT, () -> sys.fchmodat(dir, "none", 0600));
  }

  @Test
  void utimensOfDescriptorsAndOmittedTimes() {
    write("f", "");
    int byPath = open("f", OpenFlags.O_PATH);
    sys.utimensat(byPath, "", 10, 11, 0x1_0000_0000L, 21);
    sys.close(byPath);
    statOf("f");
    assertEquals(10, stat.atimeSec);
    assertEquals(11, stat.atimeNsec);
    assertEquals(0x1_0000_0000L, stat.mtimeSec);
    assertEquals(21, stat.mtimeNsec);
    sys.utimensat(dir, "f", 0, Syscalls.UTIME_OMIT, 0, Syscalls.UTIME_NOW);
    statOf("f");
    assertEquals(10, stat.atimeSec);
    assertTrue(
        Math.abs(System.currentTimeMillis() / 1000 - stat.mtimeSec) < 100,
        "mtime " + stat.mtimeSec);
    assertErrno(Errno.ENOENT, () -> sys.utimensat(dir, "none", 0, 0, 0, 0));
    int opened = open("f", OpenFlags.O_RDONLY);
    assertErrno(Errno.EINVAL, () -> sys.utimensat(opened, "", 0, 1_000_000_000, 0, 0));
    sys.close(opened);
  }

  @Test
  void utimensDoesNotFollow() {
    write("f", "");
    sys.symlinkat("f", dir, "s");
    sys.utimensat(dir, "f", 1, 0, 2, 0);
    sys.utimensat(dir, "s", 3, 0, 4, 0);
    assertEquals(2, statOf("f").mtimeSec);
    assertEquals(4, statOf("s").mtimeSec);
  }
}
