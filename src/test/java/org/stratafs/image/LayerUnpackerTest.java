package org.stratafs.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/** What becomes of the entries of a layer. */
final class LayerUnpackerTest {
  private TestStore test;

  @BeforeEach
  void open() throws IOException {
    test = new TestStore();
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  private Path unpack(TarBytes tar) throws IOException {
    return test.tree(test.importRootfs(tar.bytes(), "t"));
  }

  private Stat stat(Path path) {
    Stat stat = new Stat();
    test.sys.stat(Syscalls.AT_FDCWD, PathBytes.of(path), stat);
    return stat;
  }

  private String xattr(Path path, String name) {
    byte[] value = test.sys.getxattrOrAbsent(Syscalls.AT_FDCWD, PathBytes.of(path), name);
    return value == null ? null : Names.fromBytes(value);
  }

  private static void needsRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to give files away");
  }

  @Test
  void typesOwnersModesAndTimes() throws IOException {
    needsRoot();
    Path tree =
        unpack(
            new TarBytes()
                .owner(3_000_000, 12)
                .mode(06755)
                .pax("mtime", "1000.000000007")
                .file("f", "content")
                .mode(01700)
                .directory("d/")
                .symlink("d/l", "/no/where")
                .device("d/c", '3', 1, 3)
                .device("d/p", '6', 0, 0)
                .hardLink("h", "./f"));
    Stat file = stat(tree.resolve("f"));
    assertEquals(Mode.S_IFREG | 06755, file.mode);
    assertEquals(3_000_000, file.uid);
    assertEquals(12, file.gid);
    assertEquals(1000, file.mtimeSec);
    assertEquals(7, file.mtimeNsec);
    assertEquals(2, file.nlink);
    assertEquals(file.ino, stat(tree.resolve("h")).ino);
    Stat directory = stat(tree.resolve("d"));
    assertEquals(Mode.S_IFDIR | 01755, directory.mode);
    assertEquals(3_000_000, directory.uid);
    assertEquals(1_000_000_000L, directory.mtimeSec, "after what was made in it");
    assertEquals("/no/where", Files.readSymbolicLink(tree.resolve("d/l")).toString());
    assertEquals(3_000_000, stat(tree.resolve("d/l")).uid);
    assertEquals(TarEntry.device(1, 3), stat(tree.resolve("d/c")).rdev);
    assertEquals(Mode.S_IFIFO | 01700, stat(tree.resolve("d/p")).mode);
  }

  @Test
  void xattrsAreBytesAndOursMeanNothing() throws IOException {
    needsRoot();
    Path tree =
        unpack(
            new TarBytes()
                .pax(
                    "SCHILY.xattr.user.bin", "\u00ff\u0000\u0001",
                    "SCHILY.xattr.trusted.overlay.opaque", "y",
                    "SCHILY.xattr.security.selinux", "label")
                .directory("d/"));
    assertEquals("\u00ff\u0000\u0001", xattr(tree.resolve("d"), "user.bin"));
    assertNull(xattr(tree.resolve("d"), "trusted.overlay.opaque"), "would hide lower layers");
    assertEquals("y", xattr(tree.resolve("d"), "trusted.overlay.overlay.opaque"));
    assertNull(xattr(tree.resolve("d"), "security.selinux"));
  }

