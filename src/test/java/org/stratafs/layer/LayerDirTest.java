package org.stratafs.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

final class LayerDirTest {
  private final Dirs dirs = new Dirs();
  private LayerStack stack;
  private LowerDir lower;
  private UpperDir upper;

  @BeforeEach
  void open() {
    stack = dirs.open(dirs.simpleSpec());
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
    for (String path : List.of("..", "../outside", "d/../../outside")) {
      assertErrno(Errno.EXDEV, () -> layer.openDirectory(path).close());
    }
  }

  @Test
  void manyListADirectoryAtOnceAndEachSeesAllOfIt() throws InterruptedException {
    TreeSet<String> expected = new TreeSet<>();
    for (int i = 0; i < 2000; i++) {
      dirs.file("lower/name" + i, "");
      expected.add("name" + i);
    }
    List<TreeSet<String>> wrong = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Thread thread =
          new Thread(
              () -> {
                for (int round = 0; round < 20; round++) {
                  TreeSet<String> seen = new TreeSet<>();
                  lower.list((name, ino, type) -> seen.add(name));
                  if (!seen.equals(expected)) {
                    wrong.add(seen);
                  }
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void aListingWithinAListingStartsAtTheBeginning() {
    dirs.file("lower/a", "").file("lower/b", "");
    List<String> seen = new ArrayList<>();
    lower.list((name, ino, type) -> lower.list((inner, i, t) -> seen.add(name + inner)));
    Collections.sort(seen);
    assertEquals(List.of("aa", "ab", "ba", "bb"), seen);
    List<String> again = new ArrayList<>();
    lower.list((name, ino, type) -> again.add(name));
    assertEquals(2, again.size(), "after one that another interrupted");
  }

  @Test
  void aSymbolicLinkIsNeverFollowed() {
    dirs.file("lower/f", "12345");
    dirs.sys.symlinkat("f", Syscalls.AT_FDCWD, dirs.path("lower/link"));
    Stat stat = new Stat();
    assertTrue(lower.stat("link", stat));
    assertTrue(stat.isSymlink());
    assertEquals("f", lower.readlink("link"));
  }

  @Test
  void theLastReferenceClosesTheDescriptor() {
    LowerDir dir = stack.lower(0).openDirectory("");
    assertTrue(dir.tryAcquire());
    dir.close();
    dir.statSelf(new Stat());
    dir.close();
    assertFalse(dir.tryAcquire());
    assertErrno(Errno.EBADF, () -> dir.statSelf(new Stat()));
  }

  @Test
  void absenceIsNoException() {
    assertFalse(lower.stat("absent", new Stat()));
    assertFalse(lower.stat("n".repeat(256), new Stat()));
    assertErrno(Errno.ENOENT, () -> lower.child("absent").close());
    assertNull(lower.xattr("", "user.absent"));
  }

  @Test
  void namesAreBytesAndMayHave255() {
    String name = "\u00ff\u0080\u0001\n" + "x".repeat(251);
    upper.mkdir(name, 0755);
    try (UpperDir child = upper.child(name)) {
      child.mkdir(name, 0755);
      child.setxattr(name, "user.\u00e9", new byte[] {0, 1, -1}, 0);
      assertArrayEquals(new byte[] {0, 1, -1}, child.xattr(name, "user.\u00e9"));
      assertEquals(List.of("user.\u00e9"), child.xattrs(name));
    }
    assertEquals(name, dirs.names("upper"));
  }

  @Test
  void aDirectoryBeyondPathMaxOpens() {
    String part = "d".repeat(200);
    StringBuilder path = new StringBuilder();
    UpperDir at = stack.upper().openDirectory("");
    for (int i = 0; i < 50; i++) {
      at.mkdir(part, 0755);
      UpperDir next = at.child(part);
      at.close();
      at = next;
      path.append(i == 0 ? "" : "/").append(part);
    }
    at.mkdir("deepest", 0755);
    at.close();
    assertTrue(path.length() > 2 * 4096);
    try (UpperDir deep = stack.upper().openDirectory(path.toString())) {
      assertTrue(deep.stat("deepest", new Stat()));
    }
    assertErrno(Errno.ENOENT, () -> stack.upper().openDirectory(path + "/absent").close());
  }

  @Test
  void everyLengthAroundPathMaxOpens() {
    // Names of one byte put a slash at every second place, so that the cut falls on all sorts of
    // places.
    StringBuilder path = new StringBuilder();
    UpperDir at = stack.upper().openDirectory("");
    for (int i = 0; i < 2060; i++) {
      at.mkdir("d", 0755);
      UpperDir next = at.child("d");
      at.close();
      at = next;
      path.append(i == 0 ? "d" : "/d");
      if (path.length() > 4080) {
        try (UpperDir deep = stack.upper().openDirectory(path.toString())) {
          Stat expected = new Stat();
          Stat found = new Stat();
          at.statSelf(expected);
          deep.statSelf(found);
          assertEquals(expected.ino, found.ino, "at length " + path.length());
        }
      }
    }
    at.close();
  }

  @Test
  void aLowerOpensForReadingWhateverTheFlagsSay() {
    dirs.file("lower/f", "content");
    int flags = OpenFlags.O_RDWR | OpenFlags.O_TRUNC | OpenFlags.O_APPEND | OpenFlags.O_CREAT;
    int fd = lower.openFile("f", flags);
    try {
      assertErrno(Errno.EBADF, () -> dirs.pwrite(fd, new byte[] {1}, 0));
    } finally {
      dirs.sys.close(fd);
    }
    assertEquals("content", dirs.text("lower/f"));
  }

  @Test
  void openingAFifoDoesNotHang() {
    dirs.sys.mknodat(Syscalls.AT_FDCWD, dirs.path("lower/fifo"), 0x1000 | 0600, 0);
    dirs.sys.close(lower.openFile("fifo", OpenFlags.O_RDONLY)); // would wait for a writer for ever
  }

  @Test
  void listingGivesEveryEntryButTheDots() {
    for (int i = 0; i < 3000; i++) {
      dirs.file("lower/f" + i, "");
    }
    TreeSet<String> names = new TreeSet<>();
    lower.list((name, ino, type) -> names.add(name));
    assertEquals(3000, names.size());
    assertFalse(names.contains(".") || names.contains(".."));
  }

  @Test
  void noatimeIsLeftOutForFilesOfOthers() {
    dirs.file("lower/f", "content");
    TappedSyscalls tap = new TappedSyscalls();
    tap.rule =
        (call, arguments) -> {
          if (call.equals("openTree")) {
            return Errno.EPERM;
          }
          boolean noatime =
              call.equals("openat2") && (((Integer) arguments[2]) & OpenFlags.O_NOATIME) != 0;
          return noatime ? Errno.EPERM : 0;
        };
    LayerStack plain = dirs.open(tap.sys, dirs.readOnlySpec("lower"));
    try (LowerDir dir = plain.lower(0).openDirectory("")) {
      int fd = dir.openFile("f", OpenFlags.O_RDONLY);
      assertEquals(7, dirs.read(fd).length);
      dirs.sys.close(fd);
    }
  }

  @Test
  void aLowerHasNoMutator() {
    for (Method method : LowerDir.class.getMethods()) {
      for (Method mutator : UpperDir.class.getDeclaredMethods()) {
        boolean shared = List.of("layer", "child", "openFile").contains(mutator.getName());
        assertFalse(!shared && method.getName().equals(mutator.getName()), method.toString());
      }
    }
  }
}
