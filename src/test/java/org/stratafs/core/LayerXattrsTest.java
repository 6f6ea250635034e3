package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.UnionFixture;

/** user.stratafs.layer, .origin and .copied_up: where a path comes from. */
class LayerXattrsTest {
  private static final String LAYER = "user.stratafs.layer";
  private static final String ORIGIN = "user.stratafs.origin";
  private static final String COPIED_UP = "user.stratafs.copied_up";
  private static final String TOP = "file d/f \"top\"\nfile t \"t\"\n";
  private static final String BOTTOM = "file d/f \"bottom\"\nfile d/g \"g\"\ndir only\n";

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "redirects and metacopies need trusted xattrs");
  }

  private static String get(UnionFixture union, String path, String name) {
    return Names.fromBytes(union.client().getxattr(path, name));
  }

  private static String lower(UnionFixture union, int number) {
    return "lower " + number + " " + union.lowerPaths().get(number - 1);
  }

  private static void assertErrno(int errno, Runnable call) {
    assertEquals(errno, assertThrows(FsException.class, call::run).errno());
  }

  @Test
  void aFileSaysWhichLayerItComesFromBeforeAndAfterCopyUp() {
    try (UnionFixture union = UnionFixture.of(TOP, BOTTOM).open()) {
      assertEquals(lower(union, 1), get(union, "d/f", LAYER));
      assertEquals(lower(union, 2), get(union, "d/g", LAYER));
      assertEquals("/d/g", get(union, "d/g", ORIGIN));
      assertEquals("no", get(union, "d/g", COPIED_UP));
      union.client().chmod("d/g", 0600);
      union.client().mkdir("new", 0755);
      for (int mount = 0; mount < 2; mount++) {
        assertEquals("upper " + union.upperPath(), get(union, "d/g", LAYER));
        assertEquals("/d/g", get(union, "d/g", ORIGIN));
        assertEquals("yes", get(union, "d/g", COPIED_UP));
        assertEquals("no", get(union, "new", COPIED_UP));
        assertEquals("/new", get(union, "new", ORIGIN));
        union.remount();
      }
    }
  }

  @Test
  void aMergedDirectorySaysAllItsLayersTopmostFirst() {
    try (UnionFixture union = UnionFixture.of(TOP, BOTTOM).open()) {
      assertEquals(lower(union, 1) + "\n" + lower(union, 2), get(union, "d", LAYER));
      assertEquals("no", get(union, "d", COPIED_UP));
      assertEquals(lower(union, 2), get(union, "only", LAYER));
      union.client().rename("d", "moved", 0);
      assertEquals(
          "upper " + union.upperPath() + "\n" + lower(union, 1) + "\n" + lower(union, 2),
          get(union, "moved", LAYER));
      assertEquals("/moved\n/d\n/d", get(union, "moved", ORIGIN));
      assertEquals("yes", get(union, "moved", COPIED_UP));
      assertEquals("/d/f", get(union, "moved/f", ORIGIN), "in its layer it was not renamed");
      assertEquals("/\n/\n/", get(union, "", ORIGIN));
    }
  }

  @Test
  void aMetacopyNamesTheLayerOfItsData() {
    try (UnionFixture union = UnionFixture.of(TOP, BOTTOM).metacopyAbove(0).open()) {
      union.client().chmod("d/g", 0600);
      union.client().rename("d/g", "g", 0);
      assertEquals(lower(union, 2), get(union, "g", LAYER));
      assertEquals("/d/g", get(union, "g", ORIGIN));
      assertEquals("yes", get(union, "g", COPIED_UP));
    }
  }

  @Test
  void theyAreNotListedAndCannotBeSetOrRemoved() {
    try (UnionFixture union = UnionFixture.of(TOP).open()) {
      for (String name : List.of(LAYER, ORIGIN, COPIED_UP)) {
        byte[] value = Names.toBytes("x");
        assertErrno(Errno.EPERM, () -> union.client().setxattr("t", name, value, 0));
        assertErrno(Errno.EPERM, () -> union.client().removexattr("t", name));
      }
      assertEquals(List.of(), union.client().listxattr("t"));
      assertEquals("no", get(union, "t", COPIED_UP), "nothing was copied up for it");
      assertErrno(Errno.ENODATA, () -> union.client().getxattr("t", "user.stratafs.layers"));
    }
  }

  @Test
  void whatAUnionInsideKeepsAsAnOriginIsTakenAndGivenBack() {
    try (UnionFixture union = UnionFixture.of(TOP).open()) {
      byte[] kept = {1, 0, 0, 0, 0, 0, 0, 0, 7};
      union.client().setxattr("t", ORIGIN, kept, 0);
      assertArrayEquals(kept, union.client().getxattr("t", ORIGIN));
      union.client().removexattr("t", ORIGIN);
      assertEquals("/t", get(union, "t", ORIGIN));
    }
  }

  @Test
  void switchedOffThereAreNone() {
    try (UnionFixture union = UnionFixture.of(TOP).noLayerXattrs().open()) {
      for (String name : List.of(LAYER, ORIGIN, COPIED_UP)) {
        assertErrno(Errno.ENODATA, () -> union.client().getxattr("t", name));
      }
      union.client().setxattr("t", LAYER, Names.toBytes("x"), 0);
      assertFalse(union.client().listxattr("t").isEmpty(), "like any other");
    }
  }
}
