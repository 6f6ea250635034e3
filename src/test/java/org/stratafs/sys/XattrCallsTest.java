package org.stratafs.sys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;

class XattrCallsTest extends SyscallsFixture {
  private static final String KEY = "user.key";

  private static byte[] allBytes() {
    byte[] value = new byte[256];
    for (int i = 0; i < 256; i++) {
      value[i] = (byte) i;
    }
    return value;
  }

  @BeforeEach
  void makeFile() {
    write("f", "");
    try {
      sys.setxattr(dir, "f", "user.probe", new byte[0], 0);
      sys.removexattr(dir, "f", "user.probe");
    } catch (FsException e) {
      Assumptions.abort("the temporary directory takes no user xattrs: " + e.getMessage());
    }
  }

  @Test
  void valuesAreBytes() {
    sys.setxattr(dir, "f", KEY, allBytes(), 0);
    assertArrayEquals(allBytes(), sys.getxattrOrAbsent(dir, "f", KEY));
    sys.setxattr(dir, "f", KEY, new byte[0], 0);
    assertArrayEquals(new byte[0], sys.getxattrOrAbsent(dir, "f", KEY));
  }

  @Test
  void namesMayHaveAnyBytes() {
    String name = "caf\u00e9 \u0001\u00ff";
    String key = "user.\u00e9\u00ff\u0001";
    write(name, "");
    sys.setxattr(dir, name, key, allBytes(), 0);
    assertEquals(List.of(key), sys.listxattr(dir, name));
    assertArrayEquals(allBytes(), sys.getxattrOrAbsent(dir, name, key));
  }

  @Test
  void theEmptyNameIsTheDescriptorItself() {
    int byPath = open("f", OpenFlags.O_PATH);
    int opened = open("f", OpenFlags.O_RDONLY);
    sys.setxattr(byPath, "", KEY, new byte[] {1}, 0);
    assertArrayEquals(new byte[] {1}, sys.getxattrOrAbsent(opened, "", KEY));
    sys.setxattr(opened, "", KEY, new byte[] {2}, 0);
    assertArrayEquals(new byte[] {2}, sys.getxattrOrAbsent(byPath, "", KEY));
    assertEquals(List.of(KEY), sys.listxattr(byPath, ""));
    sys.removexattr(byPath, "", KEY);
    assertNull(sys.getxattrOrAbsent(dir, "f", KEY));
    sys.setxattr(dir, "", KEY, new byte[] {3}, 0);
    assertArrayEquals(new byte[] {3}, sys.getxattrOrAbsent(dir, ".", KEY));
    sys.close(byPath);
    sys.close(opened);
  }

  @Test
  void aDirectoryThatMayNotBeSearchedStillShowsItsOwnXattrs() {
    Assumptions.assumeTrue(sys.geteuid() == 0, "trusted xattrs need CAP_SYS_ADMIN");
    sys.mkdirat(dir, "d", 0);
    int fd = open("d", OpenFlags.O_PATH);
    sys.setxattr(fd, "", "trusted.key", new byte[] {1}, 0);
    assertArrayEquals(new byte[] {1}, sys.getxattrOrAbsent(fd, "", "trusted.key"));
    assertEquals(List.of("trusted.key"), sys.listxattr(fd, ""));
    sys.unlinkat(dir, "d", Syscalls.AT_REMOVEDIR);
    assertArrayEquals(new byte[] {1}, sys.getxattrOrAbsent(fd, "", "trusted.key"));
    sys.close(fd);
  }

