package org.stratafs.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Stat;

final class MetadataCopierTest {
  /** cap_net_raw+ep as setcap(8) writes it: struct vfs_cap_data, revision 2. */
  private static final byte[] NET_RAW = {
    1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  };

  private static final long ATIME = 1_234_567_890L;
  private static final long MTIME = -5; // before 1970

  private final Dirs dirs = new Dirs();
  private final MetadataCopier copier = new MetadataCopier();
  private final TappedSyscalls tap = new TappedSyscalls();
  private LowerDir lower;
  private UpperDir upper;

  @BeforeEach
  void open() {
    assumeTrue(
        "root".equals(System.getProperty("user.name")),
        "needs root to chown and to set capabilities");
    LayerStack stack = dirs.open(tap.sys, dirs.simpleSpec());
    lower = dirs.closing(stack.lower(0).openDirectory(""));
    upper = dirs.closing(stack.upper().openDirectory(""));
  }

  @AfterEach
  void cleanUp() {
    dirs.close();
  }

  private void dress(String relative, int mode) {
    dirs.sys.fchownat(dirs.fd, relative, 1234, 5678);
    if (!Mode.isSymlink(mode)) {
      dirs.sys.fchmodat(dirs.fd, relative, mode & Mode.PERMISSIONS);
    }
    dirs.sys.utimensat(dirs.fd, relative, ATIME, 123456789, MTIME, 999999999);
  }

  private void copy(String name) {
    Stat stat = new Stat();
    assertTrue(lower.stat(name, stat));
    copier.copy(lower, name, stat, upper, name, true);
  }

  private void assertSame(String name) {
    Stat expected = dirs.stat("lower/" + name);
    Stat actual = dirs.stat("upper/" + name);
    assertEquals(Integer.toOctalString(expected.mode), Integer.toOctalString(actual.mode));
    assertEquals(1234, actual.uid);
    assertEquals(5678, actual.gid);
    assertEquals(ATIME, actual.atimeSec);
    assertEquals(123456789, actual.atimeNsec);
    assertEquals(MTIME, actual.mtimeSec);
    assertEquals(999999999, actual.mtimeNsec);
  }

  @Test
  void aFileKeepsSuidCapabilityAclAndBinaryXattrs() {
    byte[] acl = AclBytes.of("u::7 u:77:6 g::5 m::7 o::1");
    byte[] binary = {0, 1, 2, -1, -128, 0};
    dirs.file("lower/f", "").file("upper/f", "");
    dress("lower/f", 06755);
    dirs.sys.setxattr(dirs.fd, "lower/f", "user.bin\u00e9", binary, 0);
    dirs.sys.setxattr(dirs.fd, "lower/f", "user.empty", new byte[0], 0);
    dirs.sys.setxattr(dirs.fd, "lower/f", "trusted.mine", binary, 0);
    dirs.sys.setxattr(dirs.fd, "lower/f", PosixAcl.ACCESS, acl, 0);
    dirs.sys.setxattr(dirs.fd, "lower/f", "security.capability", NET_RAW, 0);
    assertEquals(
        Mode.S_ISUID | Mode.S_ISGID,
        dirs.stat("lower/f").mode & 06000,
        "the fixture lost its bits");
    copy("f");
    assertSame("f");
    for (String xattr :
        List.of(
            "user.bin\u00e9",
            "user.empty",
            "trusted.mine",
            PosixAcl.ACCESS,
            "security.capability")) {
      assertArrayEquals(
          dirs.sys.getxattrOrAbsent(dirs.fd, "lower/f", xattr), upper.xattr("f", xattr), xattr);
    }
    assertArrayEquals(NET_RAW, upper.xattr("f", "security.capability"));
  }

