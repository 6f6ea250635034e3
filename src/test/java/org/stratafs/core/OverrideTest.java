package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.stratafs.fs.SetAttr;
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
import org.stratafs.posix.RenameFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.DeviceNumbers;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.DirEntry;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.UnionFixture;

/** xattr_permissions: owner, mode and type kept in an xattr. */
class OverrideTest {
  private static final String CONTAINERS = "user.containers.override_stat";
  private static final String PRIVILEGED = "security.fuseoverlayfs.override_stat";

  /** A layer as containers/storage unpacks it for an ordinary user: all is 0755, in xattrs. */
  private static final String UNPACKED =
      String.join(
          "\n",
          "dir d " + CONTAINERS + "=0:0:0711:dir",
          "file d/su text mode=755 " + CONTAINERS + "=0:50:4755:file",
          "file d/fifo mode=755 " + CONTAINERS + "=3:4:0640:pipe",
          "file d/sock mode=755 " + CONTAINERS + "=3:4:0600:socket",
          "file d/disk mode=755 " + CONTAINERS + "=0:6:0660:block-8-17",
          "file d/null mode=755 " + CONTAINERS + "=0:0:0666:char-1-3",
          "file d/bare text mode=755",
          "file d/bad text mode=755 " + CONTAINERS + "=what",
          "link d/link target");

  @BeforeEach
  void needsRoot() {
    assumeTrue(Real.SYS.geteuid() == 0, "needs root: security.* xattrs");
  }

  private static IdentitySpec kept(OverrideForm form) {
    return new IdentitySpec(null, null, IdentitySpec.NO_ID, IdentitySpec.NO_ID, form, true);
  }

  private static UnionFixture unpacked(OverrideForm form) {
    UnionFixture fixture = UnionFixture.of(UNPACKED).identity(kept(form));
    markRoot(fixture);
    return fixture.open();
  }

  private static void markRoot(UnionFixture fixture) {
    byte[] value = Names.toBytes("0:0:0555:dir");
    fixture.setXattrOnDisk(fixture.lowerPaths().get(0), CONTAINERS, value);
  }

  private static String shown(Client client, String path) {
    Stat stat = client.lstat(path);
    return stat.uid
        + ":"
        + stat.gid
        + " "
        + Integer.toOctalString(stat.mode)
        + (stat.rdev == 0
            ? ""
            : " " + DeviceNumbers.major(stat.rdev) + ":" + DeviceNumbers.minor(stat.rdev));
  }

  private static String stored(UnionFixture fixture, String path, String xattr) {
    byte[] value = fixture.xattrOnDisk(fixture.upperPath() + "/" + path, xattr);
    return value == null ? null : Names.fromBytes(value);
  }

  private static int inodeMode(UnionFixture fixture, String path) {
    Stat stat = new Stat();
    fixture.real().stat(Syscalls.AT_FDCWD, fixture.upperPath() + "/" + path, stat);
    return stat.mode;
  }

  @ParameterizedTest
  @EnumSource(
      value = OverrideForm.class,
      names = {"NONE", "PRIVILEGED", "CONTAINERS"})
  void aLayerWhoseRootCarriesTheXattrShowsWhatItSaysWhateverTheOption(OverrideForm form) {
    try (UnionFixture fixture = unpacked(form)) {
      Client client = fixture.client();
      assertEquals("0:0 40711", shown(client, "d"));
      assertEquals("0:50 104755", shown(client, "d/su"));
      assertEquals("3:4 10640", shown(client, "d/fifo"));
      assertEquals("3:4 140600", shown(client, "d/sock"));
      assertEquals("0:6 60660 8:17", shown(client, "d/disk"));
      assertEquals("0:0 20666 1:3", shown(client, "d/null"));
      assertEquals("0:0 100755", shown(client, "d/bare"));
      assertEquals("target", client.readlink("d/link"));
      assertEquals("text", client.text("d/su"));
    }
  }

