package org.stratafs.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

final class WorkDirTest {
  private final Dirs dirs = new Dirs();

  @AfterEach
  void cleanUp() {
    dirs.close();
  }

  /** What is in WORKDIR/work, but for the device that whiteouts are links of. */
  private Set<String> staged() {
    Set<String> names = new HashSet<>();
    for (String name : dirs.names("work/work").split(" ", -1)) {
      if (!name.isEmpty() && !dirs.stat("work/work/" + name).isWhiteoutDevice()) {
        names.add(name);
      }
    }
    return names;
  }

  private void makeDeep(String start, int levels, String name) {
    dirs.mkdir(start);
    int at = dirs.sys.openat(dirs.fd, start, Layer.DIRECTORY, 0);
    for (int i = 0; i < levels; i++) {
      dirs.sys.mkdirat(at, name, 0755);
      dirs.sys.mknodat(at, "file", 0x8000 | 0600, 0);
      int next = dirs.sys.openat(at, name, Layer.DIRECTORY, 0);
      dirs.sys.close(at);
      at = next;
    }
    dirs.sys.close(at);
  }

  @Test
  void itIsLaidOutAsTheKernelsIs() {
    LayerStack stack = dirs.open(dirs.simpleSpec());
    assertEquals("work", dirs.names("work"));
    assertEquals(040700, dirs.stat("work/work").mode);
    stack.work().dir().mkdir("#staged", 0700);
    assertTrue(dirs.exists("work/work/#staged"));
  }

  @Test
  void leftoversOfEveryKindAreRemovedAndNothingElse() {
    dirs.simpleSpec();
    dirs.mkdir(
            "work/work",
            "work/work/#0",
            "work/work/#0/d",
            "work/work/other",
            "work/index",
            "outside")
        .file("work/work/#1", "x")
        .file("work/work/#0/d/f", "x")
        .file("work/index/00fb", "x")
        .file("outside/f", "kept");
    dirs.whiteoutDevice("work/work/#2");
    dirs.sys.mknodat(dirs.fd, "work/work/fifo", 0x1000 | 0600, 0);
    dirs.sys.symlinkat(dirs.path("outside"), dirs.fd, "work/work/#3");
    dirs.sys.symlinkat(dirs.path("outside"), dirs.fd, "work/work/#0/link");
    dirs.open(dirs.spec("lower"));
    assertEquals(Set.of(), staged());
    assertEquals("kept", dirs.text("outside/f"));
    assertTrue(dirs.exists("work/index/00fb"));
    assertEquals("[]", dirs.warnings.toString());
  }

  @Test
  void leftoversDeeperThanAnyPathAreRemoved() {
    dirs.simpleSpec();
    dirs.mkdir("work/work");
    makeDeep("work/work/#0", 60, "d".repeat(200));
    makeDeep("work/work/#1", 1500, "d");
    dirs.open(dirs.spec("lower"));
    assertEquals(Set.of(), staged());
    assertEquals("[]", dirs.warnings.toString());
  }

  @Test
  void foreignThingsBesideAnEmptyWorkAreLeftAlone() {
    dirs.simpleSpec();
    dirs.mkdir("work/work", "work/lost+found").file("work/notes", "kept").file("work/work/#7", "");
    dirs.open(dirs.spec("lower"));
    assertEquals("kept", dirs.text("work/notes"));
    assertEquals(Set.of(), staged());
  }

  @Test
  void aWorkFullOfOtherThingsBesideOtherThingsIsSomeonesData() {
    dirs.simpleSpec();
    dirs.mkdir("work/work").file("work/notes", "kept").file("work/work/thesis", "kept");
    FsException failure = assertThrows(FsException.class, () -> dirs.open(dirs.spec("lower")));
    assertEquals(Errno.ENOTEMPTY, failure.errno());
    assertEquals("kept", dirs.text("work/work/thesis"));
  }

  @Test
  void anEmptyIncompatDoesNotStandInTheWay() {
    dirs.simpleSpec();
    dirs.mkdir("work/work", "work/work/incompat");
    dirs.open(dirs.spec("lower"));
    assertEquals(Set.of(), staged());
  }

