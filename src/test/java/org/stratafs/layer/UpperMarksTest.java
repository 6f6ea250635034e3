package org.stratafs.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.RenameFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

final class UpperMarksTest {
  /** What upper's file system can do. */
  private enum Upper {
    ALL,
    NO_RENAME_WHITEOUT,
    NO_RENAME_FLAGS,
    NO_DEVICE
  }

  private final Dirs dirs = new Dirs();
  private final TappedSyscalls tap = new TappedSyscalls();
  private UpperDir upper;
  private UpperMarks marks;

  @AfterEach
  void cleanUp() {
    dirs.close();
  }

  private void open() {
    open(
        new StackSpec(
            List.of(dirs.path("lower")),
            dirs.path("upper"),
            dirs.path("work"),
            XattrNamespace.AUTO));
  }

  private void open(StackSpec spec) {
    if (!dirs.exists("upper")) {
      dirs.mkdir("lower", "upper", "work");
    }
    LayerStack stack = dirs.open(tap.sys, spec);
    upper = dirs.closing(stack.upper().openDirectory(""));
    marks = stack.marks();
  }

  private void open(Upper kind) {
    tap.rule =
        (call, arguments) ->
            switch (kind) {
              case ALL -> 0;
              case NO_RENAME_WHITEOUT ->
                  TappedSyscalls.refuseRename(call, arguments, RenameFlags.WHITEOUT, Errno.EINVAL);
              case NO_RENAME_FLAGS ->
                  TappedSyscalls.refuseRename(
                      call, arguments, RenameFlags.WHITEOUT | RenameFlags.EXCHANGE, Errno.EINVAL);
              case NO_DEVICE ->
                  call.equals("mknodat") && (((Integer) arguments[2]) & 0xF000) == 0x2000
                      ? Errno.EPERM
                      : 0;
            };
    open();
  }

  private boolean whitesOut(String name) {
    Stat stat = new Stat();
    boolean device = upper.stat(name, stat);
    return device ? stat.isWhiteoutDevice() : Marks.hasWhiteoutName(upper, name);
  }

  private static void assertErrno(int errno, Executable call) {
    FsException e = assertThrows(FsException.class, call);
    assertEquals(Errno.name(errno), Errno.name(e.errno()));
  }

  /** Nothing staged is left but the device that whiteouts are links of. */
  private void assertWorkClean() {
    for (String name : dirs.names("work/work").split(" ", -1)) {
      Stat stat = name.isEmpty() ? null : dirs.stat("work/work/" + name);
      assertTrue(stat == null || stat.isWhiteoutDevice(), name);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Dirs.EXT4, Dirs.TMPFS})
  void whiteoutsAreDevicesThatShareAnInode(String where) {
    try (Dirs there = new Dirs(where)) {
      LayerStack stack = there.open(there.simpleSpec());
      try (UpperDir top = stack.upper().openDirectory("")) {
        stack.marks().makeWhiteout(top, "a");
        stack.marks().makeWhiteout(top, "n".repeat(255));
      }
      Stat a = there.stat("upper/a");
      assertTrue(a.isWhiteoutDevice());
      assertEquals(a.ino, there.stat("upper/" + "n".repeat(255)).ino);
      assertTrue(stack.marks().hasXattrs());
      assertTrue(stack.marks().hasTmpfile());
    }
  }

  @Test
  void aWhiteoutCostsOneSystemCall() {
    open();
    tap.calls.clear();
    marks.makeWhiteout(upper, "gone");
    assertEquals(List.of("linkat"), tap.calls);
  }

  @Test
  void whenTheSharedDeviceHasAllItsLinksAnotherOneIsMade() {
    open();
    int[] links = {0};
    tap.rule = (call, arguments) -> call.equals("linkat") && links[0]++ == 2 ? Errno.EMLINK : 0;
    for (int i = 0; i < 6; i++) {
      marks.makeWhiteout(upper, "w" + i);
    }
    for (int i = 0; i < 6; i++) {
      assertTrue(dirs.stat("upper/w" + i).isWhiteoutDevice());
    }
    assertEquals(dirs.stat("upper/w0").ino, dirs.stat("upper/w1").ino);
    assertEquals(dirs.stat("upper/w4").ino, dirs.stat("upper/w5").ino);
    assertFalse(dirs.stat("upper/w0").ino == dirs.stat("upper/w5").ino);
    assertWorkClean();
  }