  @Test
  void theListingTellsTheTypesThatLookupTells() {
    try (UnionFixture fixture = unpacked(OverrideForm.CONTAINERS)) {
      Client client = fixture.client();
      client.mknod("d/new", Mode.S_IFIFO | 0600, 0);
      int checked = 0;
      for (DirEntry entry : client.list("d")) {
        if (!entry.name().startsWith(".") && !entry.name().equals("bad")) {
          Stat stat = client.lstat("d/" + entry.name());
          assertEquals(Mode.toDirentType(stat.mode), entry.type(), entry.name());
          assertEquals(stat.ino, entry.ino(), entry.name());
          checked++;
        }
      }
      assertEquals(8, checked);
    }
  }

  @Test
  void aValueThatIsNoneSpoilsItsOwnNameOnly() {
    try (UnionFixture fixture = unpacked(OverrideForm.CONTAINERS)) {
      Client client = fixture.client();
      FsException failure = assertThrows(FsException.class, () -> client.lstat("d/bad"));
      assertEquals(Errno.EINVAL, failure.errno());
      assertEquals("text", client.text("d/bare"));
    }
  }

  @Test
  void copyUpKeepsTheXattrAndTheTypeItStandsFor() {
    try (UnionFixture fixture = unpacked(OverrideForm.CONTAINERS)) {
      Client client = fixture.client();
      for (String path : List.of("su", "fifo", "sock", "disk", "null", "bare", "link")) {
        String before = shown(client, "d/" + path);
        client.utimens("d/" + path, 1, 2);
        assertEquals(before, shown(client, "d/" + path), path);
      }
      assertEquals("0:0:0711:dir", stored(fixture, "d", CONTAINERS));
      assertEquals("0:50:4755:file", stored(fixture, "d/su", CONTAINERS));
      assertEquals("3:4:0640:pipe", stored(fixture, "d/fifo", CONTAINERS));
      assertEquals("0:6:0660:block-8-17", stored(fixture, "d/disk", CONTAINERS));
      assertEquals("0:0:0666:char-1-3", stored(fixture, "d/null", CONTAINERS));
      assertEquals("0:0:0755:file", stored(fixture, "d/bare", CONTAINERS));
      assertEquals(Mode.S_IFREG | 0600, inodeMode(fixture, "d/null"));
      assertEquals(Mode.S_IFDIR | 0700, inodeMode(fixture, "d"));
      assertEquals("text", client.text("d/su"));
    }
  }

