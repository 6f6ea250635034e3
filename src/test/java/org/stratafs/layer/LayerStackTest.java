package org.stratafs.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

final class LayerStackTest {
  private final Dirs dirs = new Dirs();

  @AfterEach
  void cleanUp() {
    dirs.close();
  }

  @Test
  void lowersAreInTheGivenOrderAndUpperHasIndexZero() {
    dirs.mkdir("a", "b", "upper", "work").file("a/in-a", "").file("b/in-b", "");
    LayerStack stack = dirs.open(dirs.spec("a", "b"));
    assertEquals(2, stack.lowerCount());
    assertEquals(0, stack.upper().index());
    assertEquals(1, stack.lower(0).index());
    assertEquals(2, stack.lower(1).index());
    try (LowerDir a = stack.lower(0).openDirectory("");
        LowerDir b = stack.lower(1).openDirectory("")) {
      assertTrue(a.stat("in-a", new Stat()));
      assertFalse(a.stat("in-b", new Stat()));
      assertTrue(b.stat("in-b", new Stat()));
    }
  }

  @Test
  void withoutUpperThereIsNoUpperNoWorkAndNoMarks() {
    dirs.mkdir("a");
    LayerStack stack = dirs.open(dirs.readOnlySpec("a"));
    assertNull(stack.upper());
    assertNull(stack.work());
    assertNull(stack.marks());
    assertEquals(1, stack.lower(0).index());
  }

  @Test
  void devicesAreNumberedFromTheUpperOn() {
    try (Dirs tmpfs = new Dirs(Dirs.TMPFS)) {
      tmpfs.mkdir("l");
      dirs.mkdir("a", "upper", "work");
      StackSpec spec =
          new StackSpec(
              List.of(tmpfs.path("l"), dirs.path("a"), tmpfs.path("l")),
              dirs.path("upper"),
              dirs.path("work"),
              XattrNamespace.AUTO);
      LayerStack stack = dirs.open(spec);
      assertEquals(0, stack.upper().fsid());
      assertEquals(1, stack.lower(0).fsid());
      assertEquals(0, stack.lower(1).fsid());
      assertEquals(1, stack.lower(2).fsid());
      assertEquals(2, stack.fsidCount());
      assertEquals(stack.upper().device(), stack.lower(1).device());
    }
  }

  @Test
  void theKernelResolvesPathsWithLinksAndDotDot() {
    // l/X -> ../real/sub, so that l/X/../other is real/other and not l/other
    dirs.mkdir("l", "real", "real/sub", "real/other").file("real/other/f", "");
    dirs.sys.symlinkat("../real/sub", Syscalls.AT_FDCWD, dirs.path("l/X"));
    LayerStack stack = dirs.open(dirs.readOnlySpec("l/X/../other"));
    try (LowerDir dir = stack.lower(0).openDirectory("")) {
      assertTrue(dir.stat("f", new Stat()));
    }
  }

  @Test
  void layersStayOpenWhenTheirPathsMoveAway() {
    dirs.file("l", "").sys.unlinkat(Syscalls.AT_FDCWD, dirs.path("l"), 0);
    dirs.mkdir("lower", "upper", "work", "lower/d").file("lower/d/f", "content");
    LayerStack stack = dirs.open(dirs.spec("lower"));
    for (String name : List.of("lower", "upper", "work")) {
      dirs.sys.renameat2(
          Syscalls.AT_FDCWD, dirs.path(name), Syscalls.AT_FDCWD, dirs.path(name + "-moved"), 0);
    }
    try (LowerDir d = stack.lower(0).openDirectory("d");
        UpperDir top = stack.upper().openDirectory("")) {
      assertTrue(d.stat("f", new Stat()));
      stack.work().dir().mkdir("#x", 0755);
      stack.work().dir().rename("#x", top, "published", 0);
    }
    assertTrue(dirs.exists("upper-moved/published"));
  }

