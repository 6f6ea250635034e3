package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.fs.Entry;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.UnionFixture;

/** From a name through the layers to what it shows. */
class LookupTest {
  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "devices and trusted xattrs in layers need root");
  }

  @Test
  void theTopmostLayerThatHasANameShowsIt() {
    try (UnionFixture union =
        UnionFixture.of(
                "file a top\nfile b top", "file a middle\nfile c middle", "file c low\nfile d low")
            .upper("file b upper")
            .open()) {
      Client client = union.client();
      assertEquals("a b c d", client.names(""));
      assertEquals("top", client.text("a"));
      assertEquals("upper", client.text("b"));
      assertEquals("middle", client.text("c"));
      assertEquals("low", client.text("d"));
    }
  }

  @Test
  void directoriesOfOneNameAreMergedWithTheAttributesOfTheTopmost() {
    try (UnionFixture union =
        UnionFixture.of(
                "dir d mode=750 uid=7 user.x=top\nfile d/a a",
                "dir d mode=700 user.x=low\nfile d/b b")
            .open()) {
      Client client = union.client();
      assertEquals("a b", client.names("d"));
      assertEquals(0750, client.lstat("d").mode & 07777);
      assertEquals(7, client.lstat("d").uid);
      assertEquals(
          "top",
          new String(client.getxattr("d", "user.x"), java.nio.charset.StandardCharsets.ISO_8859_1));
    }
  }

  @Test
  void aFileHidesDirectoriesBelowAndADirectoryHidesFilesBelow() {
    try (UnionFixture union =
        UnionFixture.of(
                "file a top\ndir b\nfile b/top x", "file a/hidden x\nfile b low", "file b/hidden x")
            .open()) {
      assertEquals("top", union.client().text("a"));
      assertEquals("top", union.client().names("b"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"device", "name"})
  void aWhiteoutHidesTheNameInTheLayersBelow(String form) {
    try (UnionFixture union =
        UnionFixture.of(
                "whiteout a form=" + form + "\nwhiteout d form=" + form,
                "file a a\nfile d/x x\nfile b b")
            .open()) {
      assertEquals("b", union.client().names(""));
      assertFalse(union.client().exists("a"));
      assertFalse(union.client().exists("d"));
      assertFalse(union.client().exists(".wh.a"));
    }
  }

  @ParameterizedTest
  @CsvSource({"trusted,x", "user,x", "trusted,userx", "user,userx"})
  void anXattrWhiteoutHidesTheNameInADirectoryThatSaysSo(String form, String opaque) {
    String top = "opaque d form=" + opaque + "\nwhiteout d/a form=" + form + "\nfile d/empty \"\"";
    try (UnionFixture union = UnionFixture.of(top, "file d/a a\nfile d/b b").open()) {
      assertEquals("b empty", union.client().names("d"));
      assertFalse(union.client().exists("d/a"));
    }
  }

  @Test
  void anXattrWhiteoutElsewhereIsAnEmptyFile() {
    try (UnionFixture union = UnionFixture.of("whiteout d/a form=trusted", "file d/a low").open()) {
      assertEquals("", union.client().text("d/a"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"trusted", "user", "fuse", "name"})
  void anOpaqueDirectoryHidesThatOfTheLayersBelow(String form) {
    try (UnionFixture union =
        UnionFixture.of(
                "file d/first x",
                "opaque d form=" + form + "\nfile d/second x",
                "file d/hidden x\nfile e x")
            .open()) {
      assertEquals("first second", union.client().names("d"));
      assertFalse(union.client().exists("d/hidden"));
      assertTrue(union.client().exists("e"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"device", "name"})
  void aWhiteoutInAnyLayerEndsTheSearchThere(String form) {
    try (UnionFixture union =
        UnionFixture.of("file d/a x", "whiteout d form=" + form, "file d/hidden x").open()) {
      assertEquals("a", union.client().names("d"));
    }
  }

  @Test
  void aWhiteoutNameBesideItsEntryHidesOnlyTheLayersBelow() {
    try (UnionFixture union =
        UnionFixture.of(
                "file d/top x\nwhiteout d form=name\nfile f top\nwhiteout f form=name",
                "file d/low x\nfile f low")
            .open()) {
      assertEquals("top", union.client().names("d"));
      assertEquals("top", union.client().text("f"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dir .wh.a",
        "link .wh.a nowhere",
        "fifo .wh.a",
        "chr .wh.a 1:3",
        "file .wh.a text"
      })
  void aWhiteoutNameMayBeOfAnyType(String mark) {
    try (UnionFixture union = UnionFixture.of(mark, "file a a\nfile b b").open()) {
      assertEquals("b", union.client().names(""));
      assertFalse(union.client().exists("a"));
    }
  }

  @Test
  void bookkeepingOfAufsIsNeverShown() {
    try (UnionFixture union =
        UnionFixture.of(
                "dir .wh..wh.plnk\ndir .wh..wh.orph\nfile .wh..wh.aufs x\nfile .wh. x\nfile a a",
                "file b b")
            .open()) {
      assertEquals("a b", union.client().names(""));
      assertFalse(union.client().exists(".wh..wh.plnk"));
      assertFalse(union.client().exists(".wh."));
    }
  }

  @Test
  void aLiteralNameInALowerIsShownAndHidesNothing() {
    try (UnionFixture union =
        UnionFixture.of(
                "file .wh.a literal trusted.stratafs.literal=y\nfile .wh.b literal user.stratafs.literal=y",
                "file a a\nfile b b")
            .open()) {
      assertEquals(".wh.a .wh.b a b", union.client().names(""));
      assertEquals("literal", union.client().text(".wh.a"));
      assertEquals("a", union.client().text("a"));
    }
  }

  @Test
  void privateXattrsAreHidden() {
    try (UnionFixture union =
        UnionFixture.of(
                "file a a user.x=1 trusted.overlay.origin=o user.overlay.impure=y user.fuseoverlayfs.opaque=n")
            .open()) {
      Client client = union.client();
      assertEquals("[user.x]", client.listxattr("a").toString());
      assertErrno(Errno.ENODATA, () -> client.getxattr("a", "trusted.overlay.origin"));
      assertErrno(Errno.ENODATA, () -> client.removexattr("a", "user.overlay.impure"));
    }
  }

  @Test
  void namesOf255BytesAndOfAnyBytesAreFound() {
    String name = "\u00ff".repeat(255);
    try (UnionFixture union =
        UnionFixture.of("file " + "\\xff".repeat(255) + " low\nfile \\x01\\x0a\\x20\\x5c low")
            .open()) {
      Client client = union.client();
      assertEquals("low", client.text(name));
      client.write(name, "UP");
      assertEquals("UPw", client.text(name));
      client.unlink(name);
      assertFalse(client.exists(name));
      client.write(name, "again");
      union.remount();
      assertEquals("again", union.client().text(name));
      assertEquals("low", union.client().text("\u0001\n \\"));
    }
  }

  @Test
  void aNameOf256BytesIsTooLong() {
    try (UnionFixture union = UnionFixture.of("").open()) {
      assertErrno(Errno.ENAMETOOLONG, () -> union.client().lstat("x".repeat(256)));
      assertErrno(Errno.ENAMETOOLONG, () -> union.client().mkdir("x".repeat(256), 0755));
    }
  }

  @Test
  void aPathAsDeepAsPathMaxIsReachedAndCopiedUp() {
    StringBuilder path = new StringBuilder("d".repeat(200));
    while (path.length() + 201 < 4090) {
      path.append('/').append("d".repeat(200));
    }
    String file = path + "/f";
    try (UnionFixture union = UnionFixture.of("file " + file + " low").open()) {
      union.client().write(file, "UP");
      union.remount();
      assertEquals("UPw", union.client().text(file));
    }
  }

  @Test
  void sixHundredLayersAreSearched() {
    UnionFixture fixture = UnionFixture.of();
    for (int i = 0; i < 600; i++) {
      fixture.lower("file d/f" + i + " " + i + (i == 300 ? "\nwhiteout d/f301\n" : ""));
    }
    try (UnionFixture union = fixture.open()) {
      assertEquals("599", union.client().text("d/f599"));
      assertEquals(599, union.client().list("d").size());
      assertFalse(union.client().exists("d/f301"));
      union.client().write("d/f599", "upper");
      assertEquals("upper", union.client().text("d/f599"));
    }
  }

  @Test
  void aHundredAbsentNamesCostNoNode() {
    try (UnionFixture union = UnionFixture.of("dir d").open()) {
      for (int i = 0; i < 100; i++) {
        Entry entry = new Entry();
        entry.nodeid = 77;
        union.fs().lookup(union.client().caller(), 1, "absent" + i, entry);
        assertEquals(0, entry.nodeid);
      }
    }
  }

  @Test
  void anUnknownNodeIsStale() {
    try (UnionFixture union = UnionFixture.of("dir d").open()) {
      assertErrno(
          Errno.ESTALE, () -> union.fs().lookup(union.client().caller(), 4711, "x", new Entry()));
      union.fs().forget(4711, 3);
    }
  }

  static void assertErrno(int errno, org.junit.jupiter.api.function.Executable step) {
    FsException e = assertThrows(FsException.class, step);
    assertEquals(Errno.name(errno), Errno.name(e.errno()));
  }
}