  @Test
  void anUpperWithoutHardLinksGetsAnInodeForEachWhiteout() {
    open();
    tap.fail("linkat", Errno.EPERM);
    marks.makeWhiteout(upper, "a");
    marks.makeWhiteout(upper, "b");
    assertTrue(whitesOut("a") && whitesOut("b"));
  }

  @Test
  void aFullDiskIsReported() {
    open();
    tap.rule =
        (call, arguments) -> call.equals("linkat") || call.equals("mknodat") ? Errno.ENOSPC : 0;
    assertErrno(Errno.ENOSPC, () -> marks.makeWhiteout(upper, "a"));
    dirs.file("upper/f", "content");
    assertErrno(Errno.ENOSPC, () -> marks.replaceByWhiteout(upper, "f", false));
    assertEquals("content", dirs.text("upper/f"));
  }

  @Test
  void aFullUpperStillOpens() {
    tap.rule =
        (call, arguments) -> {
          boolean probe =
              call.equals("mknodat")
                  || call.equals("setxattr")
                  || (call.equals("openat") && (((Integer) arguments[2]) & 0x400000) != 0);
          return probe ? Errno.ENOSPC : 0;
        };
    open();
    tap.rule = (call, arguments) -> 0;
    marks.makeWhiteout(upper, "a");
    assertTrue(dirs.stat("upper/a").isWhiteoutDevice());
  }

  @Test
  void withoutDeviceWhiteoutsNoDeviceIsEverMade() {
    open(
        new StackSpec(
            List.of(dirs.path("lower")),
            dirs.path("upper"),
            dirs.path("work"),
            XattrNamespace.AUTO,
            true));
    dirs.file("upper/f", "").mkdir("upper/d").file("upper/r", "");
    marks.makeWhiteout(upper, "a");
    marks.replaceByWhiteout(upper, "f", false);
    marks.replaceByWhiteout(upper, "d", true);
    marks.renameLeavingWhiteout(upper, "r", upper, "moved", 0);
    assertEquals(".wh.a .wh.d .wh.f .wh.r moved", dirs.names("upper"));
    assertTrue(dirs.stat("upper/.wh.a").isRegular());
    assertWorkClean();
    String tooLongForAMarkName = "n".repeat(252);
    marks.makeWhiteout(upper, tooLongForAMarkName);
    assertTrue(dirs.stat("upper/" + tooLongForAMarkName).isRegular());
    assertEquals("y", dirs.xattr("upper/" + tooLongForAMarkName, "trusted.overlay.whiteout"));
    assertEquals("x", dirs.xattr("upper", "trusted.overlay.opaque"));
  }

  @ParameterizedTest
  @EnumSource(Upper.class)
  void aFileIsReplaced(Upper kind) {
    open(kind);
    dirs.file("upper/f", "content");
    marks.replaceByWhiteout(upper, "f", false);
    assertTrue(whitesOut("f"));
    assertEquals(kind == Upper.NO_DEVICE ? ".wh.f" : "f", dirs.names("upper"));
    assertWorkClean();
  }

  @ParameterizedTest
  @EnumSource(Upper.class)
  void aDirectoryIsReplacedAndGoesWithAllThatIsInIt(Upper kind) {
    open(kind);
    dirs.mkdir("upper/d", "upper/d/e", "upper/d/e/f")
        .file("upper/d/.wh.x", "")
        .file("upper/d/e/f/g", "");
    dirs.whiteoutDevice("upper/d/whiteout");
    marks.replaceByWhiteout(upper, "d", true);
    assertTrue(whitesOut("d"));
    assertEquals(kind == Upper.NO_DEVICE ? ".wh.d" : "d", dirs.names("upper"));
    assertWorkClean();
  }

  @Test
  void aDirectoryWithALongNameIsReplacedWithoutExchange() {
    open(Upper.NO_RENAME_FLAGS);
    String name = "n".repeat(255);
    dirs.mkdir("upper/" + name);
    marks.replaceByWhiteout(upper, name, true);
    assertTrue(dirs.stat("upper/" + name).isWhiteoutDevice());
    assertWorkClean();
  }

  @ParameterizedTest
  @EnumSource(Upper.class)
  void aRenameLeavesAWhiteout(Upper kind) {
    open(kind);
    dirs.mkdir("upper/to").file("upper/f", "content");
    try (UpperDir to = upper.child("to")) {
      marks.renameLeavingWhiteout(upper, "f", to, "g", RenameFlags.NOREPLACE);
    }
    assertTrue(whitesOut("f"));
    assertEquals("content", dirs.text("upper/to/g"));
    assertEquals("g", dirs.names("upper/to"));
    assertEquals(kind == Upper.NO_DEVICE ? ".wh.f to" : "f to", dirs.names("upper"));
    assertWorkClean();
  }

