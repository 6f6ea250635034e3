package org.stratafs.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.layer.Marks.Opacity;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

final class MarksTest {
  private final Dirs dirs = new Dirs();
  private LowerDir lower;

  @BeforeEach
  void open() {
    dirs.mkdir("lower");
    lower = dirs.closing(dirs.open(dirs.readOnlySpec("lower")).lower(0).openDirectory(""));
  }

  @AfterEach
  void cleanUp() {
    dirs.close();
  }

  private boolean isWhiteout(String name, Opacity parentOpacity) {
    Stat stat = new Stat();
    assertTrue(lower.stat(name, stat));
    return Marks.isWhiteout(lower, name, stat, parentOpacity);
  }

  @ParameterizedTest
  @CsvSource({
    "trusted.overlay.opaque, y, OPAQUE",
    "user.overlay.opaque, y, OPAQUE",
    "user.fuseoverlayfs.opaque, y, OPAQUE",
    "user.fuseoverlayfs.opaque, yes, OPAQUE",
    "trusted.overlay.opaque, x, XATTR_WHITEOUTS",
    "user.overlay.opaque, x, XATTR_WHITEOUTS",
    "trusted.overlay.opaque, n, NONE",
    "trusted.overlay.opaque, '', NONE",
    "trusted.overlay.opaque2, y, NONE",
    "user.other.opaque, y, NONE"
  })
  void opacityByXattr(String xattr, String value, Opacity expected) {
    dirs.xattr("lower", xattr, value);
    assertEquals(expected, Marks.opacity(lower));
  }

  @Test
  void opaqueInOneNamespaceOutweighsXattrWhiteoutsInAnother() {
    dirs.xattr("lower", "trusted.overlay.opaque", "x");
    dirs.xattr("lower", "user.overlay.opaque", "y");
    assertEquals(Opacity.OPAQUE, Marks.opacity(lower));
  }

  @Test
  void aPlainDirectoryIsMergedForTwoSystemCalls() {
    dirs.xattr("lower", "user.mime", "x");
    TappedSyscalls tap = new TappedSyscalls();
    LayerStack stack = dirs.open(tap.sys, dirs.readOnlySpec("lower"));
    try (LowerDir dir = stack.lower(0).openDirectory("")) {
      tap.calls.clear();
      assertEquals(Opacity.NONE, Marks.opacity(dir));
      assertEquals(2, tap.calls.size(), tap.calls.toString());
    }
  }

  @Test
  void theOpaqueFileOfAufsOfAnyType() {
    dirs.mkdir("lower/.wh..wh..opq");
    assertEquals(Opacity.OPAQUE, Marks.opacity(lower));
  }

  @Test
  void aLiteralFileOfTheOpaqueFilesNameMakesNothingOpaque() {
    dirs.file("lower/.wh..wh..opq", "");
    assertEquals(Opacity.OPAQUE, Marks.opacity(lower));
    dirs.xattr("lower/.wh..wh..opq", "user.stratafs.literal", "y");
    assertEquals(Opacity.NONE, Marks.opacity(lower));
  }

