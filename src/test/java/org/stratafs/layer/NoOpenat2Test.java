package org.stratafs.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/** Linux 5.4 has no openat2(2): opens beneath a layer go component by component, as safely. */
final class NoOpenat2Test {
  private final Dirs dirs = new Dirs();
  private final TappedSyscalls old = new TappedSyscalls();
  private LayerStack stack;
  private LowerDir lower;
  private UpperDir upper;

  @BeforeEach
  void open() {
    old.rule = (call, arguments) -> call.startsWith("openat2") ? Errno.ENOSYS : 0;
    stack = dirs.open(old.sys, dirs.simpleSpec());
    lower = dirs.closing(stack.lower(0).openDirectory(""));
    upper = dirs.closing(stack.upper().openDirectory(""));
  }

  @AfterEach
  void cleanUp() {
    dirs.close();
  }

  private static void assertErrno(int errno, Executable call) {
    FsException e = assertThrows(FsException.class, call);
    assertEquals(Errno.name(errno), Errno.name(e.errno()));
  }

  @Test
  void anOpenBeneathNeverLeavesTheLayer() {
    dirs.mkdir("outside", "lower/d").file("outside/secret", "");
    dirs.sys.symlinkat(dirs.path("outside"), Syscalls.AT_FDCWD, dirs.path("lower/absolute"));
    dirs.sys.symlinkat("../outside", Syscalls.AT_FDCWD, dirs.path("lower/relative"));
    dirs.sys.symlinkat("../outside/secret", Syscalls.AT_FDCWD, dirs.path("lower/file"));
    LowerLayer layer = stack.lower(0);
    for (String path : List.of("relative/x", "absolute/x")) {
      assertErrno(Errno.ELOOP, () -> layer.openDirectory(path).close());
    }
    for (String path : List.of("absolute", "relative")) {
      assertErrno(Errno.ENOTDIR, () -> layer.openDirectory(path).close());
    }
    assertErrno(Errno.ENOTDIR, () -> lower.child("file").close());
    assertErrno(Errno.ELOOP, () -> dirs.sys.close(lower.openFile("file", OpenFlags.O_RDONLY)));
    for (String path : List.of("..", "../outside", "d/../../outside", dirs.path("outside"))) {
      assertErrno(Errno.EXDEV, () -> layer.openDirectory(path).close());
    }
  }

  @Test
  void pathsOpenAndAbsenceAndFilesOnTheWayHaveTheirErrnos() {
    dirs.mkdir("lower/a", "lower/a/b", "lower/a/b/c").file("lower/a/f", "content");
    Stat expected = new Stat();
    dirs.sys.stat(Syscalls.AT_FDCWD, dirs.path("lower/a/b/c"), expected);
    try (LowerDir deep = stack.lower(0).openDirectory("a/b/c")) {
      Stat found = new Stat();
      deep.statSelf(found);
      assertEquals(expected.ino, found.ino);
    }
    assertErrno(Errno.ENOENT, () -> stack.lower(0).openDirectory("a/absent/c").close());
    assertErrno(Errno.ENOENT, () -> stack.lower(0).openDirectory("a/b/absent").close());
    assertErrno(Errno.ENOTDIR, () -> stack.lower(0).openDirectory("a/f/c").close());
    assertErrno(Errno.ENOTDIR, () -> stack.lower(0).openDirectory("a/f").close());
  }

  @Test
  void anotherMountInTheLayerIsRefused() {
    assumeTrue(dirs.sys.geteuid() == 0, "mounting needs root");
    dirs.mkdir("lower/m");
    dirs.sys.mount("tmpfs", dirs.path("lower/m"), "tmpfs", 0, "");
    try {
      dirs.mkdir("lower/m/in");
      // The stack's own descriptors are of a private mount, into which this one does not get.
      Beneath beneath = new Beneath(old.sys);
      assertErrno(Errno.EXDEV, () -> open(beneath, "lower/m"));
      assertErrno(Errno.EXDEV, () -> open(beneath, "lower/m/in"));
      open(beneath, "lower");
    } finally {
      dirs.sys.umount2(dirs.path("lower/m"), Syscalls.MNT_DETACH);
    }
  }

  @Test
  void aBindMountOfTheSameFileSystemIsRefusedToo() {
    assumeTrue(dirs.sys.geteuid() == 0, "mounting needs root");
    Stat mount = new Stat();
    dirs.sys.statMount(dirs.fd, mount);
    assumeTrue(mount.mountId != 0, "Linux before 5.8 tells no mount id");
    dirs.mkdir("lower/m", "outside");
    long bind = 4096;
    dirs.sys.mount(dirs.path("outside"), dirs.path("lower/m"), "none", bind, "");
    try {
      assertErrno(Errno.EXDEV, () -> open(new Beneath(old.sys), "lower/m"));
    } finally {
      dirs.sys.umount2(dirs.path("lower/m"), Syscalls.MNT_DETACH);
    }
  }

  private void open(Beneath beneath, String path) {
    dirs.sys.close(beneath.open(dirs.fd, path, Layer.DIRECTORY));
  }

  @Test
  void openat2IsAskedForOnceOnly() {
    Beneath beneath = new Beneath(old.sys);
    open(beneath, "lower");
    int calls = Collections.frequency(old.calls, "openat2");
    open(beneath, "lower");
    assertEquals(calls, Collections.frequency(old.calls, "openat2"));
  }

  @Test
  void noDescriptorIsLeftOpen() {
    dirs.mkdir("lower/a", "lower/a/b").file("lower/a/f", "");
    dirs.sys.symlinkat("b", Syscalls.AT_FDCWD, dirs.path("lower/a/link"));
    int before = descriptors();
    LowerLayer layer = stack.lower(0);
    layer.openDirectory("a/b").close();
    for (String path : List.of("a/absent", "a/f/x", "a/link/x", "a/f", "a/../b")) {
      assertThrows(FsException.class, () -> layer.openDirectory(path).close());
    }
    assertEquals(before, descriptors());
  }

  private static int descriptors() {
    return new java.io.File("/proc/self/fd").list().length;
  }

  @Test
  void aStackReadsAndWrites() {
    dirs.file("lower/f", "content");
    Stat stat = new Stat();
    assertTrue(lower.stat("f", stat));
    int fd = lower.openFile("f", OpenFlags.O_RDONLY);
    assertEquals(7, dirs.read(fd).length);
    dirs.sys.close(fd);
    dirs.sys.close(upper.create("new", OpenFlags.O_WRONLY, 0644));
    assertTrue(upper.stat("new", stat));
    assertFalse(lower.stat("new", stat));
  }
}