  @ParameterizedTest
  @EnumSource(Upper.class)
  void aRenameReplacesItsTarget(Upper kind) {
    open(kind);
    dirs.file("upper/f", "new").file("upper/g", "old");
    marks.renameLeavingWhiteout(upper, "f", upper, "g", 0);
    assertTrue(whitesOut("f"));
    assertEquals("new", dirs.text("upper/g"));
    dirs.mkdir("upper/d", "upper/d/in", "upper/e");
    marks.renameLeavingWhiteout(upper, "d", upper, "e", 0);
    assertTrue(whitesOut("d"));
    assertEquals("in", dirs.names("upper/e"));
    assertWorkClean();
  }

  @ParameterizedTest
  @EnumSource(
      value = Upper.class,
      names = {"ALL", "NO_RENAME_WHITEOUT", "NO_RENAME_FLAGS"})
  void aLongNameIsRenamedToo(Upper kind) {
    open(kind);
    String name = "n".repeat(255);
    for (String target : new String[] {"absent", "present", "directory"}) {
      boolean directory = target.equals("directory");
      if (directory) {
        dirs.mkdir("upper/" + name, "upper/" + name + "/in", "upper/directory");
      } else {
        dirs.file("upper/" + name, "new");
      }
      if (target.equals("present")) {
        dirs.file("upper/present", "old");
        assertErrno(
            Errno.EEXIST,
            () -> marks.renameLeavingWhiteout(upper, name, upper, target, RenameFlags.NOREPLACE));
      }
      marks.renameLeavingWhiteout(upper, name, upper, target, 0);
      assertTrue(dirs.stat("upper/" + name).isWhiteoutDevice(), target);
      assertEquals(
          directory ? "in" : "new",
          directory ? dirs.names("upper/directory") : dirs.text("upper/" + target));
      upper.unlink(name);
    }
    assertWorkClean();
  }

  @ParameterizedTest
  @EnumSource(Upper.class)
  void aRenameThatFailsLeavesNoWhiteout(Upper kind) {
    open(kind);
    dirs.file("upper/f", "content").mkdir("upper/d", "upper/d/e");
    try (UpperDir e = dirs.closing(upper.child("d")).child("e")) {
      assertErrno(Errno.EINVAL, () -> marks.renameLeavingWhiteout(upper, "d", e, "into-itself", 0));
    }
    assertErrno(Errno.EISDIR, () -> marks.renameLeavingWhiteout(upper, "f", upper, "d", 0));
    assertErrno(
        Errno.EEXIST,
        () -> marks.renameLeavingWhiteout(upper, "f", upper, "d", RenameFlags.NOREPLACE));
    assertErrno(Errno.ENOENT, () -> marks.renameLeavingWhiteout(upper, "absent", upper, "x", 0));
    assertEquals("d f", dirs.names("upper"));
    assertEquals("e", dirs.names("upper/d"));
    assertWorkClean();
  }

  @Test
  void aTrueEinvalDoesNotTurnTheAtomicRenameOff() {
    open();
    dirs.mkdir("upper/d").file("upper/f", "");
    try (UpperDir d = upper.child("d")) {
      assertErrno(Errno.EINVAL, () -> marks.renameLeavingWhiteout(upper, "d", d, "x", 0));
    }
    tap.calls.clear();
    marks.renameLeavingWhiteout(upper, "f", upper, "g", 0);
    assertEquals(List.of("renameat2"), tap.calls);
  }