  @Test
  void onlyACharacterDevice00IsAWhiteoutDevice() {
    dirs.whiteoutDevice("lower/whiteout");
    dirs.sys.mknodat(Syscalls.AT_FDCWD, dirs.path("lower/null"), 0x2000 | 0666, 0x103);
    dirs.sys.mknodat(Syscalls.AT_FDCWD, dirs.path("lower/block"), 0x6000 | 0666, 0);
    dirs.sys.mknodat(Syscalls.AT_FDCWD, dirs.path("lower/fifo"), 0x1000 | 0666, 0);
    assertTrue(isWhiteout("whiteout", Opacity.NONE));
    assertFalse(isWhiteout("null", Opacity.NONE));
    assertFalse(isWhiteout("block", Opacity.NONE));
    assertFalse(isWhiteout("fifo", Opacity.NONE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"trusted.overlay.whiteout", "user.overlay.whiteout"})
  void anXattrWhiteoutCountsOnlyEmptyAndInADirectoryForIt(String xattr) {
    dirs.file("lower/empty", "").file("lower/full", "x").mkdir("lower/dir").file("lower/plain", "");
    for (String name : new String[] {"empty", "full", "dir"}) {
      dirs.xattr("lower/" + name, xattr, "y");
    }
    assertTrue(isWhiteout("empty", Opacity.XATTR_WHITEOUTS));
    assertFalse(isWhiteout("empty", Opacity.NONE));
    assertFalse(isWhiteout("full", Opacity.XATTR_WHITEOUTS));
    assertFalse(isWhiteout("dir", Opacity.XATTR_WHITEOUTS));
    assertFalse(isWhiteout("plain", Opacity.XATTR_WHITEOUTS));
  }

  @Test
  void aWhiteoutNameOfAnyTypeWhitesOut() {
    dirs.file("lower/.wh.file", "").mkdir("lower/.wh.dir").whiteoutDevice("lower/.wh.device");
    dirs.sys.symlinkat("/absent", Syscalls.AT_FDCWD, dirs.path("lower/.wh.link"));
    for (String name : new String[] {"file", "dir", "device", "link"}) {
      assertTrue(Marks.hasWhiteoutName(lower, name), name);
    }
    assertFalse(Marks.hasWhiteoutName(lower, "absent"));
  }

  @Test
  void aLiteralWhiteoutNameWhitesOutNothing() {
    for (String namespace : new String[] {"trusted", "user"}) {
      String name = "of-" + namespace;
      dirs.file("lower/.wh." + name, "");
      dirs.xattr("lower/.wh." + name, namespace + ".stratafs.literal", "y");
      assertTrue(Marks.isLiteral(lower, ".wh." + name));
      assertFalse(Marks.hasWhiteoutName(lower, name));
    }
    dirs.file("lower/.wh.no", "");
    dirs.xattr("lower/.wh.no", "user.stratafs.literal", "n");
    assertTrue(Marks.hasWhiteoutName(lower, "no"));
  }

  @Test
  void namesThatLeaveNoRoomForTheMarkHaveNone() {
    dirs.file("lower/.wh." + "a".repeat(251), "");
    assertTrue(Marks.hasWhiteoutName(lower, "a".repeat(251)));
    assertFalse(Marks.hasWhiteoutName(lower, "a".repeat(252)));
    assertFalse(Marks.hasWhiteoutName(lower, "a".repeat(255)));
  }

  @Test
  void markNamesBeginWithTheAufsPrefix() {
    assertTrue(Marks.isMarkName(".wh."));
    assertTrue(Marks.isMarkName(".wh.x"));
    assertTrue(Marks.isMarkName(".wh..wh.plnk"));
    assertFalse(Marks.isMarkName(".wh"));
    assertFalse(Marks.isMarkName("a.wh.x"));
    assertFalse(Marks.isMarkName(".WH.x"));
  }

  @Test
  void privateXattrsAreThoseOfUnionsAlone() {
    for (String name :
        new String[] {
          "trusted.overlay.opaque",
          "user.overlay.redirect",
          "user.fuseoverlayfs.origin",
          "trusted.stratafs.origin",
          "user.stratafs.literal"
        }) {
      assertTrue(OverlayXattrs.isPrivate(name), name);
    }
    for (String name :
        new String[] {
          "trusted.overlayx",
          "user.overlay",
          "user.mime_type",
          "security.capability",
          "trusted.fuseoverlayfs.opaque",
          "system.posix_acl_access",
          "user.containers.override_stat",
          "trusted.overlay.overlay.opaque",
          "user.fuseoverlayfs.fuseoverlayfs.opaque",
          "trusted.stratafs.stratafs.literal"
        }) {
      assertFalse(OverlayXattrs.isPrivate(name), name);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "trusted.overlay.opaque,trusted.overlay.overlay.opaque",
    "trusted.overlay.overlay.x,trusted.overlay.overlay.overlay.x",
    "user.overlay.,user.overlay.overlay.",
    "user.fuseoverlayfs.opaque,user.fuseoverlayfs.fuseoverlayfs.opaque",
    "trusted.stratafs.origin,trusted.stratafs.stratafs.origin",
    "user.stratafs.nlink,user.stratafs.stratafs.nlink",
    "user.overlay,user.overlay",
    "security.capability,security.capability"
  })
  void whatAUnionInsideTheMountKeepsHasANameOfItsOwnOnDisk(String shown, String stored) {
    assertEquals(stored, OverlayXattrs.stored(shown));
    assertEquals(shown, OverlayXattrs.shown(stored));
    assertFalse(OverlayXattrs.isPrivate(stored));
  }

  @Test
  void aPrivateXattrIsNotShown() {
    assertNull(OverlayXattrs.shown("trusted.overlay.opaque"));
    assertNull(OverlayXattrs.shown("user.stratafs.origin"));
  }

  @Test
  void aNameThatIsTooLongOnDiskIsNotTaken() {
    String fits = "user.overlay." + "x".repeat(255 - 13 - 8);
    assertEquals(255, OverlayXattrs.stored(fits).length());
    FsException e = assertThrows(FsException.class, () -> OverlayXattrs.stored(fits + "x"));
    assertEquals(Errno.EOPNOTSUPP, e.errno());
  }
}