  @Test
  void moreThanFiveHundredLowersOpen() {
    List<String> paths = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      dirs.mkdir("l" + i);
      paths.add(dirs.path("l" + i));
    }
    dirs.mkdir("upper", "work");
    LayerStack stack =
        dirs.open(new StackSpec(paths, dirs.path("upper"), dirs.path("work"), XattrNamespace.AUTO));
    assertEquals(600, stack.lowerCount());
  }

  @Test
  void closeGivesEveryDescriptorBack() {
    dirs.simpleSpec();
    dirs.file("work/left", "");
    int before = openDescriptors();
    LayerStack.open(dirs.sys, dirs.spec("lower"), dirs.warnings::add).close();
    assertEquals(before, openDescriptors());
  }

  @Test
  void aRefusedStackLeavesNoDescriptorOpen() {
    dirs.mkdir("lower", "lower/upper", "work");
    StackSpec spec =
        new StackSpec(
            List.of(dirs.path("lower")),
            dirs.path("lower/upper"),
            dirs.path("work"),
            XattrNamespace.AUTO);
    int before = openDescriptors();
    dirs.refusal(spec);
    assertEquals(before, openDescriptors());
    assertEquals("", dirs.names("work"), "nothing may have been changed");
  }

  @Test
  void theSameUpperIsALowerOfASecondReadOnlyStackMeanwhile() {
    dirs.simpleSpec();
    dirs.open(dirs.spec("lower"));
    LayerStack second = dirs.open(dirs.readOnlySpec("upper", "lower"));
    assertEquals(2, second.lowerCount());
  }

  @Test
  void theSameLowerTwiceIsAllowed() {
    dirs.mkdir("lower", "lower/sub", "upper", "work");
    assertEquals(3, dirs.open(dirs.spec("lower", "lower", "lower/sub")).lowerCount());
  }

  @Test
  void anUpperCanBeOpenedAgainOnceItWasClosed() {
    dirs.simpleSpec();
    for (int i = 0; i < 3; i++) {
      try (LayerStack stack = LayerStack.open(dirs.sys, dirs.spec("lower"), dirs.warnings::add)) {
        assertNotNull(stack.upper());
      }
    }
    assertEquals("work", dirs.names("work"));
    assertEquals("", dirs.names("work/work"), "nothing is left behind");
  }

  @Test
  void aWriteToALowerIsRefusedByTheKernelEvenForRoot() {
    assumeRoot();
    dirs.simpleSpec();
    LayerStack stack = dirs.open(dirs.spec("lower"));
    try (LowerDir dir = stack.lower(0).openDirectory("")) {
      FsException e =
          assertThrows(FsException.class, () -> dirs.sys.mkdirat(dir.fd(), "new", 0755));
      assertEquals(Errno.EROFS, e.errno());
    }
  }

  @Test
  void readingALowerLeavesItsAtimesAlone() {
    dirs.simpleSpec();
    dirs.file("lower/f", "content");
    long old = 1_000_000_000L;
    for (String path : List.of("lower/f", "lower")) {
      dirs.sys.utimensat(Syscalls.AT_FDCWD, dirs.path(path), old, 0, old + 1, 0);
    }
    LayerStack stack = dirs.open(dirs.spec("lower"));
    try (LowerDir dir = stack.lower(0).openDirectory("")) {
      dir.list((name, ino, type) -> {});
      int fd = dir.openFile("f", OpenFlags.O_RDONLY);
      assertEquals(7, dirs.read(fd).length);
      dirs.sys.close(fd);
    }
    assertEquals(old, dirs.stat("lower/f").atimeSec);
    assertEquals(old, dirs.stat("lower").atimeSec);
  }

  @Test
  void whatIsMountedInsideALayerIsNotSeen() {
    assumeRoot();
    dirs.mkdir("lower", "lower/mnt", "upper", "upper/mnt", "work").file("lower/mnt/beneath", "");
    List<String> mounts = List.of(dirs.path("lower/mnt"), dirs.path("upper/mnt"));
    for (String mount : mounts) {
      dirs.sys.mount("none", mount, "tmpfs", 0, "");
    }
    try {
      dirs.file("lower/mnt/above", "").file("upper/mnt/above", "");
      LayerStack stack = dirs.open(dirs.spec("lower"));
      try (LowerDir low = stack.lower(0).openDirectory("mnt");
          UpperDir up = stack.upper().openDirectory("mnt")) {
        assertTrue(low.stat("beneath", new Stat()));
        assertFalse(low.stat("above", new Stat()));
        assertFalse(up.stat("above", new Stat()));
      }
    } finally {
      for (String mount : mounts) {
        dirs.sys.umount2(mount, Syscalls.MNT_DETACH);
      }
    }
  }

  @Test
  void theMountALayerCameFromCanBeUnmounted() {
    assumeRoot();
    dirs.mkdir("mnt");
    dirs.sys.mount("none", dirs.path("mnt"), "tmpfs", 0, "");
    try {
      dirs.mkdir("mnt/lower", "mnt/upper", "mnt/work");
      LayerStack stack =
          dirs.open(
              new StackSpec(
                  List.of(dirs.path("mnt/lower")),
                  dirs.path("mnt/upper"),
                  dirs.path("mnt/work"),
                  XattrNamespace.AUTO));
      dirs.sys.umount2(dirs.path("mnt"), 0);
      try (UpperDir top = stack.upper().openDirectory("")) {
        stack.marks().makeWhiteout(top, "gone");
        assertTrue(top.stat("gone", new Stat()));
      }
    } catch (FsException e) {
      dirs.sys.umount2(dirs.path("mnt"), Syscalls.MNT_DETACH);
      throw e;
    }
  }

  private static void assumeRoot() {
    assumeTrue(
        "root".equals(System.getProperty("user.name")),
        "needs CAP_SYS_ADMIN: only then are layers private mounts");
  }

  private static int openDescriptors() {
    String[] fds = new java.io.File("/proc/self/fd").list();
    return fds == null ? -1 : fds.length;
  }
}