  /**
   * Every prefix of the system calls of a removal or rename that has to do without atomic steps.
   */
  @ParameterizedTest
  @ValueSource(strings = {"file", "directory", "rename"})
  void atNoPointDoesALowerNameShowThrough(String operation) {
    for (int crash = 1; crash < 40; crash++) {
      try (Dirs there = new Dirs(Dirs.TMPFS)) {
        TappedSyscalls calls = new TappedSyscalls();
        LayerStack stack = there.open(calls.sys, there.simpleSpec());
        UpperDir top = there.closing(stack.upper().openDirectory(""));
        if (operation.equals("directory")) {
          there.mkdir("upper/n").file("upper/n/in", "");
        } else {
          there.file("upper/n", "content");
        }
        int[] left = {crash};
        boolean[] crashed = {false};
        calls.rule =
            (call, arguments) -> {
              if (left[0]-- <= 0) {
                crashed[0] = true;
                return Errno.EIO; // and everything after it: the daemon is dead
              }
              return TappedSyscalls.refuseRename(
                  call, arguments, RenameFlags.WHITEOUT | RenameFlags.EXCHANGE, Errno.EINVAL);
            };
        try {
          switch (operation) {
            case "file" -> stack.marks().replaceByWhiteout(top, "n", false);
            case "directory" -> stack.marks().replaceByWhiteout(top, "n", true);
            default -> stack.marks().renameLeavingWhiteout(top, "n", top, "m", 0);
          }
        } catch (FsException e) {
          assertEquals(Errno.EIO, e.errno());
        }
        calls.rule = (call, arguments) -> 0;
        // Either upper still has the name or a whiteout stands for it: lower's "n" never shows.
        boolean covered = there.exists("upper/n") || there.exists("upper/.wh.n");
        assertTrue(covered, operation + " cut short after " + crash + " calls");
        if (operation.equals("rename")) {
          boolean old = there.exists("upper/n") && there.stat("upper/n").isRegular();
          assertTrue(old || there.exists("upper/m"), "content lost after " + crash + " calls");
        }
        if (!crashed[0]) {
          return;
        }
      }
    }
    throw new AssertionError("never ran to its end");
  }

  @Test
  void aNameMarkIsRemovedWhateverItIsUnlessLiteral() {
    open();
    dirs.file("upper/.wh.f", "")
        .mkdir("upper/.wh.d", "upper/.wh.d/in")
        .file("upper/.wh.literal", "");
    dirs.xattr("upper/.wh.literal", "user.stratafs.literal", "y");
    assertTrue(marks.removeNameMark(upper, "f"));
    assertTrue(marks.removeNameMark(upper, "d"));
    assertFalse(marks.removeNameMark(upper, "literal"));
    assertFalse(marks.removeNameMark(upper, "absent"));
    assertFalse(marks.removeNameMark(upper, "n".repeat(255)));
    assertEquals(".wh.literal", dirs.names("upper"));
    assertWorkClean();
  }

  @Test
  void aMarkDoesNotTakeTheNameOfAProgramsOwnFile() {
    open(Upper.NO_DEVICE);
    dirs.file("upper/.wh.f", "mine").file("upper/f", "");
    marks.markLiteral(upper, ".wh.f");
    assertErrno(Errno.EPERM, () -> marks.makeWhiteout(upper, "f"));
    assertErrno(Errno.EPERM, () -> marks.replaceByWhiteout(upper, "f", false));
    assertErrno(Errno.EPERM, () -> marks.renameLeavingWhiteout(upper, "f", upper, "g", 0));
    assertEquals("mine", dirs.text("upper/.wh.f"));
    assertTrue(dirs.exists("upper/f"));
  }

  @ParameterizedTest
  @EnumSource(XattrNamespace.class)
  void xattrMarksAreInTheNamespaceAskedFor(XattrNamespace wanted) {
    dirs.mkdir("lower", "upper", "work", "upper/d").file("upper/.wh.x", "");
    open(new StackSpec(List.of(dirs.path("lower")), dirs.path("upper"), dirs.path("work"), wanted));
    String namespace = wanted == XattrNamespace.USER ? "user." : "trusted."; // we are root
    marks.markOpaque(upper, "d");
    marks.markImpure(upper);
    marks.markLiteral(upper, ".wh.x");
    byte[] origin = {0, -1, 7};
    marks.setOrigin(upper, "d", origin);
    assertEquals("y", dirs.xattr("upper/d", namespace + "overlay.opaque"));
    assertEquals("y", dirs.xattr("upper", namespace + "overlay.impure"));
    assertEquals("y", dirs.xattr("upper/.wh.x", namespace + "stratafs.literal"));
    assertTrue(Marks.isLiteral(upper, ".wh.x"));
    assertArrayEquals(origin, marks.origin(upper, "d"));
    assertNull(marks.origin(upper, ".wh.x"));
    try (UpperDir d = upper.child("d")) {
      assertEquals(Marks.Opacity.OPAQUE, Marks.opacity(d));
    }
  }

