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
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.UnionFixture;

/** Redirects that layers bring along, in every layer and over several. */
class RedirectLookupTest {
  private static final String R = "trusted.overlay.redirect=";

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "trusted xattrs need root");
  }

  private static String names(String path, String upper, String... lowers) {
    UnionFixture fixture = new UnionFixture().upper(upper);
    for (String lower : lowers) {
      fixture.lower(lower);
    }
    try (UnionFixture union = fixture.open()) {
      return union.client().names(path);
    }
  }

  @Test
  void aNameLeadsToASiblingInTheLayersBelow() {
    String upper = "dir new " + R + "old\nfile new/u u";
    assertEquals(
        names("new", "dir new\nfile new/u u", "file new/a a"),
        names("new", upper, "dir old\nfile old/a a"));
    // what has the new name itself down there is another directory
    assertEquals(
        names("new", "dir new\nfile new/u u", "file new/a a"),
        names("new", upper, "dir old\nfile old/a a\ndir new\nfile new/b b"));
  }

  @Test
  void theMarkOfANameBesideARedirectHidesTheNameAndNotWhatTheRedirectLeadsTo() {
    String upper = "dir new " + R + "old\nfile new/u u\nwhiteout new form=name";
    assertEquals("a u", names("new", upper, "dir old\nfile old/a a\ndir new\nfile new/b b"));
  }

  @Test
  void aMergedDirectoryHasTheInodeNumberOfTheTopmostLowerThatHasIt() {
    try (UnionFixture union = UnionFixture.of("dir d", "dir x\ndir d").upper("dir d").open()) {
      Stat topmost = new Stat();
      union.real().stat(Syscalls.AT_FDCWD, union.lowerPaths().get(0) + "/d", topmost);
      assertEquals(topmost.ino, union.client().lstat("d").ino);
    }
  }

  @Test
  void aPathLeadsFromTheRootOfTheLayersBelow() {
    String expected = names("x/new", "dir x/new\nfile x/new/u u", "file x/new/a a");
    String upper = "dir x trusted.overlay.impure=y\ndir x/new " + R + "/p/old\nfile x/new/u u";
    assertEquals(expected, names("x/new", upper, "dir p/old\nfile p/old/a a"));
    assertEquals(expected, names("x/new", upper, "dir x\nfile x/f f", "dir p/old\nfile p/old/a a"));
  }

  @Test
  void aPathOfALowerLeadsFurtherDownOnly() {
    String expected = names("n", "", "dir n\nfile n/m m", "file n/b b");
    String middle = "dir n " + R + "/p/old\nfile n/m m";
    assertEquals(expected, names("n", "", middle, "dir p/old\nfile p/old/b b"));
    assertEquals(
        expected,
        names("n", "", "dir p/old\nfile p/old/above x", middle, "dir p/old\nfile p/old/b b"));
    assertEquals(
        names("n", "", "dir n\nfile n/m m", "file n/b b", "file n/c c"),
        names("n", "", middle, "dir p/old\nfile p/old/b b", "dir p/old\nfile p/old/c c"));
  }

  @Test
  void redirectsAreFollowedOneAfterTheOther() {
    String expected = names("a", "dir a\nfile a/1 x", "file a/2 x", "file a/3 x");
    assertEquals(
        expected,
        names(
            "a",
            "dir a " + R + "b\nfile a/1 x",
            "dir b " + R + "c\nfile b/2 x",
            "dir c\nfile c/3 x"));
    assertEquals(
        expected,
        names(
            "a",
            "dir a " + R + "/p/b\nfile a/1 x",
            "dir p/b " + R + "/q/c\nfile p/b/2 x",
            "dir q/c\nfile q/c/3 x"));
    assertEquals(
        expected,
        names(
            "a",
            "dir a " + R + "/p/b\nfile a/1 x",
            "dir p/b " + R + "c\nfile p/b/2 x",
            "dir p/c\nfile p/c/3 x\ndir p/b\nfile p/b/no x"));
  }

  @Test
  void aDirectoryRenamedOnTheWayIsFollowedInTheLayersBelow() {
    String upper = "dir n " + R + "/p/old\nfile n/u x";
    String expected = names("n", "dir n\nfile n/u x", "file n/2 x", "file n/3 x");
    assertEquals(
        expected,
        names(
            "n",
            upper,
            "dir p " + R + "q\ndir p/old\nfile p/old/2 x",
            "dir q/old\nfile q/old/3 x\ndir p/old\nfile p/old/no x"));
    assertEquals(
        expected,
        names(
            "n",
            upper.replace("/p/old", "/o/p/old"),
            "dir o/p " + R + "/r/q\ndir o/p/old\nfile o/p/old/2 x",
            "dir r/q/old\nfile r/q/old/3 x\ndir o/r/q/old\nfile o/r/q/old/no x"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "whiteout p",
        "whiteout p form=name",
        "file p x",
        "dir p\nopaque p",
        "dir p\nwhiteout p form=name",
        "dir p\nwhiteout p/old",
        "dir p\nwhiteout p/old form=name",
        "dir p/old\nopaque p/old",
        "dir p\nfile p/old x",
        "dir p\nopaque p form=x\nwhiteout p/old form=trusted"
      })
  void whatHidesThePathOrItsEndHidesWhatIsBelow(String middle) {
    String upper = "dir n " + R + "/p/old\nfile n/u x";
    assertEquals(
        names("n", "dir n\nfile n/u x", ""),
        names("n", upper, middle, "dir p/old\nfile p/old/no x"));
  }

  @ParameterizedTest
  @CsvSource({"a/b", "/a//b", "/a/", "/", "/a/../b", "/./b", "..", "."})
  void aRedirectThatIsNoNameAndNoPathMakesTheDirectoryUnusable(String redirect) {
    try (UnionFixture union =
        new UnionFixture()
            .upper("dir n " + R + redirect + "\nfile n/u x\nfile f text")
            .lower("dir a/b\ndir b\nfile n/low x")
            .open()) {
      assertErrno(Errno.EINVAL, () -> union.client().lstat("n"));
      assertEquals("text", union.client().text("f"));
      assertTrue(union.client().names("").contains("n"));
      assertFalse(union.warnings().isEmpty());
    }
  }

  @Test
  void nofollowRefusesADirectoryWithARedirect() {
    try (UnionFixture union =
        new UnionFixture()
            .upper("dir n " + R + "old\nfile f text")
            .lower("dir old")
            .redirects(RedirectPolicy.NOFOLLOW)
            .open()) {
      assertErrno(Errno.EPERM, () -> union.client().lstat("n"));
      assertEquals("text", union.client().text("f"));
    }
  }

  @Test
  void aRenameWritesANameWithinAParentAndAPathOtherwise() {
    try (UnionFixture union =
        UnionFixture.of("dir d\nfile d/f x\ndir d/s\nfile d/s/g y\ndir e").open()) {
      union.client().rename("d/s", "d/t", 0);
      assertEquals("s", redirect(union, "d/t"));
      union.client().rename("d/t", "d/v", 0);
      assertEquals("s", redirect(union, "d/v"));
      union.client().rename("d/v", "e/w", 0);
      assertEquals("/d/s", redirect(union, "e/w"));
      union.client().rename("e/w", "e/z", 0);
      assertEquals("/d/s", redirect(union, "e/z"));
      long ino = union.client().lstat("e/z").ino;
      union.remount();
      assertEquals("y", union.client().text("e/z/g"));
      assertEquals(ino, union.client().lstat("e/z").ino);
    }
  }

  private static String redirect(UnionFixture union, String path) {
    byte[] value = union.xattrOnDisk(union.upperPath() + "/" + path, "trusted.overlay.redirect");
    return value == null ? null : new String(value, java.nio.charset.StandardCharsets.US_ASCII);
  }

  @Test
  void aDirectoryMovedIntoOneWithoutLowersIsFoundAgain() {
    try (UnionFixture union = UnionFixture.of("dir d\nfile d/f x").open()) {
      union.client().mkdir("pure", 0755);
      union.client().rename("d", "pure/d", 0);
      long ino = union.client().lstat("pure/d").ino;
      union.remount();
      assertEquals("x", union.client().text("pure/d/f"));
      assertEquals(ino, union.client().lstat("pure/d").ino);
    }
  }

  @Test
  void aPathTooLongForARedirectIsExdev() {
    StringBuilder path = new StringBuilder("d");
    for (int i = 0; i < 6; i++) {
      path.append('/').append("n".repeat(200));
    }
    try (UnionFixture union = UnionFixture.of("dir " + path + "\nfile " + path + "/f x").open()) {
      assertErrno(Errno.EXDEV, () -> union.client().rename(path.toString(), "short", 0));
      assertEquals("x", union.client().text(path + "/f"));
    }
  }
}
