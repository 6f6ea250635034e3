package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.stratafs.core.LookupTest.assertErrno;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.fs.DirSink;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.OpenResult;
import org.stratafs.fs.SetAttr;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.DirectoryTree;
import org.stratafs.testkit.FaultInjector;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.ScriptRunner;
import org.stratafs.testkit.Step;
import org.stratafs.testkit.SyscallWrapper;
import org.stratafs.testkit.TempTree;
import org.stratafs.testkit.TreeSpec;
import org.stratafs.testkit.UnionFixture;

/** What operations leave in upper for the mounts to come. */
class UpperOnDiskTest {
  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "devices and owners in layers need root");
  }

  private static String upperNames(UnionFixture union, String path) {
    try (DirectoryTree tree = new DirectoryTree(Real.SYS, union.upperPath())) {
      return tree.names(path);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"chmod", "rename", "link", "alias"})
  void anInodeNumberStaysWhereverACopyGoes(String way) {
    try (UnionFixture union =
        UnionFixture.of("dir d\nfile d/f x\nfile d/h y\ndir e\nhard e/h2 d/h").open()) {
      Client client = union.client();
      client.mkdir("pure", 0755);
      String source = way.equals("alias") ? "d/h" : "d/f";
      long ino = client.lstat(source).ino;
      client.chmod(source, 0600);
      String at =
          switch (way) {
            case "chmod" -> source;
            case "alias" -> "e/h2";
            default -> "pure/f";
          };
      switch (way) {
        case "rename" -> client.rename("d/f", at, 0);
        case "link" -> client.link("d/f", at);
        default -> client.chmod(at, 0640);
      }
      assertEquals(ino, client.lstat(at).ino);
      union.remount();
      assertEquals(ino, union.client().lstat(at).ino);
    }
  }

  @Test
  void withoutAnIndexPartedNamesHaveNumbersOfTheirOwn() {
    try (UnionFixture union = UnionFixture.of("file h y\nhard h2 h").index(false).open()) {
      union.client().chmod("h", 0600);
      union.remount();
      assertNotEquals(union.client().lstat("h2").ino, union.client().lstat("h").ino);
    }
  }

  @Test
  void aNameThatAppearedInUpperMeanwhileIsNotReplaced() {
    try (UnionFixture union = UnionFixture.of("file f lower\nfile g lower\nlink l t").open()) {
      Client client = union.client();
      client.lstat("f");
      client.lstat("l");
      try (DirectoryTree tree = new DirectoryTree(Real.SYS, union.upperPath())) {
        tree.write("f", "theirs");
      }
      assertErrno(Errno.EEXIST, () -> client.chmod("f", 0600));
      try (DirectoryTree tree = new DirectoryTree(Real.SYS, union.upperPath())) {
        assertEquals("theirs", tree.text("f"));
      }
      client.dropCaches();
      assertEquals("theirs", client.text("f"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"create", "mkdir", "link", "rename", "renamedir"})
  void aNameMarkGoesWithWhatItHid(String way) {
    try (UnionFixture union =
        UnionFixture.of("file gone x\nfile u u\ndir d").noDeviceWhiteouts().open()) {
      Client client = union.client();
      client.unlink("gone");
      assertTrue(upperNames(union, "").contains(".wh.gone"));
      switch (way) {
        case "create" ->
            client.close(client.open("gone", OpenFlags.O_RDWR | OpenFlags.O_CREAT, 0644));
        case "mkdir" -> client.mkdir("gone", 0755);
        case "link" -> client.link("u", "gone");
        case "rename" -> client.rename("u", "gone", 0);
        default -> client.rename("d", "gone", 0);
      }
      assertFalse(upperNames(union, "").contains(".wh.gone"), upperNames(union, ""));
      union.remount();
      assertTrue(union.client().exists("gone"));
    }
  }

  @Test
  void aMarkNameMadeByALinkIsANameInTheMountsToCome() {
    try (UnionFixture union = UnionFixture.of("file f x\nfile h y\nhard h2 h\ndir d").open()) {
      Client client = union.client();
      client.link("f", ".wh.one");
      client.link("h", "d/.wh.two");
      int fd = client.tmpfile("", 0600);
      client.linkOpen(fd, ".wh.three");
      client.close(fd);
      union.remount();
      for (String name : new String[] {".wh.one", "d/.wh.two", ".wh.three"}) {
        assertTrue(union.client().exists(name), name);
      }
    }
  }

  @Test
  void aDirectoryReplacedByARenameLeavesNothingOfItsMarks() {
    try (UnionFixture union =
        new UnionFixture()
            .upper("dir new\nfile new/n x\ndir emptied\nwhiteout emptied/a")
            .lower("dir emptied\nfile emptied/a x")
            .open()) {
      union.client().rename("new", "emptied", 0);
      assertEquals(union.client().names("emptied"), upperNames(union, "emptied"));
      union.remount();
      assertFalse(union.client().exists("emptied/a"));
      assertTrue(union.client().exists("emptied/n"));
    }
  }

  @Test
  void anAliasIsInUpperBeforeItIsRenamed() {
    try (UnionFixture union = UnionFixture.of("dir d\nfile d/a x\nhard d/b d/a\ndir e").open()) {
      Client client = union.client();
      client.chmod("d/a", 0600);
      client.lstat("d/b");
      client.rename("d/b", "e/b", 0);
      assertEquals(2, client.lstat("e/b").nlink);
      union.remount();
      assertEquals(union.client().lstat("d/a").ino, union.client().lstat("e/b").ino);
      assertFalse(union.client().exists("d/b"));
    }
  }

  @Test
  void anEntryOfAListingThatWentMeanwhileDoesNotComeBack() {
    try (UnionFixture union =
        UnionFixture.of("dir d\nfile d/a a\nfile d/b b\nfile d/c c\ndir e").open()) {
      Client client = union.client();
      for (String way : new String[] {"unlink", "rename", "over"}) {
        String name = way.equals("unlink") ? "a" : way.equals("rename") ? "b" : "c";
        SlowListing listing = new SlowListing(union, client.nodeid("d"));
        switch (way) {
          case "unlink" -> client.unlink("d/a");
          case "rename" -> client.rename("d/b", "e/b", 0);
          default -> {
            client.open("e/new", OpenFlags.O_RDWR | OpenFlags.O_CREAT, 0600);
            client.rename("e/new", "d/c", 0);
          }
        }
        client.dropCaches();
        assertEquals(way.equals("over"), listing.readRest().contains(name), way);
        assertEquals(way.equals("over"), client.exists("d/" + name), way);
        if (way.equals("over")) {
          assertEquals("", client.text("d/c"));
        }
      }
    }
  }

  @Test
  void aFailedCopyUpOfAHardLinkLeavesNoNameInTheIndex() {
    FaultInjector[] faults = new FaultInjector[1];
    try (UnionFixture union =
        UnionFixture.of("file h y\nhard h2 h")
            .wrap(
                sys -> {
                  faults[0] = new FaultInjector(sys);
                  return faults[0].syscalls();
                })
            .open()) {
      union.client().lstat("h");
      boolean failed = true;
      for (int call = 1; failed; call++) {
        faults[0].arm(call, Errno.EIO);
        failed = !"ok".equals(new ScriptRunner(union.client()).run(Step.of("chmod", "h", 600)));
        String hit = faults[0].disarm();
        if (failed && hit != null && hit.startsWith("renameat2")) {
          assertEquals("[]", indexed(union));
        }
      }
      assertEquals(0600, union.client().lstat("h2").mode & 0777);
    }
  }

  private static String indexed(UnionFixture union) {
    try (DirectoryTree tree = new DirectoryTree(Real.SYS, union.workPath())) {
      return tree.names("hardlinks");
    }
  }

  @Test
  void aCopyOfAFileWithoutANameLeavesNothing() {
    try (UnionFixture union = UnionFixture.of("file f text\ndir d").open()) {
      Client client = union.client();
      int fd = client.open("f", OpenFlags.O_RDONLY, 0);
      long node = client.nodeid("f");
      client.unlink("f");
      SetAttr change = new SetAttr();
      change.setMode = true;
      change.mode = 0600;
      Stat after = new Stat();
      union.fs().setattr(client.caller(), node, change, after);
      assertEquals(0600, after.mode & 0777);
      assertEquals(0, after.nlink);
      assertEquals("", upperNames(union, "").replaceAll("[\\[\\]f]", ""));
      client.close(fd);
    }
  }

  @Test
  void aLowerFileThatBecameSomethingElseIsStale() {
    try (TempTree temp = new TempTree(Real.SYS)) {
      String lower = temp.build("lower", TreeSpec.parse("file f text\nfile g text"));
      try (UnionFixture union = new UnionFixture().upper("").lowerAt(lower).open()) {
        long node = union.client().nodeid("f");
        Real.SYS.unlinkat(Syscalls.AT_FDCWD, lower + "/f", 0);
        Real.SYS.mkdirat(Syscalls.AT_FDCWD, lower + "/f", 0755);
        SetAttr change = new SetAttr();
        change.setMode = true;
        change.mode = 0600;
        Client client = union.client();
        assertErrno(
            Errno.ESTALE, () -> union.fs().setattr(client.caller(), node, change, new Stat()));
        assertErrno(Errno.ESTALE, () -> union.fs().getattr(client.caller(), node, 0, new Stat()));
        client.dropCaches();
        assertTrue(client.lstat("f").isDirectory());
      }
    }
  }

  @Test
  void anUpperThatTakesNoXattrsRenamesNoDirectoryOfALower() {
    try (UnionFixture union =
        UnionFixture.of("dir d\nfile d/f x\nfile h y\nhard h2 h")
            .wrap(sys -> new NoXattrs(sys).syscalls())
            .open()) {
      Client client = union.client();
      assertErrno(Errno.EXDEV, () -> client.rename("d", "n", 0));
      assertEquals("x", client.text("d/f"));
      client.chmod("h", 0600);
      assertEquals(0644, client.lstat("h2").mode & 0777);
      client.rename("d/f", "n", 0);
      union.remount();
      assertEquals("x", union.client().text("n"));
    }
  }

  private static final class NoXattrs extends SyscallWrapper {
    NoXattrs(Syscalls real) {
      super(real);
    }

    @Override
    protected void before(String call, Object[] args) {
      if (call.equals("setxattr")) {
        throw new FsException(Errno.EOPNOTSUPP);
      }
    }
  }

  @Test
  void aRemovedDirectoryIsReachedWhenManyOthersWereUsedSince() {
    try (UnionFixture union =
        new UnionFixture().upper("dir gone\ndir kept").lower("dir d").descriptors(16).open()) {
      Client client = union.client();
      long gone = client.nodeid("gone");
      union.fs().rmdir(client.caller(), FileSystem.ROOT, "gone");
      for (int i = 0; i < 60; i++) {
        client.mkdir("kept/" + i, 0755);
        client.mkdir("kept/" + i + "/x", 0755);
      }
      Stat stat = new Stat();
      union.fs().getattr(client.caller(), gone, 0, stat);
      assertEquals(0, stat.nlink);
    }
  }

  /** A directory handle that has its listing and has given out the dots only. */
  private static final class SlowListing implements DirSink {
    private final UnionFixture union;
    private final long node;
    private final long handle;
    private final List<Long> looked = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private int room = 2;

    SlowListing(UnionFixture union, long node) {
      this.union = union;
      this.node = node;
      union.fs().lookup(union.client().caller(), node, ".", new Entry()); // as an open one is kept
      OpenResult opened = new OpenResult();
      union.fs().opendir(union.client().caller(), node, 0, opened);
      handle = opened.handle;
      union.fs().readdirplus(union.client().caller(), node, handle, 0, this);
    }

    /** The names that came with attributes. */
    List<String> readRest() {
      room = 1000;
      union.fs().readdirplus(union.client().caller(), node, handle, 2, this);
      union.fs().releasedir(node, handle);
      union.fs().forget(node, 1);
      looked.forEach(each -> union.fs().forget(each, 1));
      return names;
    }

    @Override
    public boolean fits(int nameBytes) {
      return room > 0;
    }

    @Override
    public void add(String name, long ino, int type, long nextOffset) {
      room--;
    }

    @Override
    public void addPlus(String name, Entry entry, long nextOffset) {
      room--;
      looked.add(entry.nodeid);
      names.add(name);
    }
  }
}
