package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.stratafs.core.LookupTest.assertErrno;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.layer.RedirectPolicy;
import org.stratafs.posix.Errno;
import org.stratafs.posix.Mode;
import org.stratafs.posix.RenameFlags;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.TreeSnapshot;
import org.stratafs.testkit.UnionFixture;

/** Making, removing and renaming names in every state they can be in, and what is left in upper. */
class NamespaceTest {
  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "devices and trusted xattrs in layers need root");
  }

  private static String upper(UnionFixture union) {
    return union.upperSnapshot(TreeSnapshot.Part.PRIVATE_XATTRS);
  }

  @Test
  void aRemovedLowerNameIsAKernelWhiteoutInUpper() {
    try (UnionFixture union = UnionFixture.of("file f f\nfile d/g g").open()) {
      union.client().unlink("f");
      union.client().unlink("d/g");
      assertTrue(upper(union).contains("/f c 0 0:0 dev 0"), upper(union));
      assertTrue(upper(union).contains("/d/g c 0 0:0 dev 0"), upper(union));
      union.client().rmdir("d");
      assertTrue(upper(union).contains("/d c 0 0:0 dev 0"), upper(union));
      union.remount();
      assertEquals("", union.client().names(""));
    }
  }

  @Test
  void aRemovedUpperNameLeavesNothing() {
    try (UnionFixture union = UnionFixture.of("dir d").open()) {
      union.client().write("f", "x");
      union.client().mkdir("e", 0755);
      union.client().unlink("f");
      union.client().rmdir("e");
      assertEquals("/\"\" d 755 0:0", upper(union));
    }
  }

  @Test
  void noWhiteoutIsLeftInAnOpaqueDirectory() {
    try (UnionFixture union = UnionFixture.of("file d/f f").open()) {
      union.client().unlink("d/f");
      union.client().rmdir("d");
      union.client().mkdir("d", 0755);
      union.client().write("d/f", "new");
      union.client().unlink("d/f");
      assertFalse(upper(union).contains("/d/f"), upper(union));
      assertEquals("", union.client().names("d"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"device", "name"})
  void makingAnewOverAWhiteoutRemovesEveryFormOfIt(String form) {
    String marks =
        "whiteout f form=" + form + "\nwhiteout d form=" + form + "\nwhiteout l form=" + form;
    try (UnionFixture union =
        UnionFixture.of("file f f\nfile d/hidden x\nfile l l").upper(marks).open()) {
      Client client = union.client();
      client.write("f", "new");
      client.mkdir("d", 0700);
      client.symlink("t", "l");
      assertEquals("", client.names("d"));
      assertFalse(upper(union).contains(".wh."), upper(union));
      union.remount();
      assertEquals("", union.client().names("d"));
      assertEquals("new", union.client().text("f"));
      assertEquals("t", union.client().readlink("l"));
      union.client().rmdir("d");
      union.client().unlink("f");
      union.remount();
      assertEquals("l", union.client().names(""));
    }
  }

  @Test
  void rmRfAndMkdirOverThreeLayersBringsNothingBack() {
    try (UnionFixture union =
        UnionFixture.of("file d/a a", "file d/b b\nfile d/e/x x", "file d/c c").open()) {
      Client client = union.client();
      client.unlink("d/a");
      client.unlink("d/b");
      client.unlink("d/c");
      client.unlink("d/e/x");
      client.rmdir("d/e");
      client.rmdir("d");
      client.mkdir("d", 0755);
      assertEquals("", client.names("d"));
      union.remount();
      assertEquals("", union.client().names("d"));
    }
  }

  @Test
  void aDirectoryThatShowsAnEntryOfAnyLayerIsNotEmpty() {
    try (UnionFixture union =
        UnionFixture.of("dir d\nwhiteout d/a", "file d/a a\nfile d/b b").open()) {
      assertErrno(Errno.ENOTEMPTY, () -> union.client().rmdir("d"));
      union.client().unlink("d/b");
      union.client().rmdir("d");
      assertFalse(union.client().exists("d"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "lower, fresh, ok",
    "lower, lower2, ok",
    "lower, upper, ok",
    "lower, whiteout, ok",
    "lower, dir, EISDIR",
    "upper, fresh, ok",
    "upper, lower, ok",
    "upper, whiteout, ok",
    "upper, updir, EISDIR",
    "updir, fresh, ok",
    "updir, whiteout, ok",
    "updir, lower, ENOTDIR",
    "updir, empty, ok",
    "updir, dir, ENOTEMPTY",
    "dir, fresh, EXDEV",
    "dir, empty, EXDEV",
    "absent, fresh, ENOENT",
    "whiteout, fresh, ENOENT",
    "updir, updir/x, EINVAL",
  })
  void renameOfEachStateOntoEachState(String from, String to, String expected) {
    String lower = "file lower lower\nfile lower2 x\nfile whiteout x\nfile dir/f x\ndir empty";
    try (UnionFixture union =
        UnionFixture.of(lower)
            .upper("file upper upper\nwhiteout whiteout\nfile updir/f updir")
            .redirects(RedirectPolicy.FOLLOW)
            .open()) {
      Client client = union.client();
      if (!expected.equals("ok")) {
        String before = union.view();
        org.stratafs.posix.FsException e =
            org.junit.jupiter.api.Assertions.assertThrows(
                org.stratafs.posix.FsException.class, () -> client.rename(from, to, 0));
        assertEquals(expected, Errno.name(e.errno()));
        assertEquals(before, union.view());
        return;
      }
      client.rename(from, to, 0);
      for (int i = 0; i < 2; i++) {
        assertFalse(union.client().exists(from));
        String file = from.equals("updir") ? to + "/f" : to;
        assertEquals(from, union.client().text(file));
        union.remount();
      }
    }
  }

  @Test
  void aDirectoryMovedOntoALowerNameDoesNotMergeWithIt() {
    try (UnionFixture union = UnionFixture.of("file d/low x").open()) {
      Client client = union.client();
      client.mkdir("new", 0755);
      client.write("new/f", "f");
      client.unlink("d/low");
      client.rmdir("d");
      client.rename("new", "d", 0);
      assertEquals("f", client.names("d"));
      union.remount();
      assertEquals("f", union.client().names("d"));
    }
  }

  @Test
  void aMergedDirectoryIsRenamedByARedirectAndItsOldNameIsFree() {
    try (UnionFixture union =
        UnionFixture.of("file d/top top", "file d/low low\nfile e/x x").open()) {
      Client client = union.client();
      client.write("d/upper", "upper");
      client.rename("d", "new", 0);
      client.mkdir("d", 0755);
      client.rename("new", "e/moved", 0);
      for (int i = 0; i < 2; i++) {
        assertEquals("low top upper", union.client().names("e/moved"));
        assertEquals("low", union.client().text("e/moved/low"));
        assertEquals("", union.client().names("d"));
        union.remount();
      }
    }
  }

  @Test
  void exchangeSwapsLowerAndUpperNames() {
    try (UnionFixture union = UnionFixture.of("file a lower\nfile c/d other").open()) {
      union.client().write("b", "upper");
      union.client().mkdir("e", 0755);
      union.client().rename("a", "b", RenameFlags.EXCHANGE);
      union.client().rename("c/d", "e", RenameFlags.EXCHANGE);
      for (int i = 0; i < 2; i++) {
        assertEquals("upper", union.client().text("a"));
        assertEquals("lower", union.client().text("b"));
        assertEquals("other", union.client().text("e"));
        assertEquals("", union.client().names("c/d"));
        union.remount();
      }
    }
  }

  @Test
  void noReplaceRefusesALowerTargetToo() {
    try (UnionFixture union = UnionFixture.of("file a a\nfile b b").open()) {
      assertErrno(
          Errno.EEXIST,
          () -> union.fs().rename(union.client().caller(), 1, "a", 1, "b", RenameFlags.NOREPLACE));
      union.client().rename("a", "c", RenameFlags.NOREPLACE);
      assertEquals("b c", union.client().names(""));
    }
  }

  @Test
  void aRenameOntoAnotherNameOfTheSameFileDoesNothing() {
    try (UnionFixture union = UnionFixture.of("dir d").open()) {
      union.client().write("a", "x");
      union.client().link("a", "d/b");
      union.fs().rename(union.client().caller(), 1, "a", union.client().nodeid("d"), "b", 0);
      assertEquals("a d", union.client().names(""));
      assertEquals(2, union.client().lstat("d/b").nlink);
    }
  }

  @Test
  void hardLinksInUpperAreOneFile() {
    try (UnionFixture union = UnionFixture.of("file f lower\nfile gone x\ndir d").open()) {
      Client client = union.client();
      client.unlink("gone");
      client.link("f", "d/g");
      client.link("d/g", "gone");
      client.write("gone", "LOWER");
      for (int i = 0; i < 2; i++) {
        assertEquals("LOWER", union.client().text("f"));
        assertEquals("LOWER", union.client().text("d/g"));
        assertEquals(3, union.client().lstat("f").nlink);
        assertEquals(union.client().lstat("f").ino, union.client().lstat("gone").ino);
        assertEquals(union.client().nodeid("f"), union.client().nodeid("d/g"));
        union.remount();
      }
      union.client().unlink("f");
      assertEquals(2, union.client().lstat("d/g").nlink);
      assertEquals("LOWER", union.client().text("d/g"));
    }
  }

  @Test
  void aWhiteoutDeviceCannotBeMade() {
    try (UnionFixture union = UnionFixture.of("file f f").open()) {
      assertErrno(Errno.EPERM, () -> union.client().mknod("new", Mode.S_IFCHR | 0600, 0));
      assertEquals("f", union.client().names(""));
      union.client().mknod("null", Mode.S_IFCHR | 0600, 0x103);
      assertEquals(0x103, union.client().lstat("null").rdev);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {".wh.f", ".wh..wh..opq", ".wh..wh.plnk", ".wh."})
  void aMarkNameMadeByAProgramIsAName(String name) {
    try (UnionFixture union = UnionFixture.of("file d/f f").open()) {
      union.client().write("d/" + name, "mine");
      union.client().mkdir("d/e", 0755);
      union.client().write("d/e/x", "y");
      union.client().rename("d/e/x", "d/e/" + name, 0);
      union.remount();
      assertEquals("mine", union.client().text("d/" + name));
      assertEquals("f", union.client().text("d/f"));
      assertEquals("y", union.client().text("d/e/" + name));
      union.unmount();
      // And so it stays when the upper has become a lower.
      try (UnionFixture next =
          UnionFixture.over(
              java.util.List.of(union.upperPath(), union.lowerPaths().get(0)), null, null)) {
        assertEquals("mine", next.client().text("d/" + name));
        assertEquals("f", next.client().text("d/f"));
      }
      union.open();
      union.client().unlink("d/" + name);
      assertFalse(union.client().exists("d/" + name));
      assertEquals("f", union.client().text("d/f"));
    }
  }

  @Test
  void whatIsMadeBelongsToTheCallerAndKeepsTheUmask() {
    try (UnionFixture union =
        UnionFixture.of("dir d\nfile gone x\ndir g mode=2775 gid=77").open()) {
      Client client = union.client();
      client.unlink("gone");
      client.become(1000, 100);
      client.umask(027);
      client.mkdir("d/dir", 0777);
      client.write("d/file", "x");
      client.mkdir("gone", 0777);
      client.mkdir("g/dir", 0777);
      client.write("g/file", "x");
      client.symlink("t", "g/link");
      String view = union.view();
      assertTrue(view.contains("/d/dir d 750 1000:100"), view);
      assertTrue(view.contains("/d/file - 640 1000:100"), view);
      assertTrue(view.contains("/gone d 750 1000:100"), view);
      assertTrue(view.contains("/g/dir d 2750 1000:77"), view);
      assertTrue(view.contains("/g/file - 640 1000:77"), view);
      assertTrue(view.contains("/g/link l 1000:77"), view);
    }
  }
}