  @Test
  void capabilitiesOutliveTheOwner() throws IOException {
    needsRoot();
    String capability =
        Names.fromBytes(new byte[] {1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    Path tree =
        unpack(
            new TarBytes()
                .owner(5, 5)
                .pax("SCHILY.xattr.security.capability", capability)
                .file("ping", "x"));
    assertEquals(capability, xattr(tree.resolve("ping"), "security.capability"));
  }

  @Test
  void aclsInTextBecomeTheKernels() throws IOException {
    needsRoot();
    Path tree =
        unpack(
            new TarBytes()
                .mode(0)
                .pax(
                    "SCHILY.acl.access",
                    "user::rwx\nuser:1000:r-x\ngroup::r-x\nmask::r-x\nother::r-x\n",
                    "SCHILY.acl.default",
                    "user::rwx,group::r-x,group:staff:rw-:50,mask::rwx,other::r--")
                .directory("d/")
                .pax("SCHILY.acl.access", "user::rw-,user:lisa:rw-,group::r--,mask::rw-,other::---")
                .file("f", ""));
    assertEquals(
        acl(0x01, 7, -1, 0x02, 5, 1000, 0x04, 5, -1, 0x10, 5, -1, 0x20, 5, -1),
        xattr(tree.resolve("d"), "system.posix_acl_access"));
    assertEquals(
        acl(0x01, 7, -1, 0x04, 5, -1, 0x08, 6, 50, 0x10, 7, -1, 0x20, 4, -1),
        xattr(tree.resolve("d"), "system.posix_acl_default"));
    assertNull(xattr(tree.resolve("f"), "system.posix_acl_access"), "lisa is nobody here");
    assertTrue(test.log.toString().contains("'f'"), test.log.toString());
  }

  /**
   * The accounts come last in the archive; bart's ACL would be lost if it were set by path only.
   */
  @Test
  void namesInAclsAreThoseOfTheLayersOwnAccounts() throws IOException {
    needsRoot();
    Path tree =
        unpack(
            new TarBytes()
                .mode(0750)
                .pax(
                    "SCHILY.acl.default", "user::rwx,user:lisa:rwx,group::r-x,mask::rwx,other::---")
                .directory("d/")
                .mode(04660)
                .pax(
                    "SCHILY.acl.access",
                    "user::rw-,user:lisa:rw-,user:b\\054t\u00e9:r--,user:5:r--,"
                        + "group::r--,group:staff:rw-,mask::rw-,other::---")
                .file("d/f", "x")
                .mode(0640)
                .pax(
                    "SCHILY.acl.access",
                    "user::rw-,user:lisa:r--:7,group::r--,mask::r--,other::---")
                .file("fourth", "")
                .pax("SCHILY.acl.access", "user::rw-,user:lisa:r--,group::r--,mask::r--,other::---")
                .file("linked", "")
                .header("other", '1', "linked", 0, 0, 0)
                .file("linked", "no ACL any more")
                .mode(0600)
                .file("etc/group", "staff:x:50:\nlisa:x:1:\n")
                .file(
                    "etc/passwd", "broken\nlisa:x:4000000000:1::/:\nlisa:x:2\nb,t\u00e9:x:9::\n"));
    int lisa = (int) 4_000_000_000L;
    assertEquals(
        acl(
            0x01, 6, -1, 0x02, 4, 5, 0x02, 4, 9, 0x02, 6, lisa, 0x04, 4, -1, 0x08, 6, 50, 0x10, 6,
            -1, 0x20, 0, -1),
        xattr(tree.resolve("d/f"), "system.posix_acl_access"));
    assertEquals(Mode.S_IFREG | 04660, stat(tree.resolve("d/f")).mode);
    assertEquals(
        acl(0x01, 7, -1, 0x02, 7, lisa, 0x04, 5, -1, 0x10, 7, -1, 0x20, 0, -1),
        xattr(tree.resolve("d"), "system.posix_acl_default"));
    assertEquals(
        acl(0x01, 6, -1, 0x02, 4, 7, 0x04, 4, -1, 0x10, 4, -1, 0x20, 0, -1),
        xattr(tree.resolve("fourth"), "system.posix_acl_access"));
    assertEquals(
        acl(0x01, 6, -1, 0x02, 4, lisa, 0x04, 4, -1, 0x10, 4, -1, 0x20, 0, -1),
        xattr(tree.resolve("other"), "system.posix_acl_access"));
    assertNull(xattr(tree.resolve("linked"), "system.posix_acl_access"));
    assertEquals("[]", test.log.toString());
  }

  /** Those of the machine say nothing of who is meant, nor does what a link leads to. */
  @Test
  void namesThatTheLayerDoesNotHaveAreSaid() throws IOException {
    needsRoot();
    Path tree =
        unpack(
            new TarBytes()
                .symlink("etc/passwd", "/etc/passwd")
                .mode(0640)
                .pax(
                    "SCHILY.acl.access",
                    "user::rw-,user:daemon:r--,group::r--,mask::r--,other::---")
                .file("f", ""));
    assertNull(xattr(tree.resolve("f"), "system.posix_acl_access"));
    assertEquals(Mode.S_IFREG | 0640, stat(tree.resolve("f")).mode);
    assertTrue(test.log.toString().contains("'f'"), test.log.toString());
    assertTrue(test.log.toString().contains("etc/passwd"), test.log.toString());
  }

  private static String acl(int... fields) {
    java.nio.ByteBuffer value =
        java.nio.ByteBuffer.allocate(4 + 8 * fields.length / 3)
            .order(java.nio.ByteOrder.LITTLE_ENDIAN);
    value.putInt(2);
    for (int i = 0; i < fields.length; i += 3) {
      value.putShort((short) fields[i]).putShort((short) fields[i + 1]).putInt(fields[i + 2]);
    }
    return Names.fromBytes(value.array());
  }

  @Test
  void sparseFilesHaveHoles() throws IOException {
    Path tree =
        unpack(
            new TarBytes()
                .pax("GNU.sparse.size", "100000000", "GNU.sparse.map", "4096,3")
                .file("f", "abc"));
    Stat stat = stat(tree.resolve("f"));
    assertEquals(100_000_000, stat.size);
    assertTrue(stat.blocks * 512 < 1_000_000, () -> "blocks: " + stat.blocks);
    byte[] all = Files.readAllBytes(tree.resolve("f"));
    assertEquals('a', all[4096]);
    assertEquals(0, all[4095]);
    assertEquals(0, all[99_999_999]);
  }

  @Test
  void whiteoutsAreOnesForAMount() throws IOException {
    Path tree = unpack(new TarBytes().file("d/.wh.gone", "").file("o/.wh..wh..opq", ""));
    assertTrue(stat(tree.resolve("d/gone")).isWhiteoutDevice());
    assertFalse(test.exists(tree.resolve("d/.wh.gone")));
    assertNotNull(opaque(tree.resolve("o")));
    assertNull(opaque(tree.resolve("d")));
  }

  private String opaque(Path path) {
    String trusted = xattr(path, "trusted.overlay.opaque");
    return trusted != null ? trusted : xattr(path, "user.overlay.opaque");
  }

  @Test
  void whiteoutsHideLowerLayersOnlyInAnyOrder() throws IOException {
    for (boolean first : new boolean[] {true, false}) {
      TarBytes tar = new TarBytes();
      if (first) {
        tar.file(".wh.f", "").file(".wh.d", "");
      }
      tar.file("f", "new").directory("d/").file("d/x", "x");
      if (!first) {
        tar.file(".wh.f", "").file(".wh.d", "").file("d/.wh.x", "");
      }
      Path tree = unpack(tar);
      assertEquals("new", Files.readString(tree.resolve("f")));
      assertEquals("x", Files.readString(tree.resolve("d/x")));
      assertNotNull(opaque(tree.resolve("d")), "what a layer below has in it must not show");
    }
  }

  @Test
  void aDirectoryOnTheWayTakesTheWhiteoutsPlace() throws IOException {
    Path tree = unpack(new TarBytes().file(".wh.d", "").file("d/sub/f", "x"));
    assertEquals("x", Files.readString(tree.resolve("d/sub/f")));
    assertNotNull(opaque(tree.resolve("d")));
    assertNull(opaque(tree.resolve("d/sub")));
  }

  @Test
  void entriesBeforeTheOpaqueMarkStay() throws IOException {
    Path tree = unpack(new TarBytes().file("d/x", "x").file("d/.wh..wh..opq", "").file("d/y", "y"));
    assertTrue(test.exists(tree.resolve("d/x")));
    assertTrue(test.exists(tree.resolve("d/y")));
    assertNotNull(opaque(tree.resolve("d")));
  }

  @Test
  void bookkeepingOfAufsIsLeftOut() throws IOException {
    Path tree =
        unpack(new TarBytes().directory(".wh..wh.plnk/").file(".wh..wh.aufs", "").file("f", ""));
    assertFalse(test.exists(tree.resolve(".wh..wh.plnk")));
    assertFalse(test.exists(tree.resolve(".wh..wh.aufs")));
  }

  @Test
  void aWhiteoutIsOneWhateverItsType() throws IOException {
    Path tree = unpack(new TarBytes().hardLink(".wh.a", "/etc/passwd").symlink(".wh.b", "x"));
    assertTrue(stat(tree.resolve("a")).isWhiteoutDevice());
    assertTrue(stat(tree.resolve("b")).isWhiteoutDevice());
  }

  @Test
  void theLaterOfTwoEntriesCounts() throws IOException {
    Path tree =
        unpack(
            new TarBytes()
                .file("a", "first")
                .hardLink("keep", "a")
                .file("a", "second")
                .directory("d/")
                .file("d/in", "")
                .file("d", "a file now")
                .file("e", "a file")
                .directory("e/")
                .file("e/in", "x")
                .symlink("s", "t")
                .file("s", "no link"));
    assertEquals("second", Files.readString(tree.resolve("a")));
    assertEquals("first", Files.readString(tree.resolve("keep")), "not written through the link");
    assertEquals("a file now", Files.readString(tree.resolve("d")));
    assertEquals("x", Files.readString(tree.resolve("e/in")));
    assertEquals("no link", Files.readString(tree.resolve("s")));
  }

  @Test
  void theLaterEntryOfADirectoryGivesItsMode() throws IOException {
    Path tree =
        unpack(new TarBytes().mode(01000).directory("d/").file("d/f", "").mode(0).directory("d/"));
    assertEquals(Mode.S_IFDIR | 0755, stat(tree.resolve("d")).mode);
    assertTrue(test.exists(tree.resolve("d/f")));
  }

  @Test
  void aHardLinkToWhatIsThereAlready() throws IOException {
    Path tree = unpack(new TarBytes().file("a", "x").hardLink("b", "a").hardLink("b", "a"));
    assertEquals(2, stat(tree.resolve("a")).nlink);
    Path other = unpack(new TarBytes().file("a", "x").file("b", "y").hardLink("b", "a"));
    assertEquals("x", Files.readString(other.resolve("b")));
  }

  @Test
  void namesOfAnyBytes() throws IOException {
    Path tree = unpack(new TarBytes().file("new\nline", "1").file("\u00ff\u0001", "2"));
    StringBuilder seen = new StringBuilder();
    int fd = test.sys.openat(Syscalls.AT_FDCWD, PathBytes.of(tree), 0, 0);
    try {
      test.sys.readDirectory(fd, (name, ino, type) -> seen.append('[').append(name).append(']'));
    } finally {
      test.sys.close(fd);
    }
    assertTrue(seen.toString().contains("[new\nline]"), seen.toString());
    assertTrue(seen.toString().contains("[\u00ff\u0001]"), seen.toString());
  }

  @Test
  void pathsBeyondPathMax() throws IOException {
    String deep = "d".repeat(200) + "/";
    Image image =
        test.importRootfs(
            new TarBytes().pax("path", deep.repeat(30) + "f").file("x", "y").bytes(), "t");
    assertEquals(1, test.store().trees().info(image.diffIds().get(0)).entries());
    assertEquals(31, test.store().trees().info(image.diffIds().get(0)).implicit().size());
  }

  @Test
  void directoriesWithoutAnEntryAreRemembered() throws IOException {
    Image image = test.importRootfs(new TarBytes().directory("a/").file("a/b/f", "").bytes(), "t");
    assertEquals(List.of("", "a/b"), test.store().trees().info(image.diffIds().get(0)).implicit());
  }
}