  @Test
  void aDirectoryKeepsBothAclsStickyAndSgid() {
    dirs.mkdir("lower/d", "upper/d");
    dress("lower/d", 03775);
    dirs.sys.setxattr(
        dirs.fd, "lower/d", PosixAcl.DEFAULT, AclBytes.of("u::7 g::5 g:9:7 m::5 o::0"), 0);
    dirs.sys.setxattr(
        dirs.fd, "lower/d", PosixAcl.ACCESS, AclBytes.of("u::7 u:77:6 g::5 m::7 o::1"), 0);
    dirs.sys.utimensat(dirs.fd, "lower/d", ATIME, 123456789, MTIME, 999999999);
    copy("d");
    assertSame("d");
    for (String xattr : List.of(PosixAcl.ACCESS, PosixAcl.DEFAULT)) {
      assertArrayEquals(
          dirs.sys.getxattrOrAbsent(dirs.fd, "lower/d", xattr), upper.xattr("d", xattr), xattr);
    }
  }

  @Test
  void aSymbolicLinkAFifoAndADeviceAreCopiedAndNotFollowed() {
    dirs.file("upper/target", "");
    Stat before = dirs.stat("upper/target");
    for (String layer : List.of("lower/", "upper/")) {
      dirs.sys.symlinkat("target", dirs.fd, layer + "link");
      dirs.sys.mknodat(dirs.fd, layer + "fifo", Mode.S_IFIFO | 0600, 0);
      dirs.sys.mknodat(dirs.fd, layer + "null", Mode.S_IFCHR | 0600, 0x103);
    }
    dirs.sys.setxattr(dirs.fd, "lower/link", "trusted.mine", new byte[] {1}, 0);
    dress("lower/link", Mode.S_IFLNK);
    dress("lower/fifo", 0640);
    dress("lower/null", 0666);
    for (String name : List.of("link", "fifo", "null")) {
      copy(name);
      assertSame(name);
    }
    assertArrayEquals(new byte[] {1}, upper.xattr("link", "trusted.mine"));
    assertEquals(before.uid, dirs.stat("upper/target").uid);
    assertEquals(before.mtimeSec, dirs.stat("upper/target").mtimeSec);
  }

  @Test
  void privateXattrsStayBehind() {
    dirs.mkdir("lower/d", "upper/d");
    for (String xattr :
        List.of(
            "trusted.overlay.opaque",
            "user.overlay.origin",
            "user.fuseoverlayfs.opaque",
            "trusted.stratafs.origin")) {
      dirs.xattr("lower/d", xattr, "y");
    }
    dirs.xattr("lower/d", "user.mine", "v");
    copy("d");
    assertEquals(List.of("user.mine"), upper.xattrs("d"));
  }

  @Test
  void timesAreLeftAloneIfNotAskedFor() {
    dirs.file("lower/f", "").file("upper/f", "");
    dress("lower/f", 0600);
    Stat stat = new Stat();
    lower.stat("f", stat);
    copier.copy(lower, "f", stat, upper, "f", false);
    assertNotEquals(MTIME, dirs.stat("upper/f").mtimeSec);
  }

  @Test
  void anXattrTheUpperDoesNotKnowIsSkippedUnlessAccessHangsOnIt() {
    dirs.file("lower/f", "").file("upper/f", "");
    dirs.xattr("lower/f", "user.mine", "v");
    refuse("user.mine", Errno.EOPNOTSUPP);
    copy("f");
    assertNull(upper.xattr("f", "user.mine"));
    dirs.sys.setxattr(
        dirs.fd, "lower/f", PosixAcl.ACCESS, AclBytes.of("u::7 u:77:6 g::5 m::7 o::1"), 0);
    refuse(PosixAcl.ACCESS, Errno.EOPNOTSUPP);
    assertEquals(Errno.EOPNOTSUPP, assertThrows(FsException.class, () -> copy("f")).errno());
    refuse("user.mine", Errno.ENOSPC);
    assertEquals(Errno.ENOSPC, assertThrows(FsException.class, () -> copy("f")).errno());
  }

  private void refuse(String xattr, int errno) {
    tap.rule =
        (call, arguments) -> call.equals("setxattr") && xattr.equals(arguments[2]) ? errno : 0;
  }

  @Test
  void aPlainFileCostsFourSystemCalls() {
    dirs.file("lower/f", "").file("upper/f", "");
    Stat stat = new Stat();
    lower.stat("f", stat);
    tap.calls.clear();
    copier.copy(lower, "f", stat, upper, "f", true);
    assertEquals(List.of("fchownat", "listxattr", "fchmodat", "utimensat"), tap.calls);
  }
}
