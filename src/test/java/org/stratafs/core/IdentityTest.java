package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.stratafs.layer.AclBytes;
import org.stratafs.layer.IdMap;
import org.stratafs.layer.IdentitySpec;
import org.stratafs.layer.OverrideForm;
import org.stratafs.layer.PosixAcl;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.UnionFixture;

/** uidmapping, gidmapping, squash_to_* and noacl: what is stored and what shows. */
class IdentityTest {
  /** On disk 0 shows as 1000, and 1 to 999 as 100001 and on. */
  private static final IdMap USERS = IdMap.of(0, 1000, 1, 1, 100_001, 999);

  /** On disk 0 to 999 show as 200000 and on. */
  private static final IdMap GROUPS = IdMap.of(0, 200_000, 1000);

  private static final IdentitySpec MAPPED =
      new IdentitySpec(
          USERS, GROUPS, IdentitySpec.NO_ID, IdentitySpec.NO_ID, OverrideForm.NONE, true);

  @BeforeEach
  void needsRoot() {
    assumeTrue(Real.SYS.geteuid() == 0, "needs root: the layers have several owners");
  }

  private static IdentitySpec squashed(int uid, int gid) {
    return new IdentitySpec(null, null, uid, gid, OverrideForm.NONE, true);
  }

  private static void assertOwner(int uid, int gid, Stat stat) {
    assertEquals(uid + ":" + gid, stat.uid + ":" + stat.gid);
  }

  private static void assertShown(int uid, int gid, UnionFixture fixture, String path) {
    assertOwner(uid, gid, fixture.client().lstat(path));
  }

  private static void assertStored(int uid, int gid, UnionFixture fixture, String path) {
    Stat stat = new Stat();
    fixture.real().stat(Syscalls.AT_FDCWD, fixture.upperPath() + "/" + path, stat);
    assertOwner(uid, gid, stat);
  }

  private static void assertErrno(int errno, Executable call) {
    assertEquals(Errno.name(errno), Errno.name(assertThrows(FsException.class, call).errno()));
  }

  @Test
  void idsOnDiskShowMappedAndUnmappedOnesAsTheOverflowId() {
    try (UnionFixture fixture =
        UnionFixture.of("dir d uid=5 gid=6\nfile d/f x uid=0 gid=0\nfile g x uid=5000 gid=7000")
            .identity(MAPPED)
            .open()) {
      assertShown(100_005, 200_006, fixture, "d");
      assertShown(1000, 200_000, fixture, "d/f");
      assertShown(IdMap.OVERFLOW, IdMap.OVERFLOW, fixture, "g");
    }
  }

  @Test
  void chownStoresTheIdThatShowsAndRefusesOneThatHasNone() {
    try (UnionFixture fixture = UnionFixture.of("file f x").identity(MAPPED).open()) {
      Client client = fixture.client();
      client.chown("f", 100_007, 200_008);
      assertShown(100_007, 200_008, fixture, "f");
      assertStored(7, 8, fixture, "f");
      client.chown("f", -1, 200_009);
      assertStored(7, 9, fixture, "f");
      for (int unmapped : new int[] {0, 7, 1001, IdMap.OVERFLOW}) {
        assertErrno(Errno.EOVERFLOW, () -> client.chown("f", unmapped, -1));
      }
      assertErrno(Errno.EOVERFLOW, () -> client.chown("f", -1, 5));
      assertStored(7, 9, fixture, "f");
    }
  }

  @Test
  void whatIsMadeBelongsToItsMakerInEveryWayOfMaking() {
    try (UnionFixture fixture =
        UnionFixture.of("file w x").upper("whiteout w\ndir d uid=5").identity(MAPPED).open()) {
      Client client = fixture.client();
      for (int uid : new int[] {1000, 100_009}) {
        int stored = uid == 1000 ? 0 : 9;
        String suffix = "-" + uid;
        client.become(uid, 200_003);
        client.mkdir("d/dir" + suffix, 0755);
        client.mknod("d/fifo" + suffix, Mode.S_IFIFO | 0644, 0);
        client.symlink("target", "d/link" + suffix);
        client.write("d/file" + suffix, "text");
        client.close(client.tmpfile("d", 0600));
        for (String path : new String[] {"dir", "fifo", "link", "file"}) {
          assertShown(uid, 200_003, fixture, "d/" + path + suffix);
          assertStored(stored, 3, fixture, "d/" + path + suffix);
        }
        int fd = client.tmpfile("d", 04750);
        Stat stat = new Stat();
        client.fstat(fd, stat);
        assertOwner(uid, 200_003, stat);
        assertEquals(Mode.S_IFREG | 04750, stat.mode);
        client.linkOpen(fd, "d/tmp" + suffix);
        client.close(fd);
        assertStored(stored, 3, fixture, "d/tmp" + suffix);
      }
      client.become(100_009, 200_003);
      client.write("w", "over a whiteout");
      assertStored(9, 3, fixture, "w");
    }
  }