  @Test
  void whereTrustedIsRefusedUserIsWritten() {
    tap.rule =
        (call, arguments) ->
            call.equals("setxattr") && ((String) arguments[2]).startsWith("trusted.")
                ? Errno.EPERM
                : 0;
    open();
    dirs.mkdir("upper/d");
    marks.markOpaque(upper, "d");
    assertEquals("y", dirs.xattr("upper/d", "user.overlay.opaque"));
  }

  @Test
  void anOriginThatCannotBeKeptIsLeftOut() {
    open(
        new StackSpec(
            List.of(dirs.path("lower")),
            dirs.path("upper"),
            dirs.path("work"),
            XattrNamespace.USER));
    upper.symlink("target", "link"); // takes no user xattr
    marks.setOrigin(upper, "link", new byte[] {1});
    assertNull(marks.origin(upper, "link"));
    assertErrno(Errno.EPERM, () -> marks.markLiteral(upper, "link"));
  }

  @Test
  void anUpperWithoutXattrsUsesTheOpaqueFile() {
    tap.fail("setxattr", Errno.EOPNOTSUPP);
    open();
    assertFalse(marks.hasXattrs());
    dirs.mkdir("upper/d");
    marks.markOpaque(upper, "d");
    marks.markOpaque(upper, "d");
    marks.markImpure(upper);
    marks.setOrigin(upper, "d", new byte[] {1});
    assertNull(marks.origin(upper, "d"));
    assertNotNull(dirs.stat("upper/d/.wh..wh..opq"));
    assertErrno(Errno.EPERM, () -> marks.markLiteral(upper, "d"));
    try (UpperDir d = upper.child("d")) {
      assertEquals(Marks.Opacity.OPAQUE, Marks.opacity(d));
    }
  }

  @Test
  void theKernelsOverlayfsReadsTheMarksAndServesAsALowerItself() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to mount an overlay");
    try (Dirs there = new Dirs(Dirs.TMPFS)) {
      StackSpec spec = there.simpleSpec();
      there.mkdir("lower/opaque", "lower/removed", "merged", "u2", "w2");
      for (String file :
          List.of("opaque/low", "removed/low", "gone", "replaced", "moved", "kept")) {
        there.file("lower/" + file, "low");
      }
      try (LayerStack stack = LayerStack.open(there.sys, spec, there.warnings::add);
          UpperDir top = stack.upper().openDirectory("")) {
        there
            .mkdir("upper/opaque", "upper/removed")
            .file("upper/replaced", "")
            .file("upper/moved", "up");
        stack.marks().markOpaque(top, "opaque");
        stack.marks().makeWhiteout(top, "gone");
        stack.marks().replaceByWhiteout(top, "replaced", false);
        stack.marks().replaceByWhiteout(top, "removed", true);
        stack.marks().renameLeavingWhiteout(top, "moved", top, "here", 0);
      }
      String data =
          "lowerdir="
              + there.path("lower")
              + ",upperdir="
              + there.path("upper")
              + ",workdir="
              + there.path("work");
      there.sys.mount("overlay", there.path("merged"), "overlay", 0, data);
      try {
        assertEquals("here kept opaque", there.names("merged"));
        assertEquals("", there.names("merged/opaque"));
        StackSpec over =
            new StackSpec(
                List.of(there.path("merged")),
                there.path("u2"),
                there.path("w2"),
                XattrNamespace.AUTO);
        try (LayerStack stack = LayerStack.open(there.sys, over, there.warnings::add);
            LowerDir low = stack.lower(0).openDirectory("")) {
          assertTrue(low.stat("here", new Stat()));
          assertFalse(low.stat("gone", new Stat()));
        }
      } finally {
        there.sys.umount2(there.path("merged"), Syscalls.MNT_DETACH);
      }
    }
  }

  @Test
  void probingLeavesNothingBehindAndIsCheap() {
    dirs.mkdir("lower", "upper", "work");
    open();
    tap.calls.clear();
    LayerStack second =
        LayerStack.open(
            tap.sys,
            new StackSpec(List.of(dirs.path("lower")), path("u2"), path("w2"), XattrNamespace.AUTO),
            dirs.warnings::add);
    assertTrue(tap.calls.size() < 60, tap.calls.size() + " calls: " + tap.calls);
    assertEquals("", dirs.names("u2"));
    assertEquals(List.of(), dirs.sys.listxattr(dirs.fd, "w2/work"));
    second.close();
    assertEquals("", dirs.names("w2/work"));
  }

  private String path(String relative) {
    dirs.mkdir(relative);
    return dirs.path(relative);
  }
}
