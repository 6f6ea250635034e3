package org.stratafs.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.sys.Syscalls;

/** Each stack that cannot be: the errno, a line that names the path, and nothing changed. */
final class BadStackTest {
  private final Dirs dirs = new Dirs();

  @AfterEach
  void cleanUp() {
    dirs.close();
  }

  /** One line that has all of these in it. */
  private static void assertLine(FsException e, int errno, String... parts) {
    assertEquals(Errno.name(errno), Errno.name(e.errno()));
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), e.getMessage() + " lacks " + part);
    }
    assertFalse(e.getMessage().contains("\n"));
  }

  private StackSpec spec(String lower, String upper, String work) {
    return new StackSpec(
        List.of(dirs.path(lower)),
        upper == null ? null : dirs.path(upper),
        work == null ? null : dirs.path(work),
        XattrNamespace.AUTO);
  }

  @Test
  void noLowerAtAll() {
    assertLine(
        dirs.refusal(new StackSpec(List.of(), null, null, XattrNamespace.AUTO)),
        Errno.EINVAL,
        "lowerdir=");
  }

  @Test
  void aMissingLayer() {
    dirs.mkdir("l", "u", "w");
    assertLine(
        dirs.refusal(spec("absent", "u", "w")),
        Errno.ENOENT,
        "lowerdir '" + dirs.path("absent") + "'",
        "create it");
    assertLine(
        dirs.refusal(spec("l", "absent", "w")),
        Errno.ENOENT,
        "upperdir '" + dirs.path("absent") + "'");
    assertLine(
        dirs.refusal(spec("l", "u", "absent")),
        Errno.ENOENT,
        "workdir '" + dirs.path("absent") + "'");
  }

  @Test
  void anEmptyPath() {
    StackSpec spec = new StackSpec(List.of(""), null, null, XattrNamespace.AUTO);
    assertLine(dirs.refusal(spec), Errno.ENOENT, "lowerdir ''");
  }

  @Test
  void aLayerThatIsNoDirectory() {
    dirs.mkdir("u", "w").file("f", "");
    dirs.sys.mknodat(Syscalls.AT_FDCWD, dirs.path("fifo"), 0x1000 | 0600, 0);
    dirs.sys.symlinkat("f", Syscalls.AT_FDCWD, dirs.path("link"));
    for (String lower : List.of("f", "fifo", "link")) {
      assertLine(dirs.refusal(spec(lower, "u", "w")), Errno.ENOTDIR, dirs.path(lower), "directory");
    }
  }

  @Test
  void aLoopOfLinks() {
    dirs.sys.symlinkat("b", Syscalls.AT_FDCWD, dirs.path("a"));
    dirs.sys.symlinkat("a", Syscalls.AT_FDCWD, dirs.path("b"));
    assertLine(dirs.refusal(spec("a", null, null)), Errno.ELOOP, dirs.path("a"));
  }

  @Test
  void controlCharactersInAPathStayOffTheTerminal() {
    assertLine(dirs.refusal(spec("x\ny\033", null, null)), Errno.ENOENT, "x\\x0ay\\x1b");
  }

  @Test
  void upperWithoutWorkAndTheReverse() {
    dirs.mkdir("l", "u", "w");
    assertLine(dirs.refusal(spec("l", "u", null)), Errno.EINVAL, "add -o workdir=");
    assertLine(dirs.refusal(spec("l", null, "w")), Errno.EINVAL, "add -o upperdir=");
  }

  @Test
  void upperAndWorkOnDifferentFileSystems() {
    try (Dirs tmpfs = new Dirs(Dirs.TMPFS)) {
      dirs.mkdir("l", "u");
      tmpfs.mkdir("w");
      StackSpec spec =
          new StackSpec(
              List.of(dirs.path("l")), dirs.path("u"), tmpfs.path("w"), XattrNamespace.AUTO);
      assertLine(
          dirs.refusal(spec), Errno.EXDEV, tmpfs.path("w"), dirs.path("u"), "next to upperdir");
      assertEquals("", tmpfs.names("w"));
    }
  }

  @Test
  void upperAndWorkOnDifferentMountsOfOneFileSystem() {
    assumeRoot();
    dirs.mkdir("l", "u", "w", "bind");
    dirs.sys.mount(dirs.path("w"), dirs.path("bind"), "", 0x1000, ""); // MS_BIND
    try {
      assertLine(dirs.refusal(spec("l", "u", "bind")), Errno.EXDEV, dirs.path("bind"));
    } finally {
      dirs.sys.umount2(dirs.path("bind"), Syscalls.MNT_DETACH);
    }
  }

  @Test
  void anUpperOnAReadOnlyFileSystem() {
    assumeRoot();
    dirs.mkdir("l", "ro");
    dirs.sys.mount("none", dirs.path("ro"), "tmpfs", 0, "");
    try {
      dirs.mkdir("ro/u", "ro/w");
      dirs.sys.mount("none", dirs.path("ro"), "", 0x21, ""); // MS_REMOUNT | MS_RDONLY
      assertLine(
          dirs.refusal(spec("l", "ro/u", "ro/w")), Errno.EROFS, dirs.path("ro/u"), "remount");
    } finally {
      dirs.sys.umount2(dirs.path("ro"), Syscalls.MNT_DETACH);
    }
  }

  @Test
  void anUpperInUse() {
    dirs.mkdir("l", "u", "w", "w2");
    dirs.open(spec("l", "u", "w"));
    assertLine(
        dirs.refusal(spec("l", "u", "w2")), Errno.EBUSY, "upperdir '" + dirs.path("u"), "unmount");
    assertEquals("", dirs.names("w2"));
  }

  @Test
  void aWorkdirInUse() {
    dirs.mkdir("l", "u", "u2", "w");
    LayerStack first = dirs.open(spec("l", "u", "w"));
    String staged = first.work().newName();
    first.work().dir().mkdir(staged, 0700);
    assertLine(dirs.refusal(spec("l", "u2", "w")), Errno.EBUSY, "workdir '" + dirs.path("w"));
    assertTrue(dirs.exists("w/work/" + staged), "what the other mount stages was removed");
  }

  @Test
  void upperAndLowerWithinEachOther() {
    dirs.mkdir("a", "a/b", "a/b/c", "a/w", "w");
    assertLine(
        dirs.refusal(spec("a", "a/b/c", "w")),
        Errno.ELOOP,
        "upperdir '" + dirs.path("a/b/c"),
        "is inside lowerdir '" + dirs.path("a'"));
    assertLine(
        dirs.refusal(spec("a/b/c", "a", "w")),
        Errno.ELOOP,
        "lowerdir '" + dirs.path("a/b/c"),
        "is inside upperdir '" + dirs.path("a'"));
    assertLine(dirs.refusal(spec("a/b", "a/b", "w")), Errno.ELOOP, "is the same directory");
    assertLine(
        dirs.refusal(spec("a", "w", "a/w")), Errno.ELOOP, "workdir '" + dirs.path("a/w"), "inside");
    assertEquals("", dirs.names("w") + dirs.names("a/w"));
  }

  @Test
  void aLowerInsideUpperBehindOthersThatShareItsParents() {
    // The walk up from one lower may stop where the walk from an earlier one has been.
    dirs.mkdir("store", "store/l1", "store/l2", "u", "u/l3", "u/l4", "w");
    List<String> lowers = new ArrayList<>();
    for (String lower : List.of("store/l1", "store/l2", "store/l1", "u/l3")) {
      lowers.add(dirs.path(lower));
    }
    StackSpec spec = new StackSpec(lowers, dirs.path("u"), dirs.path("w"), XattrNamespace.AUTO);
    assertLine(dirs.refusal(spec), Errno.ELOOP, dirs.path("u/l3"));
  }

  @Test
  void upperAndWorkWithinEachOther() {
    dirs.mkdir("l", "u", "u/w", "w", "w/u");
    assertLine(dirs.refusal(spec("l", "u", "u/w")), Errno.ELOOP, "workdir", "is inside upperdir");
    assertLine(dirs.refusal(spec("l", "w/u", "w")), Errno.ELOOP, "upperdir", "is inside workdir");
    assertLine(dirs.refusal(spec("l", "u", "u")), Errno.ELOOP, "is the same directory");
  }

  @Test
  void anOverlapByWayOfALinkOrABindMountOfTheLayerItself() {
    assumeRoot();
    dirs.mkdir("l", "l/u", "bind", "w");
    dirs.sys.symlinkat("l", Syscalls.AT_FDCWD, dirs.path("link"));
    assertLine(dirs.refusal(spec("link", "l/u", "w")), Errno.ELOOP, dirs.path("link"));
    dirs.sys.mount(dirs.path("l"), dirs.path("bind"), "", 0x1000, ""); // MS_BIND
    try {
      dirs.mkdir("bind/w");
      assertLine(dirs.refusal(spec("l", "bind/u", "bind/w")), Errno.ELOOP, dirs.path("bind/u"));
    } finally {
      dirs.sys.umount2(dirs.path("bind"), Syscalls.MNT_DETACH);
    }
  }

  @Test
  void anUpperOnAFileSystemMountedInsideALowerIsNoOverlap() {
    assumeRoot();
    dirs.mkdir("l", "l/mnt");
    dirs.sys.mount("none", dirs.path("l/mnt"), "tmpfs", 0, "");
    try {
      dirs.mkdir("l/mnt/u", "l/mnt/w");
      assertEquals(1, dirs.open(spec("l", "l/mnt/u", "l/mnt/w")).lowerCount());
    } finally {
      dirs.sys.umount2(dirs.path("l/mnt"), Syscalls.MNT_DETACH);
    }
  }

  @Test
  void aWorkdirThatIsSomeonesData() {
    dirs.mkdir("l", "u", "home", "home/work", "home/photos").file("home/work/thesis", "text");
    assertLine(
        dirs.refusal(spec("l", "u", "home")),
        Errno.ENOTEMPTY,
        dirs.path("home"),
        "photos",
        "thesis");
    assertEquals("text", dirs.text("home/work/thesis"));
  }

  @Test
  void aWorkdirWhoseWorkIsAFile() {
    dirs.mkdir("l", "u", "w").file("w/work", "text");
    assertLine(dirs.refusal(spec("l", "u", "w")), Errno.ENOTDIR, dirs.path("w"));
    assertEquals("text", dirs.text("w/work"));
  }

  @Test
  void anUpperThatWasMountedVolatile() {
    dirs.mkdir("l", "u", "w", "w/work", "w/work/incompat", "w/work/incompat/volatile");
    assertLine(
        dirs.refusal(spec("l", "u", "w")), Errno.EINVAL, dirs.path("w"), "volatile", "remove");
    assertTrue(dirs.exists("w/work/incompat/volatile"));
  }

  @Test
  void tooManyOpenFiles() {
    dirs.mkdir("l");
    TappedSyscalls tap = new TappedSyscalls();
    tap.fail("openat", Errno.EMFILE);
    try (LayerStack stack = LayerStack.open(tap.sys, spec("l", null, null), dirs.warnings::add)) {
      throw new AssertionError("opened " + stack.lowerCount());
    } catch (FsException e) {
      assertLine(e, Errno.EMFILE, dirs.path("l"), "ulimit -n");
    }
  }

  @Test
  void noPermission() {
    dirs.mkdir("l", "u", "w");
    TappedSyscalls tap = new TappedSyscalls();
    for (String call : List.of("openat", "mkdirat")) {
      tap.fail(call, Errno.EACCES);
      try (LayerStack stack = LayerStack.open(tap.sys, spec("l", "u", "w"), dirs.warnings::add)) {
        throw new AssertionError("opened " + stack.lowerCount());
      } catch (FsException e) {
        assertLine(e, Errno.EACCES, "by user", "mount as root");
      }
    }
  }

  private static void assumeRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to mount");
  }
}