  @Test
  void makingSomethingAsAnIdThatCannotBeStoredFailsAndLeavesNothing() {
    try (UnionFixture fixture = UnionFixture.of("").identity(MAPPED).open()) {
      Client client = fixture.client();
      client.become(4242, 200_000);
      assertErrno(Errno.EOVERFLOW, () -> client.mkdir("d", 0755));
      assertErrno(Errno.EOVERFLOW, () -> client.write("f", "x"));
      assertErrno(Errno.EOVERFLOW, () -> client.tmpfile("", 0600));
      client.become(1000, 4242);
      assertErrno(Errno.EOVERFLOW, () -> client.symlink("x", "l"));
      assertEquals("", client.names(""));
    }
  }

  @Test
  void whatRootWithoutAnIdOfItsOwnMakesIsStoredAsTheDaemonsAndCanBeGivenAway() {
    try (UnionFixture fixture = UnionFixture.of("").identity(MAPPED).open()) {
      Client client = fixture.client();
      client.become(0, 0);
      client.symlink("x", "l");
      client.mkdir("d", 0755);
      client.write("f", "x");
      client.tmpfile("", 0600);
      int daemon = Real.SYS.geteuid();
      for (String name : new String[] {"l", "d", "f"}) {
        assertStored(daemon, 0, fixture, name);
      }
      client.chown("f", 100_007, 200_008);
      assertStored(7, 8, fixture, "f");
    }
  }

  @Test
  void copyUpKeepsTheIdsOnDiskThoseThatShowAsTheOverflowIdToo() {
    try (UnionFixture fixture =
        UnionFixture.of("dir d uid=5000 gid=7000\nfile d/f x uid=5 gid=7000 mode=4755")
            .identity(MAPPED)
            .open()) {
      fixture.client().chmod("d/f", 04711);
      assertStored(5000, 7000, fixture, "d");
      assertStored(5, 7000, fixture, "d/f");
      assertShown(100_005, IdMap.OVERFLOW, fixture, "d/f");
      assertEquals(Mode.S_IFREG | 04711, fixture.client().lstat("d/f").mode);
    }
  }

  @Test
  void aSetgidDirectoryHandsDownItsGroupEvenOneThatShowsAsTheOverflowId() {
    try (UnionFixture fixture =
        UnionFixture.of("dir s mode=2777 gid=9\ndir o mode=2777 gid=7000")
            .identity(MAPPED)
            .open()) {
      Client client = fixture.client();
      for (int uid : new int[] {1000, 100_004}) {
        client.become(uid, 200_003);
        client.mkdir("s/d" + uid, 0755);
        client.write("o/f" + uid, "x");
        client.close(client.tmpfile("s", 0600));
        assertShown(uid, 200_009, fixture, "s/d" + uid);
        assertEquals(Mode.S_IFDIR | 02755, client.lstat("s/d" + uid).mode);
        assertStored(uid == 1000 ? 0 : 4, 7000, fixture, "o/f" + uid);
      }
    }
  }

  @Test
  void writingClearsSuidAndSgidUnderAMappingToo() {
    try (UnionFixture fixture =
        UnionFixture.of("file f text uid=5 mode=6755").identity(MAPPED).open()) {
      Client client = fixture.client();
      client.become(100_005, 200_000);
      client.dropFsetid();
      int fd = client.open("f", OpenFlags.O_WRONLY, 0);
      client.write(fd, 0, Names.toBytes("TEXT"));
      client.close(fd);
      assertEquals(Mode.S_IFREG | 0755, client.lstat("f").mode);
      assertStored(5, 0, fixture, "f");
    }
  }

