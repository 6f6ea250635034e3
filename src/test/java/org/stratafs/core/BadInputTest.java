package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.DirectoryTree;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.SyscallWrapper;
import org.stratafs.testkit.TreeSpec;
import org.stratafs.testkit.UnionFixture;
import org.stratafs.union.UnionOptions;

/**
 * Layers that hold what no program of sense would put there: a defined errno for that name alone,
 * the rest usable, and a line in the log.
 */
class BadInputTest {
  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "trusted xattrs and devices in layers need root");
  }

  private static int errnoOf(Runnable step) {
    return assertThrows(FsException.class, step::run).errno();
  }

  /** The name gives the errno each time, its parent is listed, the rest works, one line is told. */
  private static void spoilsItselfOnly(UnionFixture union, String bad, int errno) {
    Client client = union.client();
    for (int i = 0; i < 3; i++) {
      assertEquals(errno, errnoOf(() -> client.lstat(bad)), Errno.name(errno));
      assertEquals("bad good", client.names(""));
    }
    assertEquals("good", client.text("good"));
    client.write("good", "GOOD");
    assertEquals(1, union.warnings().size(), union.warnings().toString());
    assertTrue(union.warnings().get(0).contains("\"" + bad + "\""), union.warnings().toString());
    client.write("new", "new");
    assertEquals("new", client.text("new"));
    client.unlink("new");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"..", "/..", "a/b", "/", "//x", "/a//b", "/a/../b", "/a/", ".", "/./a", ""})
  void aRedirectThatIsNoNameOrPathIsEinval(String redirect) {
    String xattr = redirect.isEmpty() ? "\"\"" : redirect;
    for (String layer : new String[] {"upper", "lower"}) {
      TreeSpec spec = TreeSpec.parse("file bad/x x\nfile good good");
      try (UnionFixture union =
          new UnionFixture()
              .upper(layer.equals("upper") ? spec : TreeSpec.parse(""))
              .lower(layer.equals("lower") ? spec : TreeSpec.parse(""))
              .lower("file bad/y y\nfile a/b z")) {
        String at = layer.equals("upper") ? union.upperPath() : union.lowerPaths().get(0);
        union.setXattrOnDisk(at + "/bad", "trusted.overlay.redirect", Names.toBytes(redirect));
        union.open();
        union.client().dropCaches();
        assertEquals(Errno.EINVAL, errnoOf(() -> union.client().lstat("bad")), xattr + " " + layer);
        assertEquals("a bad good", union.client().names(""));
        assertEquals("z", union.client().text("a/b"));
        assertEquals("good", union.client().text("good"));
        assertEquals(1, union.warnings().size(), union.warnings().toString());
        assertTrue(union.warnings().get(0).contains("\"bad\""), union.warnings().toString());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/nowhere,x", // leads to nothing
    "absent,x",
    "file,x", // a file below: the directory has no lower
    "/dir/file,x",
    "LONG,x",
    "/LONG/LONG,x",
    "bad,x y", // to its own name: that is what it would be without
    "/bad,x y",
    "/dir,file x",
  })
  void aRedirectToNothingOrToItselfIsADirectoryWithWhatIsThere(String redirect, String names) {
    String value = redirect.replace("LONG", "n".repeat(300));
    try (UnionFixture union =
        UnionFixture.of("file bad/y y\nfile dir/file f\nfile file x")
            .upper("dir bad trusted.overlay.redirect=" + value + "\nfile bad/x x")
            .open()) {
      assertEquals(names, union.client().names("bad"));
      assertEquals("bad dir file", union.client().names(""));
      assertEquals("[]", union.warnings().toString());
    }
  }

  @Test
  void redirectsThatLeadInACircleEndAtTheLowestLayer() {
    String top =
        "dir a trusted.overlay.redirect=/b\nfile a/1 x\ndir b trusted.overlay.redirect=/a\nfile b/1 x";
    String middle =
        "dir a trusted.overlay.redirect=b\nfile a/2 x\ndir b trusted.overlay.redirect=a\nfile b/2 x";
    try (UnionFixture union =
        UnionFixture.of(top, middle, top.replace('1', '3')).upper("").open()) {
      assertEquals("1 2 3", union.client().names("a"));
      assertEquals("1 2 3", union.client().names("b"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "trusted.overlay.origin=garbage",
        "trusted.stratafs.origin=garbage",
        "trusted.stratafs.origin=nine-byte",
        "user.stratafs.origin=",
        "trusted.overlay.opaque=q",
        "trusted.overlay.opaque=",
        "user.fuseoverlayfs.opaque=n",
        "trusted.overlay.impure=z",
        "trusted.overlay.nlink=U+9999999999",
        "trusted.stratafs.nlink=xxxx../../upper/good",
        "trusted.stratafs.nlink=xxxx0-1",
        "trusted.overlay.whiteout=y",
        "trusted.overlay.unheard-of=y"
      })
  void anXattrThatMeansNothingIsLeftOut(String xattr) {
    String upper =
        "dir . trusted.overlay.impure=y\ndir bad "
            + xattr
            + "\nfile good good "
            + xattr
            + "\nhard good2 good\nfile bad/x x";
    try (UnionFixture union =
        UnionFixture.of("file bad/y y\nfile good low")
            .upper(upper.replace("dir . ", "dir \"\" "))
            .open()) {
      Client client = union.client();
      for (int mount = 0; mount < 2; mount++) {
        assertEquals("bad good good2", client.names(""));
        assertEquals("x y", client.names("bad"));
        assertEquals("good", client.text("good"));
        assertEquals(2, client.lstat("good").nlink);
        assertEquals(client.lstat("good").ino, client.lstat("good2").ino);
        union.remount();
        client = union.client();
      }
      client.chmod("good", 0600);
      client.unlink("good2");
      client.rename("bad", "moved", 0);
      assertEquals("x y", client.names("moved"));
      assertEquals("good moved", client.names(""));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dir .wh.gone",
        "dir .wh.gone\nfile .wh.gone/x x",
        "fifo .wh.gone",
        "sock .wh.gone",
        "chr .wh.gone 1:3",
        "whiteout .wh.gone",
        "link .wh.gone .",
        "whiteout gone",
        "whiteout other\nhard gone other",
        "whiteout gone\ndir .wh.gone",
        "dir .wh..wh..opq"
      })
  void aWhiteoutOfAnyTypeInAnyLayerHidesAndCanBeReplaced(String mark) {
    for (boolean inUpper : new boolean[] {true, false}) {
      try (UnionFixture union =
          UnionFixture.of(inUpper ? "" : mark, "file gone text\nfile gone2/x x")
              .upper(inUpper ? mark : "")
              .open()) {
        Client client = union.client();
        boolean opaque = mark.contains("opq");
        assertEquals(opaque ? "" : "gone2", client.names(""));
        assertFalse(client.exists("gone"));
        client.mkdir("gone", 0755);
        assertEquals("", client.names("gone"));
        client.rmdir("gone");
        client.write("gone", "new");
        client.rename("gone", "moved", 0);
        assertFalse(client.exists("gone"));
        assertEquals(opaque ? "moved" : "gone2 moved", client.names(""));
        union.remount();
        assertEquals(opaque ? "moved" : "gone2 moved", union.client().names(""));
      }
    }
  }

  @Test
  void bookkeepingOfAufsIsNeverShownAndNeverInTheWay() {
    String aufs =
        "file d/.wh..wh.aufs x\ndir d/.wh..wh.plnk\nfile d/.wh..wh.plnk/1.2 x\ndir d/.wh..wh.orph";
    try (UnionFixture union = UnionFixture.of(aufs, "file d/x x").upper(aufs).open()) {
      Client client = union.client();
      assertEquals("x", client.names("d"));
      client.unlink("d/x");
      client.rmdir("d");
      client.mkdir("d", 0755);
      assertEquals("", client.names("d"));
    }
  }

  @Test
  void filesAndDirectoriesOfOneNameInEveryOrderOverThreeLayers() {
    String[] kinds = {"", "file n LAYER", "file n/LAYER x", "whiteout n"};
    for (int i = 0; i < kinds.length * kinds.length * kinds.length; i++) {
      int[] at = {i % 4, i / 4 % 4, i / 16};
      List<String> layers = new ArrayList<>();
      String file = null;
      StringBuilder directory = null;
      boolean ended = false;
      for (int layer = 0; layer < 3; layer++) {
        layers.add(kinds[at[layer]].replace("LAYER", "l" + layer));
        boolean isDirectory = at[layer] == 2;
        if (!ended && isDirectory) {
          directory = directory == null ? new StringBuilder() : directory.append(' ');
          directory.append("l").append(layer);
        }
        if (!ended && at[layer] == 1 && directory == null) {
          file = "l" + layer;
        }
        ended |= at[layer] == 1 || at[layer] == 3;
      }
      try (UnionFixture union =
          UnionFixture.of(layers.get(1), layers.get(2)).upper(layers.get(0)).open()) {
        Client client = union.client();
        String said = layers.toString();
        if (file != null) {
          assertEquals(file, client.text("n"), said);
        } else if (directory != null) {
          assertEquals(directory.toString(), client.names("n"), said);
        } else {
          assertFalse(client.exists("n"), said);
        }
        assertEquals(file == null && directory == null ? "" : "n", client.names(""), said);
      }
    }
  }

  @Test
  void cyclicAndOverlongSymbolicLinksAreShownAsTheyAre() {
    String longest = "t".repeat(4095);
    try (UnionFixture union =
        UnionFixture.of(
                "link loop loop\nlink a b\nlink b a\nlink out ../../../etc/passwd\nlink long "
                    + longest)
            .open()) {
      Client client = union.client();
      assertEquals("loop", client.readlink("loop"));
      assertEquals("../../../etc/passwd", client.readlink("out"));
      assertEquals(longest, client.readlink("long"));
      client.chown("long", 1, 1); // copied up
      client.rename("a", "c", 0);
      assertEquals(longest, client.readlink("long"));
      assertEquals("b", client.readlink("c"));
    }
  }

  /** Fails calls about a name, as a broken disk does. */
  private static final class BadName extends SyscallWrapper {
    private final int errno;
    private final String call;

    BadName(Syscalls real, String call, int errno) {
      super(real);
      this.call = call;
      this.errno = errno;
    }

    @Override
    protected void before(String called, Object[] args) {
      if (called.equals(call) && args.length > 1 && "bad".equals(args[1])) {
        throw new FsException(errno);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Errno.EIO, Errno.EACCES})
  void anEntryThatCannotBeReadSpoilsItselfOnly(int errno) {
    for (String layer : new String[] {"upper", "lower"}) {
      String spec = "file bad bad\nfile good good";
      try (UnionFixture union =
          UnionFixture.of(layer.equals("lower") ? spec : "")
              .upper(layer.equals("upper") ? spec : "")
              .wrap(sys -> new BadName(sys, "statOrAbsent", errno).syscalls())
              .open()) {
        spoilsItselfOnly(union, "bad", errno);
      }
    }
  }

  @Test
  void aDirectoryThatCannotBeOpenedSpoilsItselfOnly() {
    try (UnionFixture union =
        UnionFixture.of("file bad/x x\nfile good good")
            .wrap(sys -> new BadName(sys, "openat2", Errno.EIO).syscalls())
            .open()) {
      spoilsItselfOnly(union, "bad", Errno.EIO);
    }
  }

  @Test
  void aDirectoryThatCannotBeListedInOneLayerIsSearchedAllTheSame() {
    boolean[] broken = new boolean[1];
    try (UnionFixture union =
        UnionFixture.of("file d/x x\nfile good good", "file d/y y")
            .wrap(
                sys ->
                    new SyscallWrapper(sys) {
                      @Override
                      protected void before(String call, Object[] args) {
                        if (broken[0] && call.equals("readDirectory")) {
                          throw new FsException(Errno.EIO);
                        }
                      }
                    }.syscalls())
            .open()) {
      broken[0] = true;
      for (int i = 0; i < 5; i++) {
        assertEquals(Errno.EIO, errnoOf(() -> union.client().names("d")));
        assertEquals("x", union.client().text("d/x"));
        assertEquals("y", union.client().text("d/y"));
        assertFalse(union.client().exists("d/z" + i));
      }
      assertEquals(1, union.warnings().size(), union.warnings().toString());
      assertTrue(union.warnings().get(0).contains("\"d\""), union.warnings().toString());
      broken[0] = false;
      assertEquals("x y", union.client().names("d"));
    }
  }

  /** As for an ordinary user, who may make no devices and give no file away. */
  @ParameterizedTest
  @CsvSource({"mknodat,d/dev,a device", "fchownat,d/file,an owner"})
  void whatMayNotBeCopiedUpIsToldOnceWithTheReason(String call, String path, String reason) {
    boolean[] forbidden = {false};
    try (UnionFixture union =
        UnionFixture.of("chr d/dev 1:3\nfile d/file x uid=5\nfile good good")
            .wrap(
                sys ->
                    new SyscallWrapper(sys) {
                      @Override
                      protected void before(String called, Object[] args) {
                        if (forbidden[0] && called.equals(call)) {
                          throw new FsException(Errno.EPERM);
                        }
                      }
                    }.syscalls())
            .open()) {
      union.client().mkdir("d/new", 0755); // so that only the file itself is left to be copied
      forbidden[0] = true;
      for (int i = 0; i < 3; i++) {
        assertEquals(Errno.EPERM, errnoOf(() -> union.client().chmod(path, 0600)));
      }
      assertEquals(1, union.warnings().size(), union.warnings().toString());
      String line = union.warnings().get(0);
      assertTrue(
          line.startsWith("\"" + path + "\" cannot be copied up: ") && line.contains(reason), line);
      forbidden[0] = false;
      union.client().chmod(path, 0600);
    }
  }

  @Test
  void namesOf255BytesAndOfNoEncodingAreUsedInEveryLayer() {
    String name = "\u00ff\u00c3(\u0001\n".repeat(51);
    assertEquals(255, name.length());
    String directory = "\u00fe".repeat(255);
    TreeSpec.Item file = new TreeSpec.Item("file", directory + "/" + name, "x", java.util.Map.of());
    TreeSpec spec = new TreeSpec(List.of(file));
    try (UnionFixture union = new UnionFixture().upper("").lower(spec).open()) {
      Client client = union.client();
      assertEquals("x", client.text(directory + "/" + name));
      client.write(directory + "/" + name, "y");
      client.rename(directory, name, 0);
      client.unlink(name + "/" + name);
      assertFalse(client.exists(name + "/" + name));
      client.rmdir(name);
      assertEquals("", client.names(""));
    }
  }

  @Test
  void pathsBeyondPathMaxAreUsed() {
    UnionOptions usual = UnionOptions.defaults();
    UnionOptions few =
        new UnionOptions(
            false,
            false,
            true,
            true,
            false,
            false,
            usual.redirects(),
            true,
            usual.metacopy(),
            usual.metacopyAbove(),
            /* layerXattrs= */ true,
            /* directoryDescriptors= */ 16,
            1);
    try (UnionFixture union = UnionFixture.of("").options(few)) {
      StringBuilder path = new StringBuilder();
      try (DirectoryTree lower = new DirectoryTree(union.real(), union.lowerPaths().get(0))) {
        for (int i = 0; i < 30; i++) { // as deep as this tree can make it in one step
          path.append(i == 0 ? "" : "/").append("d".repeat(99));
          lower.mkdir(path.toString(), 0755);
        }
      }
      union.open();
      Client client = union.client();
      for (int i = 0; i < 60; i++) {
        path.append("/").append("e".repeat(99));
        client.mkdir(path.toString(), 0755);
      }
      assertTrue(path.length() > 2 * Names.PATH_MAX);
      String file = path + "/f";
      client.write(file, "deep");
      union.remount();
      assertEquals("deep", union.client().text(file));
      union.client().rename(path.substring(0, 99), "moved", 0);
      assertEquals("deep", union.client().text("moved" + file.substring(99)));
      union.client().unlink("moved" + file.substring(99));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dir KEY",
        "dir KEY\nfile KEY/x x",
        "link KEY /etc/passwd",
        "fifo KEY",
        "file KEY garbage"
      })
  void aHardLinkIndexEntryThatIsNoCopySpoilsAtMostItsOwnNames(String entry) {
    try (UnionFixture union = UnionFixture.of("file a text\nhard b a\nfile good good").open()) {
      union.client().chmod("a", 0600);
      String index = union.workPath() + "/hardlinks";
      String key;
      try (DirectoryTree tree = new DirectoryTree(union.real(), index)) {
        key = tree.names("");
      }
      union.client().chmod("a", 0644);
      union.unmount();
      try (DirectoryTree tree = new DirectoryTree(union.real(), index)) {
        tree.unlink(key);
        org.stratafs.testkit.TempTree.remove(
            union.real(), Syscalls.AT_FDCWD, union.upperPath() + "/a");
        int fd =
            union.real().openat(Syscalls.AT_FDCWD, index, org.stratafs.posix.OpenFlags.O_PATH, 0);
        org.stratafs.testkit.TreeBuilder.build(
            union.real(), fd, TreeSpec.parse(entry.replace("KEY", key)));
        union.real().close(fd);
      }
      union.open();
      Client client = union.client();
      assertEquals("a b good", client.names(""));
      assertEquals("good", client.text("good"));
      boolean taken = entry.startsWith("file");
      assertEquals(taken ? "garbage" : "text", client.text("a"));
      assertEquals(taken ? 0 : 1, union.warnings().size(), union.warnings().toString());
      client.chmod("a", 0600);
      client.write("b", taken ? "GARBAGE" : "TEXT");
      assertEquals(taken ? "GARBAGE" : "TEXT", client.text("a"));
      union.remount();
      assertEquals(taken ? "GARBAGE" : "TEXT", union.client().text("a"));
    }
  }
}
