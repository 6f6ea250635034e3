package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.fs.OpenResult;
import org.stratafs.layer.MetacopyPolicy;
import org.stratafs.layer.RedirectPolicy;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.RenameFlags;
import org.stratafs.posix.Stat;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.DirectoryTree;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.ScriptRunner;
import org.stratafs.testkit.Step;
import org.stratafs.testkit.UnionFixture;

/** Files whose metadata is in upper and whose data is still in a lower (metacopy=on). */
class MetacopyTest {
  private static final String METACOPY = "trusted.overlay.metacopy";
  private static final String REDIRECT = "trusted.overlay.redirect";

  /** No holes in it, and no two blocks alike. */
  private static final String BIG = text(200_000);

  private static final String CAPABILITY =
      "\\x01\\x00\\x00\\x02\\x00\\x20\\x00\\x00\\x00\\x00"
          + "\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00";

  private static final String LOWER =
      "file d/big "
          + BIG
          + " mode=644 mtime=5.000000007 user.a=1\nfile other "
          + text(100_000)
          + "\ndir e\n";

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "trusted xattrs need root");
  }

  private static String text(int size) {
    StringBuilder out = new StringBuilder(size);
    while (out.length() < size) {
      out.append(out.length()).append(',');
    }
    return out.substring(0, size);
  }

  @Test
  void chmodOfALargeLowerFileCopiesNoData() {
    try (UnionFixture union = UnionFixture.of(LOWER).open()) {
      Stat before = stat(union.client(), "d/big");
      union.client().chmod("d/big", 0600);
      assertMetacopy(union, "d/big");
      Stat after = stat(union.client(), "d/big");
      assertEquals(before.size, after.size);
      assertEquals(before.blocks, after.blocks);
      assertEquals(before.mtimeNsec, after.mtimeNsec);
      assertEquals(0600, after.mode & 07777);
      assertEquals(BIG, read(union.client(), "d/big"));
      union.remount();
      assertEquals(before.blocks, stat(union.client(), "d/big").blocks);
      assertEquals(before.ino, stat(union.client(), "d/big").ino);
      assertEquals(BIG, read(union.client(), "d/big"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "chown d/big 7 8 -> d/big",
        "utimens d/big 11 12 -> d/big",
        "setxattr d/big user.n v 0 -> d/big",
        "removexattr d/big user.a -> d/big",
        "link d/big d/new -> d/big d/new",
        "link d/big new -> d/big new",
        "link d/big new;unlink d/big -> new",
        "rename d/big d/new 0 -> d/new",
        "rename d/big d/new 0;rename d/new d/newer 0 -> d/newer",
        "rename d/big d/new 0;rename d/new e/new 0 -> e/new",
        "rename d/big new 0 -> new",
        "rename d/big new 0;rename new d/big 0 -> d/big",
        "rename d/big other 0 -> other",
        "chmod d/big 600;rename d x 0 -> x/big",
        "rename d/big d/new 0;rename d x 0 -> x/new",
        "rename d x 0;chmod x/big 600;rename x/big e/new 0 -> e/new",
        "rename d x 0;rename x e/y 0;rename e/y/big new 0 -> new",
      })
  void whatLeavesTheDataAloneCopiesNone(String line) {
    String[] parts = line.split(" -> ", -1);
    try (UnionFixture union = UnionFixture.of(LOWER).open()) {
      run(union.client(), parts[0]);
      for (String name : parts[1].split(" ", -1)) {
        assertMetacopy(union, name);
        assertEquals(BIG, read(union.client(), name));
      }
      union.remount();
      for (String name : parts[1].split(" ", -1)) {
        assertEquals(BIG, read(union.client(), name), name + " in a later mount");
        append(union.client(), name, "");
        assertNull(onDisk(union, name, METACOPY));
      }
      union.remount();
      for (String name : parts[1].split(" ", -1)) {
        assertEquals(BIG, read(union.client(), name), name + " with its own data");
      }
    }
  }

  @Test
  void exchangedMetacopiesKeepTheirData() {
    try (UnionFixture union = UnionFixture.of(LOWER).open()) {
      union.client().rename("d/big", "other", RenameFlags.EXCHANGE);
      assertMetacopy(union, "d/big");
      assertMetacopy(union, "other");
      union.remount();
      assertEquals(BIG, read(union.client(), "other"));
      assertEquals(text(100_000), read(union.client(), "d/big"));
    }
  }

  @Test
  void theFirstWriteCopiesTheDataAndOpenReadersSeeIt() {
    try (UnionFixture union = UnionFixture.of(LOWER).open()) {
      Client client = union.client();
      int before = client.open("d/big", OpenFlags.O_RDONLY, 0);
      client.chmod("d/big", 0600);
      int between = client.open("d/big", OpenFlags.O_RDONLY, 0);
      int writer = client.open("d/big", OpenFlags.O_RDWR, 0);
      assertEquals(7, stat(client, "d/big").mtimeNsec, "opening is no change");
      client.write(writer, 3, Names.toBytes("new"));
      String expected = BIG.substring(0, 3) + "new" + BIG.substring(6);
      for (int fd : new int[] {before, between, writer}) {
        assertEquals(expected, Names.fromBytes(client.read(fd, 0, 300_000)));
        client.close(fd);
      }
      assertNull(onDisk(union, "d/big", METACOPY));
      union.remount();
      assertEquals(expected, read(union.client(), "d/big"));
      assertEquals(0600, stat(union.client(), "d/big").mode & 07777);
    }
  }

  @Test
  void copyingTheDataKeepsSuidAndCapability() {
    String lower = "file f " + BIG + " mode=6755 security.capability=" + CAPABILITY;
    try (UnionFixture union = UnionFixture.of(lower).open()) {
      Client client = union.client();
      byte[] capability = client.getxattr("f", "security.capability");
      client.utimens("f", 9, 10);
      assertMetacopy(union, "f");
      client.close(client.open("f", OpenFlags.O_RDWR, 0));
      assertNull(onDisk(union, "f", METACOPY));
      assertEquals(06755, stat(client, "f").mode & 07777);
      assertArrayEquals(capability, client.getxattr("f", "security.capability"));
      assertEquals(10, stat(client, "f").mtimeNsec);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void truncatingAMetacopyToNothingCopiesNothing(boolean onOpen) {
    try (UnionFixture union = UnionFixture.of(LOWER).open()) {
      Client client = union.client();
      client.chmod("d/big", 0600);
      if (onOpen) {
        OpenResult opened = new OpenResult();
        long nodeid = client.nodeid("d/big");
        int flags = OpenFlags.O_WRONLY | OpenFlags.O_TRUNC;
        union.fs().open(client.caller(), nodeid, flags, false, opened);
        union.fs().release(nodeid, opened.handle);
        client.dropCaches();
      } else {
        client.truncate("d/big", 0);
      }
      assertEquals("0 files, 0 bytes", union.copyUpCounts());
      assertNull(onDisk(union, "d/big", METACOPY));
      append(union.client(), "d/big", "new");
      union.remount();
      assertEquals("new", read(union.client(), "d/big"));
    }
  }

  @Test
  void truncatingAMetacopyToSomethingKeepsThat() {
    try (UnionFixture union = UnionFixture.of(LOWER).open()) {
      union.client().chmod("d/big", 0600);
      union.client().truncate("d/big", 1000);
      assertEquals(BIG.substring(0, 1000), read(union.client(), "d/big"));
      union.remount();
      assertEquals(BIG.substring(0, 1000), read(union.client(), "d/big"));
    }
  }

  @Test
  void anUnlinkedMetacopyCanStillBeReadAndWritten() {
    try (UnionFixture union = UnionFixture.of(LOWER).open()) {
      Client client = union.client();
      client.chmod("d/big", 0600);
      int fd = client.open("d/big", OpenFlags.O_RDONLY, 0);
      client.unlink("d/big");
      assertEquals(BIG, Names.fromBytes(client.read(fd, 0, 300_000)));
      client.close(fd);
      union.remount();
      assertThrows(FsException.class, () -> stat(union.client(), "d/big"));
    }
  }

  @Test
  void smallFilesAreCopiedWhole() {
    try (UnionFixture union = UnionFixture.of("file small " + text(65_536)).open()) {
      union.client().chmod("small", 0600);
      assertNull(onDisk(union, "small", METACOPY));
    }
  }

  @Test
  void metacopyOffMakesNone() {
    try (UnionFixture union = UnionFixture.of(LOWER).metacopy(MetacopyPolicy.REFUSE).open()) {
      union.client().chmod("d/big", 0600);
      assertNull(onDisk(union, "d/big", METACOPY));
      assertEquals(BIG, read(union.client(), "d/big"));
    }
  }

  @Test
  void theNamesOfAHardLinkStayOneMetacopy() {
    String lower = "file a/x " + BIG + "\nhard a/y a/x\nhard b/z a/x\n";
    try (UnionFixture union = UnionFixture.of(lower).open()) {
      stat(union.client(), "b/z");
      union.client().chmod("a/x", 0600);
      assertMetacopy(union, "a/x");
      assertEquals(BIG, read(union.client(), "b/z"));
      union.remount();
      for (String name : new String[] {"b/z", "a/y", "a/x"}) {
        assertEquals(BIG, read(union.client(), name), name);
        assertEquals(3, stat(union.client(), name).nlink);
        assertEquals(0600, stat(union.client(), name).mode & 07777);
      }
      union.client().rename("a/y", "a/new", 0);
      union.remount();
      assertEquals(BIG, read(union.client(), "a/new"));
      assertEquals(BIG, read(union.client(), "b/z"));
      append(union.client(), "a/new", "!");
      assertEquals(BIG + "!", read(union.client(), "b/z"));
      union.remount();
      assertEquals(BIG + "!", read(union.client(), "a/x"));
    }
  }

  @Test
  void metacopiesInLowersAreFollowedByNameAndByRedirect() {
    String holes = " \"\" size=" + BIG.length();
    try (UnionFixture union =
        UnionFixture.of(
            "file f" + holes + " mode=600\nfile e/g" + holes + "\nfile h" + holes,
            "file f" + holes + "\nfile data/g" + holes + "\nfile i text",
            "file was " + BIG + "\nfile data/z/g " + BIG + "\nfile h " + BIG)) {
      mark(union, 0, "f", null);
      mark(union, 1, "f", "was");
      mark(union, 0, "e/g", "/data/g");
      mark(union, 1, "data/g", "/data/z/g");
      mark(union, 0, "h", null);
      union.open();
      for (String name : new String[] {"f", "e/g", "h"}) {
        assertEquals(BIG, read(union.client(), name), name);
        union.client().chmod(name, 0640);
        assertMetacopy(union, name);
      }
      union.remount();
      for (String name : new String[] {"f", "e/g", "h"}) {
        assertEquals(BIG, read(union.client(), name), name);
        append(union.client(), name, "!");
        assertEquals(BIG + "!", read(union.client(), name), name);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "missing", "/e/missing", "dir", "fifo", "hidden"})
  void aMetacopyWithoutDataIsAnErrorOfItsNameAlone(String redirect) {
    String lower = "file f text\nfile bad \"\" size=70000\nfile e/x y\n";
    try (UnionFixture union =
        UnionFixture.of(lower, "dir dir\nfifo fifo\nwhiteout hidden", "file hidden " + BIG)) {
      mark(union, 0, "bad", redirect.isEmpty() ? null : redirect);
      union.open();
      FsException e = assertThrows(FsException.class, () -> stat(union.client(), "bad"));
      assertEquals(Errno.EIO, e.errno());
      assertTrue(union.warnings().toString().contains("bad is a metacopy"), redirect);
      assertEquals("text", read(union.client(), "f"));
      assertEquals(5, union.client().list("").size());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "\\x01\\x04\\x00\\x00", "\\x00\\x09\\x00\\x00"})
  void aDamagedMarkIsAnErrorOfItsNameAlone(String value) {
    String lower = "file bad \"\" size=70000 " + METACOPY + "=" + value + "\nfile f text";
    try (UnionFixture union = UnionFixture.of(lower, "file bad " + BIG).open()) {
      FsException e = assertThrows(FsException.class, () -> stat(union.client(), "bad"));
      assertEquals(Errno.EIO, e.errno());
      assertEquals("text", read(union.client(), "f"));
    }
  }

  @Test
  void aMarkWithADigestIsFollowed() {
    String lower =
        "file f \"\" size=" + BIG.length() + " " + METACOPY + "=\\x00\\x06\\x00\\x01\\xaa\\xbb";
    try (UnionFixture union = UnionFixture.of(lower, "file f " + BIG).open()) {
      assertEquals(BIG, read(union.client(), "f"));
    }
  }

  @Test
  void metacopyOffRefusesThemByName() {
    String lower = "file f \"\" size=70000\nfile g text";
    try (UnionFixture union = UnionFixture.of(lower, "file f " + BIG)) {
      mark(union, 0, "f", null);
      union.metacopy(MetacopyPolicy.REFUSE).open();
      FsException e = assertThrows(FsException.class, () -> stat(union.client(), "f"));
      assertEquals(Errno.EPERM, e.errno());
      assertEquals("text", read(union.client(), "g"));
    }
  }

  @Test
  void aMarkThatAUserCanSetShowsNoOtherFile() {
    String lower =
        "file f \"\" size=70000 user.overlay.metacopy=\"\" user.overlay.redirect=/secret\n";
    try (UnionFixture union = UnionFixture.of(lower, "file secret " + BIG).open()) {
      assertEquals("\0".repeat(70000), read(union.client(), "f"));
    }
  }

  @Test
  void whereNoRedirectIsMadeARenameCopiesTheData() {
    try (UnionFixture union = UnionFixture.of(LOWER).redirects(RedirectPolicy.FOLLOW).open()) {
      union.client().chmod("d/big", 0600);
      union.client().rename("d/big", "new", 0);
      assertNull(onDisk(union, "new", METACOPY));
      union.client().chmod("other", 0600);
      union.client().link("other", "linked");
      assertNull(onDisk(union, "linked", METACOPY));
      union.remount();
      assertEquals(BIG, read(union.client(), "new"));
      assertEquals(text(100_000), read(union.client(), "linked"));
    }
  }

  /** The path of a redirect is one of the topmost lower, which has names of its own. */
  @Test
  void redirectsGoThroughTheRedirectsOfLowers() {
    String top = "whiteout p\ndir q " + REDIRECT + "=/p\ndir e\n";
    String bottom = "file p/big " + BIG + "\nfile p/sub/f text\nfile p/r/g " + BIG + "\n";
    try (UnionFixture union = UnionFixture.of(top, bottom).open()) {
      Client client = union.client();
      client.rename("q/big", "e/big", 0);
      client.rename("q/sub", "e/sub", 0);
      client.rename("q/r/g", "e/g", 0);
      union.remount();
      assertEquals(BIG, read(union.client(), "e/big"));
      assertEquals(BIG, read(union.client(), "e/g"));
      assertEquals("text", read(union.client(), "e/sub/f"));
    }
  }

  @Test
  void aPathTooLongForARedirectCopiesTheData() {
    String deep = ("x".repeat(200) + "/").repeat(6);
    try (UnionFixture union = UnionFixture.of("file " + deep + "big " + BIG).open()) {
      union.client().rename(deep + "big", "big", 0);
      assertNull(onDisk(union, "big", METACOPY));
      union.remount();
      assertEquals(BIG, read(union.client(), "big"));
    }
  }

  @Test
  void theMarksAreHidden() {
    try (UnionFixture union = UnionFixture.of(LOWER).open()) {
      union.client().rename("d/big", "new", 0);
      assertEquals("/d/big", Names.fromBytes(onDisk(union, "new", REDIRECT)));
      assertEquals("[user.a]", union.client().listxattr("new").toString());
    }
  }

  private static void mark(UnionFixture union, int lower, String path, String redirect) {
    String file = union.lowerPaths().get(lower) + "/" + path;
    union.setXattrOnDisk(file, METACOPY, new byte[0]);
    if (redirect != null) {
      union.setXattrOnDisk(file, REDIRECT, Names.toBytes(redirect));
    }
  }

  private static byte[] onDisk(UnionFixture union, String path, String xattr) {
    return union.xattrOnDisk(union.upperPath() + "/" + path, xattr);
  }

  private static void assertMetacopy(UnionFixture union, String path) {
    assertNotNull(onDisk(union, path, METACOPY), path + " has its data");
    try (DirectoryTree upper = new DirectoryTree(Real.SYS, union.upperPath())) {
      Stat stat = new Stat();
      upper.lstat(path, stat);
      assertTrue(stat.blocks <= 8, path + " has " + stat.blocks + " blocks"); // for its xattrs
    }
    assertFalse(union.copyUpCounts().startsWith("1"), union.copyUpCounts());
  }

  private static void run(Client client, String steps) {
    ScriptRunner runner = new ScriptRunner(client);
    for (String line : steps.split(";", -1)) {
      for (Step step : Step.parse(line)) {
        assertEquals("ok", (runner.run(step) + "  ").substring(0, 2), line);
      }
    }
    runner.closeAll();
  }

  private static Stat stat(Client client, String path) {
    Stat stat = new Stat();
    client.lstat(path, stat);
    return stat;
  }

  private static String read(Client client, String path) {
    int fd = client.open(path, OpenFlags.O_RDONLY, 0);
    byte[] read = client.read(fd, 0, 300_000);
    client.close(fd);
    return Names.fromBytes(read);
  }

  private static void append(Client client, String path, String text) {
    int fd = client.open(path, OpenFlags.O_RDWR, 0);
    client.write(fd, stat(client, path).size, Names.toBytes(text));
    client.close(fd);
  }
}