  @Test
  void theIdsInAnAclAreMappedBothWays() {
    byte[] stored = AclBytes.of("u::7 u:5:6 g::5 g:6:4 m::7 o::0");
    byte[] shown = AclBytes.of("u::7 u:100005:6 g::5 g:200006:4 m::7 o::0");
    try (UnionFixture fixture = UnionFixture.of("dir d\nfile f x").identity(MAPPED).open()) {
      Client client = fixture.client();
      client.setxattr("f", PosixAcl.ACCESS, shown, 0);
      assertArrayEquals(shown, client.getxattr("f", PosixAcl.ACCESS));
      assertArrayEquals(stored, onDisk(fixture, "f", PosixAcl.ACCESS));
      byte[] unmapped = AclBytes.of("u::7 u:5:6 g::5 m::7 o::0");
      assertErrno(Errno.EINVAL, () -> client.setxattr("f", PosixAcl.ACCESS, unmapped, 0));
      assertArrayEquals(shown, client.getxattr("f", PosixAcl.ACCESS));
    }
  }

  @Test
  void aDefaultAclIsInheritedWithTheIdsOnDiskEvenThoseThatAreNotMapped() {
    byte[] stored = AclBytes.of("u::7 u:5:6 u:5000:6 g::5 m::7 o::0");
    try (UnionFixture fixture = UnionFixture.of("").upper("dir d").identity(MAPPED)) {
      fixture.setXattrOnDisk(fixture.upperPath() + "/d", PosixAcl.DEFAULT, stored);
      Client client = fixture.open().client();
      for (int uid : new int[] {1000, 100_009}) {
        client.become(uid, 200_000);
        client.mkdir("d/" + uid, 0777);
        assertArrayEquals(stored, onDisk(fixture, "d/" + uid, PosixAcl.DEFAULT));
        assertArrayEquals(stored, onDisk(fixture, "d/" + uid, PosixAcl.ACCESS));
      }
      assertArrayEquals(
          AclBytes.of("u::7 u:100005:6 u:65534:6 g::5 m::7 o::0"),
          client.getxattr("d/1000", PosixAcl.DEFAULT));
    }
  }

  private static byte[] onDisk(UnionFixture fixture, String path, String xattr) {
    return fixture.xattrOnDisk(fixture.upperPath() + "/" + path, xattr);
  }

  @Test
  void squashedEverythingShowsAsOneUserAndIsStoredAsItsMaker() {
    try (UnionFixture fixture =
        UnionFixture.of("file f x uid=5 gid=6\ndir s mode=2777 gid=9")
            .identity(squashed(7, 0))
            .open()) {
      Client client = fixture.client();
      assertShown(7, 0, fixture, "f");
      client.become(42, 43);
      client.mkdir("d", 0755);
      client.mkdir("s/d", 0755);
      assertShown(7, 0, fixture, "d");
      assertStored(42, 43, fixture, "d");
      assertStored(42, 9, fixture, "s/d");
      client.chown("f", 11, 12);
      assertShown(7, 0, fixture, "f");
      assertStored(11, 12, fixture, "f");
    }
  }

  @Test
  void noaclHidesAclsAndRefusesThem() {
    IdentitySpec noacl =
        new IdentitySpec(
            null, null, IdentitySpec.NO_ID, IdentitySpec.NO_ID, OverrideForm.NONE, false);
    byte[] acl = AclBytes.of("u::7 u:5:6 g::5 m::7 o::0");
    try (UnionFixture fixture = UnionFixture.of("").upper("file f x").identity(noacl)) {
      fixture.setXattrOnDisk(fixture.upperPath() + "/f", PosixAcl.ACCESS, acl);
      Client client = fixture.open().client();
      assertFalse(client.listxattr("f").contains(PosixAcl.ACCESS));
      assertErrno(Errno.ENODATA, () -> client.getxattr("f", PosixAcl.ACCESS));
      assertErrno(Errno.EOPNOTSUPP, () -> client.setxattr("f", PosixAcl.ACCESS, acl, 0));
    }
  }
}