  @Test
  void copyUpIntoAPlainUpperMakesTheRealThing() {
    try (UnionFixture fixture = unpacked(OverrideForm.NONE)) {
      Client client = fixture.client();
      for (String path : List.of("su", "fifo", "null")) {
        String before = shown(client, "d/" + path);
        client.utimens("d/" + path, 1, 2);
        assertEquals(before, shown(client, "d/" + path), path);
        assertNull(stored(fixture, "d/" + path, CONTAINERS));
      }
      assertEquals(Mode.S_IFCHR | 0666, inodeMode(fixture, "d/null"));
      assertEquals(Mode.S_IFREG | 04755, inodeMode(fixture, "d/su"));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = OverrideForm.class,
      names = {"PRIVILEGED", "CONTAINERS"})
  void whatIsMadeIsKeptInTheXattrAndSurvivesARemount(OverrideForm form) {
    String xattr = form == OverrideForm.PRIVILEGED ? PRIVILEGED : CONTAINERS;
    try (UnionFixture fixture = UnionFixture.of("file w x").identity(kept(form)).open()) {
      Client client = fixture.client();
      client.become(5, 6);
      client.umask(022);
      client.mkdir("dir", 01777);
      client.write("file", "text");
      client.mknod("dir/null", Mode.S_IFCHR | 0666, DeviceNumbers.make(1, 3));
      client.mknod("fifo", Mode.S_IFIFO | 0666, 0);
      client.mknod("sock", Mode.S_IFSOCK | 0666, 0);
      client.unlink("w");
      client.write("w", "over a whiteout");
      int fd = client.tmpfile("", 0606);
      Stat stat = new Stat();
      client.fstat(fd, stat);
      assertEquals(Mode.S_IFREG | 0604, stat.mode);
      client.linkOpen(fd, "tmp");
      client.close(fd);
      fixture.remount();
      Client again = fixture.client();
      assertEquals("5:6 41755", shown(again, "dir"));
      assertEquals("5:6 100644", shown(again, "file"));
      assertEquals("5:6 20644 1:3", shown(again, "dir/null"));
      assertEquals("5:6 10644", shown(again, "fifo"));
      assertEquals("5:6 140644", shown(again, "sock"));
      assertEquals("5:6 100644", shown(again, "w"));
      assertEquals("5:6 100604", shown(again, "tmp"));
      assertEquals("5:6:1755:dir", stored(fixture, "dir", xattr));
      assertEquals("5:6:0644:char-1-3", stored(fixture, "dir/null", xattr));
      assertEquals("5:6:0604:file", stored(fixture, "tmp", xattr));
      for (String path : List.of("dir/null", "fifo", "sock", "file", "tmp")) {
        assertEquals(Mode.S_IFREG | 0600, inodeMode(fixture, path), path);
      }
    }
  }

  @Test
  void chownAndChmodChangeTheXattrOnlyAndChownClearsPrivileges() {
    try (UnionFixture fixture = unpacked(OverrideForm.CONTAINERS)) {
      Client client = fixture.client();
      client.chmod("d/su", 06755);
      client.setxattr("d/su", "security.capability", capability(), 0);
      client.chown("d/su", 9, -1);
      assertEquals("9:50 100755", shown(client, "d/su"));
      assertFalse(client.listxattr("d/su").contains("security.capability"));
      client.chmod("d/su", 06755);
      SetAttr owner = new SetAttr();
      owner.setUid = true;
      owner.uid = 9;
      fixture.fs().setattr(client.caller(), client.nodeid("d/su"), owner, new Stat());
      assertEquals("9:50:0755:file", stored(fixture, "d/su", CONTAINERS), "as chown(2) does");
      client.chmod("d/su", 0000);
      assertEquals("9:50:0000:file", stored(fixture, "d/su", CONTAINERS));
      assertEquals("text", client.text("d/su"));
      client.chown("d/fifo", 1, 2);
      assertEquals("1:2:0640:pipe", stored(fixture, "d/fifo", CONTAINERS));
      assertEquals(Mode.S_IFREG | 0600, inodeMode(fixture, "d/su"));
    }
  }

  /** struct vfs_cap_data, revision 2: CAP_NET_RAW (linux include/uapi/linux/capability.h). */
  private static byte[] capability() {
    return new byte[] {1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  }

  @Test
  void writingClearsSuidInTheXattr() {
    try (UnionFixture fixture = unpacked(OverrideForm.CONTAINERS)) {
      Client client = fixture.client();
      client.become(5, 6);
      client.dropFsetid();
      int fd = client.open("d/su", OpenFlags.O_WRONLY, 0);
      client.write(fd, 0, Names.toBytes("T"));
      client.close(fd);
      assertEquals("0:50:0755:file", stored(fixture, "d/su", CONTAINERS));
      assertEquals("Text", client.text("d/su"));
    }
  }

  @Test
  void aSetgidDirectoryHandsDownTheGroupOfItsXattr() {
    try (UnionFixture fixture = unpacked(OverrideForm.CONTAINERS)) {
      Client client = fixture.client();
      client.chown("d", 0, 77);
      client.chmod("d", 02777);
      client.become(5, 6);
      client.mkdir("d/sub", 0755);
      client.write("d/file", "");
      assertEquals("5:77 42755", shown(client, "d/sub"));
      assertEquals("5:77 100644", shown(client, "d/file"));
      int fd = client.tmpfile("d", 0600);
      Stat stat = new Stat();
      client.fstat(fd, stat);
      client.close(fd);
      assertEquals(77, stat.gid);
    }
  }

  @Test
  void theXattrIsHiddenAndRefused() {
    try (UnionFixture fixture = unpacked(OverrideForm.CONTAINERS)) {
      Client client = fixture.client();
      assertEquals(List.of(), client.listxattr("d/su"));
      for (String xattr : List.of(CONTAINERS, PRIVILEGED)) {
        assertEquals(
            Errno.ENODATA,
            assertThrows(FsException.class, () -> client.getxattr("d/su", xattr)).errno());
        assertEquals(
            Errno.EPERM,
            assertThrows(
                    FsException.class,
                    () -> client.setxattr("d/su", xattr, Names.toBytes("0:0:4755"), 0))
                .errno());
      }
      assertEquals("0:50 104755", shown(client, "d/su"));
    }
  }

  @Test
  void withoutTheOptionTheXattrIsOneLikeAnyOther() {
    try (UnionFixture fixture =
        UnionFixture.of("file f text mode=755 " + CONTAINERS + "=0:0:4711:file").open()) {
      Client client = fixture.client();
      assertEquals("0:0 100755", shown(client, "f"));
      assertArrayEquals(Names.toBytes("0:0:4711:file"), client.getxattr("f", CONTAINERS));
      client.setxattr("f", CONTAINERS, Names.toBytes("1:1:0600:file"), 0);
      assertEquals("0:0 100755", shown(client, "f"));
    }
  }

  @Test
  void whiteoutsAndRenamesWorkBesideTheXattr() {
    try (UnionFixture fixture = unpacked(OverrideForm.CONTAINERS)) {
      Client client = fixture.client();
      client.rename("d/null", "d/zero", 0);
      client.unlink("d/bare");
      client.rename("d/fifo", "d/sock", RenameFlags.EXCHANGE);
      assertEquals("0:0 20666 1:3", shown(client, "d/zero"));
      assertEquals("3:4 10640", shown(client, "d/sock"));
      fixture.remount();
      assertEquals("bad disk fifo link sock su zero", fixture.client().names("d"));
      assertEquals("3:4 140600", shown(fixture.client(), "d/fifo"));
    }
  }

  @Test
  void idsInTheXattrAreMappedToo() {
    IdMap map = IdMap.of(0, 1000, 100);
    UnionFixture fixture =
        UnionFixture.of(UNPACKED)
            .identity(
                new IdentitySpec(
                    map,
                    map,
                    IdentitySpec.NO_ID,
                    IdentitySpec.NO_ID,
                    OverrideForm.CONTAINERS,
                    true));
    markRoot(fixture);
    try (fixture) {
      Client client = fixture.open().client();
      assertEquals("1000:1050 104755", shown(client, "d/su"));
      client.chown("d/su", 1007, 1008);
      assertEquals("7:8:0755:file", stored(fixture, "d/su", CONTAINERS));
      client.become(1001, 1002);
      client.mkdir("new", 0755);
      assertEquals("1:2:0755:dir", stored(fixture, "new", CONTAINERS));
    }
  }

  @Test
  void aclsAreNotOfferedWhereModesAreKeptInXattrs() {
    byte[] acl = AclBytes.of("u::7 u:5:6 g::5 m::7 o::0");
    try (UnionFixture fixture = UnionFixture.of("").identity(kept(OverrideForm.CONTAINERS))) {
      Client client = fixture.open().client();
      client.write("f", "x");
      assertEquals(
          Errno.EOPNOTSUPP,
          assertThrows(FsException.class, () -> client.setxattr("f", PosixAcl.ACCESS, acl, 0))
              .errno());
    }
  }
}