  @Test
  void whatCannotBeRemovedIsLoggedAndItsNameIsNotUsed() {
    dirs.simpleSpec();
    dirs.mkdir("work/work", "work/work/#3").file("work/work/#1", "").file("work/work/#3/in", "");
    TappedSyscalls tap = new TappedSyscalls();
    tap.rule =
        (call, arguments) -> {
          Object name = call.equals("unlinkat") ? arguments[1] : null;
          return "#1".equals(name) || "in".equals(name) ? Errno.EPERM : 0;
        };
    LayerStack stack = dirs.open(tap.sys, dirs.spec("lower"));
    assertEquals(2, dirs.warnings.size(), dirs.warnings.toString());
    assertTrue(dirs.warnings.toString().contains(dirs.path("work")), dirs.warnings.toString());
    Set<String> names = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      assertTrue(names.add(stack.work().newName()));
    }
    assertFalse(names.contains("#1") || names.contains("#3"), names.toString());
  }

  @ParameterizedTest
  @ValueSource(ints = {02755, 0, 0777})
  void whatWorkdirHandsDownDoesNotMarWhatIsStaged(int mode) {
    dirs.simpleSpec();
    dirs.sys.fchownat(dirs.fd, "work", 0, 4242);
    dirs.sys.fchmodat(dirs.fd, "work", mode);
    // u::rwx g::rwx m::rwx o::rwx u:1:rwx as a default ACL
    dirs.sys.setxattr(
        dirs.fd, "work", PosixAcl.DEFAULT, AclBytes.of("u::7 u:1:7 g::7 m::7 o::7"), 0);
    LayerStack stack = dirs.open(dirs.spec("lower"));
    UpperDir work = stack.work().dir();
    work.mkdir("#d", 0750);
    Stat stat = new Stat();
    work.stat("#d", stat);
    assertEquals(040750, stat.mode);
    assertEquals(0, stat.gid);
    assertEquals("[]", work.xattrs("#d").toString());
  }

  @Test
  void aWorkOfTheKernelsThatShutsEveryoneOutIsTakenOver() {
    dirs.simpleSpec();
    dirs.mkdir("work/work");
    dirs.sys.fchmodat(dirs.fd, "work/work", 0);
    dirs.open(dirs.spec("lower"));
    assertEquals(040700, dirs.stat("work/work").mode);
  }

  @Test
  void discardTakesAllThatIsInADirectoryWithModeZero() {
    LayerStack stack = dirs.open(dirs.simpleSpec());
    dirs.mkdir("work/work/#x", "work/work/#x/d", "work/work/#x/d/e");
    dirs.sys.fchmodat(dirs.fd, "work/work/#x/d", 0);
    dirs.sys.fchmodat(dirs.fd, "work/work/#x", 0);
    stack.work().discard("#x");
    stack.work().discard("#absent");
    assertEquals(Set.of(), staged());
    assertEquals("[]", dirs.warnings.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "unshare -Urm"})
  void anOrdinaryUserOpensCleansStagesAndMarks(String namespaces) {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can become another user");
    List<String> command = new ArrayList<>();
    for (String word :
        ("setpriv --reuid=12345 --regid=12345 --clear-groups " + namespaces).split(" ", -1)) {
      if (!word.isEmpty()) {
        command.add(word);
      }
    }
    List<String> probe = new ArrayList<>(command);
    probe.add("true");
    assumeTrue(
        Dirs.run(probe.toArray(new String[0])) == 0, "this system has no user namespaces for all");
    dirs.simpleSpec();
    dirs.mkdir("work/work", "work/work/#0", "work/work/#0/d", "work/work/#0/d/e");
    assertEquals(0, Dirs.run("chown", "-R", "12345:12345", dirs.root));
    dirs.sys.fchmodat(dirs.fd, "work/work/#0/d", 0);
    dirs.sys.fchmodat(dirs.fd, "work/work", 0);
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(List.of("-cp", classPathForAnyone(), OrdinaryUser.class.getName(), dirs.root));
    assertEquals(0, Dirs.run(command.toArray(new String[0])));
    assertEquals("dir file gone", dirs.names("upper"));
    assertEquals(12345, dirs.stat("upper/file").uid);
    assertTrue(dirs.stat("upper/gone").isWhiteoutDevice());
    assertEquals("y", dirs.xattr("upper/dir", "user.overlay.opaque"));
    assertEquals("", dirs.names("work/work"));
  }

  /**
   * The class path copied to where another user may read it: the local repository is often in a
   * home of mode 0700.
   */
  private String classPathForAnyone() {
    dirs.mkdir("cp");
    StringBuilder copied = new StringBuilder();
    String[] entries = System.getProperty("java.class.path").split(":", -1);
    for (int i = 0; i < entries.length; i++) {
      if (!new File(entries[i]).exists()) {
        continue; // such as src/test/resources of a project that has none
      }
      String copy = dirs.path("cp/" + i + (entries[i].endsWith(".jar") ? ".jar" : ""));
      assertEquals(0, Dirs.run("cp", "-rL", entries[i], copy));
      copied.append(copied.isEmpty() ? "" : ":").append(copy);
    }
    assertEquals(0, Dirs.run("chmod", "-R", "a+rX", dirs.path("cp")));
    return copied.toString();
  }

  /** Opens the stack in a directory, publishes a file and marks; run as another user. */
  static final class OrdinaryUser {
    private OrdinaryUser() {}

    public static void main(String[] args) {
      String root = args[0];
      StackSpec spec =
          new StackSpec(
              List.of(root + "/lower"), root + "/upper", root + "/work", XattrNamespace.AUTO);
      Syscalls sys = new org.stratafs.sys.LinuxSyscalls();
      try (LayerStack stack =
              LayerStack.open(
                  sys,
                  spec,
                  line -> {
                    throw new AssertionError(line);
                  });
          UpperDir top = stack.upper().openDirectory("")) {
        sys.close(stack.work().dir().create("#f", 1, 0600));
        stack.work().dir().rename("#f", top, "file", 0);
        top.mkdir("dir", 0755);
        stack.marks().markOpaque(top, "dir");
        stack.marks().makeWhiteout(top, "gone");
      }
    }
  }
}