  @Test
  void absentIsNullAndAbsentNamesAreErrors() {
    assertNull(sys.getxattrOrAbsent(dir, "f", KEY));
    assertNull(sys.getxattrOrAbsent(dir, "f", "nonamespace.key"));
    assertErrno(Errno.ENODATA, () -> sys.removexattr(dir, "f", KEY));
    assertErrno(Errno.ENOENT, () -> sys.getxattrOrAbsent(dir, "none", KEY));
    assertErrno(Errno.ENOENT, () -> sys.listxattr(dir, "none"));
    assertErrno(Errno.EOPNOTSUPP, () -> sys.setxattr(dir, "f", "nonamespace.key", new byte[0], 0));
    assertEquals(List.of(), sys.listxattr(dir, "f"));
    int proc = sys.openat(Syscalls.AT_FDCWD, "/proc/self", OpenFlags.O_PATH, 0);
    assertNull(sys.getxattrOrAbsent(proc, "", KEY));
    sys.close(proc);
  }

  @Test
  void flagsArrive() {
    sys.setxattr(dir, "f", KEY, new byte[] {1}, Syscalls.XATTR_CREATE);
    assertErrno(
        Errno.EEXIST, () -> sys.setxattr(dir, "f", KEY, new byte[] {1}, Syscalls.XATTR_CREATE));
    sys.removexattr(dir, "f", KEY);
    assertErrno(
        Errno.ENODATA, () -> sys.setxattr(dir, "f", KEY, new byte[] {1}, Syscalls.XATTR_REPLACE));
  }

  @Test
  void symbolicLinksAreNotFollowed() {
    Assumptions.assumeTrue(
        sys.geteuid() == 0, "a symbolic link takes trusted xattrs only, by root");
    sys.symlinkat("f", dir, "s");
    sys.setxattr(dir, "s", "trusted.key", new byte[] {1}, 0);
    assertNull(sys.getxattrOrAbsent(dir, "f", "trusted.key"));
    int link = open("s", OpenFlags.O_PATH);
    sys.setxattr(link, "", "trusted.second", new byte[] {2}, 0);
    sys.close(link);
    assertEquals(Set.of("trusted.key", "trusted.second"), new HashSet<>(sys.listxattr(dir, "s")));
    assertEquals(List.of(), sys.listxattr(dir, "f"));
  }

  @Test
  void largeValuesAndTooLargeOnes() {
    String shm = "/dev/shm/stratafs-xattr-test-" + ProcessHandle.current().pid();
    int flags = OpenFlags.O_RDWR | OpenFlags.O_CREAT;
    int fd = sys.openat(Syscalls.AT_FDCWD, shm, flags, 0600);
    try {
      byte[] large = new byte[65536];
      large[0] = 1;
      large[65535] = 2;
      try {
        sys.setxattr(fd, "", KEY, large, 0);
      } catch (FsException e) {
        Assumptions.abort("/dev/shm takes no xattr of 64 KiB: " + e.getMessage());
      }
      assertArrayEquals(large, sys.getxattrOrAbsent(fd, "", KEY));
      assertErrno(Errno.E2BIG, () -> sys.setxattr(fd, "", KEY, new byte[65537], 0));
      for (int i = 0; i < 100; i++) {
        sys.setxattr(fd, "", "user." + i + "k".repeat(200), new byte[0], 0);
      }
      assertEquals(101, sys.listxattr(fd, "").size(), "a list beyond the small buffer");
    } finally {
      sys.close(fd);
      sys.unlinkat(Syscalls.AT_FDCWD, shm, 0);
    }
  }

  @Test
  void namesOf255BytesWorkAndLongerOnesAreRefused() {
    String longest = "user." + "k".repeat(250);
    sys.setxattr(dir, "f", longest, new byte[] {1}, 0);
    assertArrayEquals(new byte[] {1}, sys.getxattrOrAbsent(dir, "f", longest));
    assertErrno(Errno.ERANGE, () -> sys.setxattr(dir, "f", longest + "k", new byte[0], 0));
    String name = "n".repeat(255);
    write(name, "");
    sys.setxattr(dir, name, KEY, new byte[] {1}, 0);
    assertTrue(sys.listxattr(dir, name).contains(KEY));
    assertErrno(Errno.ENAMETOOLONG, () -> sys.listxattr(dir, "n".repeat(5000)));
  }
}
