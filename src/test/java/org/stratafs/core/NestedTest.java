package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.posix.Names;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.UnionFixture;

/** What a union whose layers are in this one keeps here: it is kept, and means nothing to this. */
class NestedTest {
  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "trusted xattrs need root");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "trusted.overlay.opaque",
        "user.overlay.opaque",
        "user.fuseoverlayfs.opaque",
        "trusted.stratafs.literal"
      })
  void aMarkOfAUnionInsideIsKeptAndMeansNothingHere(String mark) {
    try (UnionFixture union = UnionFixture.of("file d/low x").open()) {
      union.client().setxattr("d", mark, Names.toBytes("y"), 0);
      for (int mount = 0; mount < 2; mount++) {
        Client client = union.client();
        assertEquals("low", client.names("d"));
        assertEquals("y", Names.fromBytes(client.getxattr("d", mark)));
        assertEquals("[" + mark + "]", client.listxattr("d").toString());
        union.remount();
      }
      assertNull(union.xattrOnDisk(union.upperPath() + "/d", mark));
      union.client().removexattr("d", mark);
      assertEquals("[]", union.client().listxattr("d").toString());
      assertEquals("low", union.client().names("d"));
    }
  }

  @Test
  void marksOfAUnionInsideAreCopiedUp() {
    try (UnionFixture union =
        UnionFixture.of(
                "dir d trusted.overlay.overlay.opaque=y trusted.overlay.opaque=y user.stratafs.stratafs.x=z\nfile d/f x")
            .open()) {
      union.client().chmod("d", 0700);
      String copy = union.upperPath() + "/d";
      assertEquals("y", Names.fromBytes(union.xattrOnDisk(copy, "trusted.overlay.overlay.opaque")));
      assertEquals("z", Names.fromBytes(union.xattrOnDisk(copy, "user.stratafs.stratafs.x")));
      assertNull(union.xattrOnDisk(copy, "trusted.overlay.opaque"));
      assertEquals(
          "[trusted.overlay.opaque, user.stratafs.x]",
          union.client().listxattr("d").stream().sorted().toList().toString());
    }
  }

  /** What a union inside stores as its whiteout by name. */
  @Test
  void aWhiteoutNameMadeThroughTheMountStaysANameOverItsCopyUp() {
    try (UnionFixture union =
        UnionFixture.of(
                "file .wh.f text trusted.stratafs.literal=y\n"
                    + "dir .wh.d trusted.stratafs.literal=y\nfile f f\nfile d/x x")
            .open()) {
      union.client().chmod(".wh.f", 0600);
      union.client().chmod(".wh.d", 0700);
      for (int mount = 0; mount < 2; mount++) {
        assertEquals(".wh.d .wh.f d f", union.client().names(""));
        assertEquals("text", union.client().text(".wh.f"));
        assertTrue(union.client().exists("d/x"));
        union.remount();
      }
    }
  }

  /** An upper in another union takes no device 0:0, and such names have no .wh.NAME. */
  @Test
  void namesOfEveryLengthAreWhitedOutWhereUpperTakesNoDevice() {
    String file = "f".repeat(255);
    String directory = "d".repeat(252);
    String moved = "m".repeat(253);
    String lower =
        "file " + file + " x\nfile " + directory + "/x x\nfile " + moved + " y\nfile short z";
    try (UnionFixture union =
        UnionFixture.of(lower, "file " + file + " low").noDeviceWhiteouts().open()) {
      Client client = union.client();
      client.unlink(file);
      client.chmod(directory, 0700);
      client.unlink(directory + "/x");
      client.rmdir(directory);
      client.rename(moved, "new", 0);
      for (int mount = 0; mount < 2; mount++) {
        assertEquals("new short", union.client().names(""));
        assertFalse(union.client().exists(file));
        assertFalse(union.client().exists(directory));
        union.remount();
      }
      client = union.client();
      client.mkdir("dir", 0755);
      client.rename("dir", directory, 0);
      client.write(file, "again");
      client.rename("short", moved, 0);
      for (int mount = 0; mount < 2; mount++) {
        assertEquals(directory + " " + file + " " + moved + " new", union.client().names(""));
        assertEquals("", union.client().names(directory));
        assertEquals("again", union.client().text(file));
        assertEquals("z", union.client().text(moved));
        union.remount();
      }
    }
  }

  /** The two change places with a whiteout whose form counts in its own directory only. */
  @Test
  void aDirectoryRenamedOverAWhiteoutInXattrFormLeavesAWhiteoutBehind() {
    String name = "w".repeat(255);
    try (UnionFixture union =
        UnionFixture.of("file a/" + name + " x\nfile b/dir/x x").noDeviceWhiteouts().open()) {
      union.client().unlink("a/" + name);
      union.client().rename("b/dir", "a/" + name, 0);
      for (int mount = 0; mount < 2; mount++) {
        assertEquals("x", union.client().names("a/" + name));
        assertEquals("", union.client().names("b"));
        assertFalse(union.client().exists("b/dir"));
        union.remount();
      }
    }
  }
}
