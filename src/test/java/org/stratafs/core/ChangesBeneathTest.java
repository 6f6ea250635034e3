package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stratafs.fs.Caller;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.posix.Errno;
import org.stratafs.posix.Stat;
import org.stratafs.testkit.DirectoryTree;
import org.stratafs.testkit.RandomRuns;
import org.stratafs.testkit.RandomScript;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.ScriptRunner;
import org.stratafs.testkit.Step;
import org.stratafs.testkit.TreeSpec;
import org.stratafs.testkit.UnionFixture;

/** Layers that are changed behind the mount: timeout=0 shows it, and nothing breaks without it. */
class ChangesBeneathTest {
  private static final String TOP = "file f top\nfile d/a a\nlink s f\nfile e/deep/x x\ndir gone";
  private static final String LOW = "file f low\nfile d/b b\nfile g g\nfile e/deep/y y";

  /** What a program may be told; EIO, EFAULT, EBADF and the like are none of it. */
  private static final Set<String> SANE =
      Set.of(
          "EPERM",
          "ENOENT",
          "EACCES",
          "EEXIST",
          "ENOTDIR",
          "EISDIR",
          "EINVAL",
          "ENOTEMPTY",
          "ESTALE",
          "ENODATA",
          "ELOOP",
          "ENXIO",
          "EXDEV",
          "EMLINK",
          "EOPNOTSUPP",
          "EBUSY",
          "EROFS",
          "ENAMETOOLONG",
          "EFBIG",
          "ERANGE");

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "devices and owners in layers need root");
  }

  @ParameterizedTest
  @CsvSource({
    "a file is added,write d/new 0 text",
    "a file is written,write f 0 changed",
    "a file is truncated,truncate f 0",
    "a file is removed,unlink f",
    "a file is replaced,unlink f;create f 600 other",
    "a file is replaced by rename,create d/other 600 other;rename d/other f 0",
    "a file becomes a directory,unlink f;mkdir f 700;create f/x 644 x",
    "a file becomes a symbolic link,unlink f;symlink target f",
    "a symbolic link gets another target,unlink s;symlink elsewhere s",
    "a symbolic link becomes a file,unlink s;create s 644 file",
    "a directory is added,mkdir d/new 755;create d/new/x 644 x",
    "a directory is removed,rmdir gone",
    "a directory is replaced,unlink d/a;rmdir d;mkdir d 711;create d/c 644 c",
    "a directory becomes a file,unlink d/a;rmdir d;create d 644 file",
    "a directory is renamed,rename e moved 0",
    "directories change places,rename e d 2",
    "a mode changes,chmod d 700",
    "an xattr is set,setxattr f user.x y 0"
  })
  void timeoutZeroShowsIt(String what, String change) {
    List<Step> script = Step.parse(change.replace(';', '\n'));
    for (boolean inUpper : new boolean[] {true, false}) {
      try (UnionFixture union = union(inUpper ? TOP : "", List.of(inUpper ? "" : TOP, LOW), true)) {
        union.view(); // everything is known
        String layer = inUpper ? union.upperPath() : union.lowerPaths().get(0);
        try (DirectoryTree tree = new DirectoryTree(union.real(), layer)) {
          for (Step step : script) {
            assertEquals("ok", new ScriptRunner(tree).run(step).split(" ", 2)[0], step.toString());
            assertEquals(fresh(union), union.view(), what + " in " + layer + ", " + step);
          }
        }
      }
    }
  }

  @Test
  void timeoutZeroShowsAWhiteoutAndAnOpaqueMark() {
    try (UnionFixture union = union("dir d", List.of("file f f\nfile d/x x", "file g g"), true)) {
      assertEquals("d f g", union.client().names(""));
      assertEquals("x", union.client().names("d"));
      union.setXattrOnDisk(union.upperPath() + "/d", "trusted.overlay.opaque", new byte[] {'y'});
      try (DirectoryTree lower = new DirectoryTree(union.real(), union.lowerPaths().get(0))) {
        lower.mknod("g", org.stratafs.posix.Mode.S_IFCHR, 0);
      }
      assertEquals("d f", union.client().names(""));
      assertEquals("", union.client().names("d"));
    }
  }

  @Test
  void anOpenFileGoesOnReadingWhatItOpened() {
    try (UnionFixture union = union("", List.of("file f before"), true)) {
      int fd = union.client().open("f", 0, 0);
      try (DirectoryTree lower = new DirectoryTree(union.real(), union.lowerPaths().get(0))) {
        lower.write("new", "after!");
        lower.rename("new", "f", 0);
      }
      assertEquals(
          "before",
          new String(
              union.client().read(fd, 0, 100), java.nio.charset.StandardCharsets.ISO_8859_1));
      assertEquals("after!", union.client().text("f"));
      union.client().close(fd);
    }
  }

  /** Or the kernel would go on to show pages it has cached of the old one. */
  @Test
  void aReplacedFileIsAnotherNodeAndTheOldOneIsStale() {
    for (boolean inUpper : new boolean[] {true, false}) {
      String spec = "file f before\nfile new after!";
      try (UnionFixture union =
          union(inUpper ? spec : "", List.of(inUpper ? "file other x" : spec), true)) {
        long old = union.client().nodeid("f");
        String layer = inUpper ? union.upperPath() : union.lowerPaths().get(0);
        try (DirectoryTree tree = new DirectoryTree(union.real(), layer)) {
          tree.rename("new", "f", 0);
        }
        Entry entry = new Entry();
        union.fs().lookup(union.client().caller(), FileSystem.ROOT, "f", entry);
        assertNotEquals(old, entry.nodeid, "in upper: " + inUpper);
        LookupTest.assertErrno(
            Errno.ESTALE, () -> union.fs().getattr(union.client().caller(), old, 0, new Stat()));
        union.fs().forget(entry.nodeid, 1);
      }
    }
  }

  /** With names cached: what is gone from upper is noticed, and its name is free again. */
  @Test
  void aNameThatWentBehindTheMountIsForgotten() {
    try (UnionFixture union = union("file u u\nfile v v", List.of("file f f"), false)) {
      FileSystem fs = union.fs();
      Caller caller = union.client().caller();
      union.client().nodeid("u");
      union.client().nodeid("v");
      try (DirectoryTree upper = new DirectoryTree(union.real(), union.upperPath())) {
        upper.unlink("u");
        upper.unlink("v");
        upper.mkdir("v", 0755);
      }
      Entry entry = new Entry();
      fs.lookup(caller, FileSystem.ROOT, "u", entry);
      assertEquals(0, entry.nodeid);
      fs.lookup(caller, FileSystem.ROOT, "v", entry);
      assertTrue(entry.attr.isDirectory());
      fs.forget(entry.nodeid, 1);
      fs.mkdir(caller, FileSystem.ROOT, "u", 0755, 0, entry);
      fs.forget(entry.nodeid, 1);
      assertEquals("f u v", union.client().names(""));
    }
  }

  @Test
  void randomChangesShowWithTimeoutZero() {
    RandomRuns.each("changes beneath, timeout=0", 8, seed -> run(seed, true));
  }

  @Test
  void randomChangesBreakNothingWithNamesCached() {
    RandomRuns.each("changes beneath, cached", 5, seed -> run(seed, false));
  }

  private static void run(long seed, boolean timeoutZero) {
    Random random = new Random(seed);
    try (UnionFixture union = union("file u u\nfile d/u u", List.of(TOP, LOW), timeoutZero)) {
      List<DirectoryTree> layers = new ArrayList<>();
      layers.add(new DirectoryTree(union.real(), union.upperPath()));
      union.lowerPaths().forEach(path -> layers.add(new DirectoryTree(union.real(), path)));
      List<ScriptRunner> runners = new ArrayList<>();
      layers.forEach(layer -> runners.add(new ScriptRunner(layer)));
      RandomScript source = new RandomScript(random, false, false);
      StringBuilder done = new StringBuilder("seed " + seed + "\n");
      ScriptRunner above = new ScriptRunner(union.client());
      try {
        for (int i = 0; i < 60; i++) {
          boolean beneath = random.nextBoolean();
          int at = random.nextInt(layers.size());
          Step step = source.next(layers.get(at));
          if (Set.of("remount", "forget", "become").contains(step.op())) {
            continue;
          }
          done.append(beneath ? "in layer " + at + ": " : "").append(step).append('\n');
          String outcome = (beneath ? runners.get(at) : above).run(step);
          if (!beneath) {
            String first = outcome.split(" ", 2)[0];
            boolean sane = first.startsWith("ok") || first.equals("skipped:");
            assertTrue(sane || SANE.contains(first), () -> done + "gave " + outcome);
          }
          if (timeoutZero) {
            assertEquals(fresh(union), union.view(), done::toString);
          } else {
            look(union, done);
          }
        }
      } catch (RuntimeException e) {
        throw new AssertionError(done.toString(), e);
      } finally {
        above.closeAll();
        runners.forEach(ScriptRunner::closeAll);
        layers.forEach(DirectoryTree::close);
      }
    }
  }

  /** A look at everything may fail, but only with an errno that says what happened. */
  private static void look(UnionFixture union, StringBuilder done) {
    try {
      union.view();
    } catch (org.stratafs.posix.FsException e) {
      String name = org.stratafs.posix.Errno.name(e.errno());
      assertTrue(SANE.contains(name), () -> done + "a look gave " + name);
    }
  }

  private static UnionFixture union(String upper, List<String> lowers, boolean timeoutZero) {
    UnionFixture union = new UnionFixture().upper(upper).index(false);
    for (int i = 0; i < lowers.size(); i++) {
      union.lowerAt(union.temp().build("layer" + i, TreeSpec.parse(lowers.get(i))));
    }
    if (timeoutZero) {
      union.timeoutZero();
    }
    union.open();
    if (!timeoutZero) {
      union.client().layersChange(false);
      union.workMayKeepThings();
    }
    return union;
  }

  /** What a mount made now shows. */
  private static String fresh(UnionFixture union) {
    UnionFixture other = new UnionFixture().lowerAt(union.upperPath());
    union.lowerPaths().forEach(other::lowerAt);
    try (other) {
      return other.open().view();
    }
  }
}
