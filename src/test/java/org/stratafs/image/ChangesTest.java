package org.stratafs.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.TreeSnapshot;

/** diff, commit, squash and export of what an upper changes. */
final class ChangesTest {
  private static final Committer.Words WORDS =
      new Committer.Words("me", "a comment", "a test", List.of());

  private TestStore test;
  private Image base;
  private Path upper;

  @BeforeEach
  void open() throws IOException {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "needs root to write trusted xattrs");
    test = new TestStore();
    base =
        test.importRootfs(
            new TarBytes()
                .directory("d/")
                .file("d/old", "old")
                .directory("d/sub/")
                .file("d/sub/x", "x")
                .directory("o/")
                .file("o/below", "below")
                .file("f", "f")
                .file("t", "type")
                .bytes(),
            "base");
    Container container = test.containers().make("c", base);
    upper = test.containers().upper(container.name());
  }

  @AfterEach
  void close() throws IOException {
    if (test != null) {
      test.close();
    }
  }

  private void whiteout(String path) {
    test.sys.mknodat(Syscalls.AT_FDCWD, PathBytes.of(upper.resolve(path)), Mode.S_IFCHR, 0);
  }

  private void xattr(String path, String name, String value) {
    int fd = test.sys.openat(Syscalls.AT_FDCWD, PathBytes.of(upper), OpenFlags.O_DIRECTORY, 0);
    try {
      test.sys.setxattr(fd, path, name, Names.toBytes(value), 0);
    } finally {
      test.sys.close(fd);
    }
  }

  private void write(String path, String content) throws IOException {
    Files.createDirectories(upper.resolve(path).getParent());
    Files.writeString(upper.resolve(path), content);
  }

  /** One of each kind. */
  private void change() throws IOException {
    write("d/new", "new");
    whiteout("d/old");
    write("f", "changed");
    Files.createDirectory(upper.resolve("o"));
    xattr("o", "trusted.overlay.opaque", "y");
    write("o/here", "here");
    Files.createDirectory(upper.resolve("moved"));
    whiteout("d/sub");
    xattr("moved", "trusted.overlay.redirect", "/d/sub");
    write("moved/y", "y");
    Files.createDirectory(upper.resolve("t"));
    xattr("t", "trusted.overlay.opaque", "y");
  }

  private List<String> diff(String path) throws IOException {
    List<String> lines = new ArrayList<>();
    new Differ(test.sys, test.log::add)
        .upper(
            path,
            null,
            test.store().treesOf(base.diffIds()),
            c -> lines.add(c.kind() + " " + c.path()));
    return lines;
  }

  private static final List<String> LINES =
      List.of(
          "C /d",
          "A /d/new",
          "D /d/old",
          "D /d/sub",
          "C /f",
          "A /moved",
          "A /moved/x",
          "A /moved/y",
          "C /o",
          "D /o/below",
          "A /o/here",
          "C /t");

  @Test
  void diffOfAnUpper() throws IOException {
    assertEquals(List.of(), diff(PathBytes.of(upper)));
    change();
    assertEquals(LINES, diff(PathBytes.of(upper)));
  }

  @Test
  void anUpperOverNobodyKnowsWhat() throws IOException {
    write("d/new", "new");
    whiteout("d/old");
    Files.createDirectory(upper.resolve("o"));
    xattr("o", "trusted.overlay.opaque", "y");
    List<String> lines = new ArrayList<>();
    new Differ(test.sys, test.log::add)
        .upper(PathBytes.of(upper), null, List.of(), c -> lines.add(c.kind() + " " + c.path()));
    assertEquals(List.of("A /d", "A /d/new", "D /d/old", "A /o"), lines);
    Image image =
        committer()
            .commit(
                PathBytes.of(upper),
                null,
                null,
                ImageReference.parse("u"),
                WORDS,
                Compression.NONE);
    test.store().unpack(image, UnpackLimits.DEFAULT);
    String marks = test.snapshot(test.tree(image), TreeSnapshot.Part.PRIVATE_XATTRS).toString();
    assertTrue(marks.contains("overlay.opaque=y"), marks);
    assertTrue(Files.exists(test.tree(image).resolve("d/old")), "its whiteout");
    xattr("o", "trusted.overlay.opaque", "n");
    xattr("o", "trusted.overlay.redirect", "elsewhere");
    ImageException e =
        assertThrows(
            ImageException.class,
            () ->
                committer()
                    .commit(
                        PathBytes.of(upper),
                        null,
                        null,
                        ImageReference.parse("u"),
                        WORDS,
                        Compression.NONE));
    assertTrue(e.getMessage().contains("'o' was renamed"), e.getMessage());
  }

  private Image commit(String name) throws IOException {
    return committer()
        .commit(
            PathBytes.of(upper), null, base, ImageReference.parse(name), WORDS, Compression.NONE);
  }

  private Committer committer() {
    return new Committer(test.store(), test.sys, test.log::add);
  }

  private Map<String, String> rootfs(Image image) throws IOException {
    test.store().unpack(image, UnpackLimits.DEFAULT);
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    new Exporter(test.store(), test.sys, test.log::add).export(image, Exporter.Format.ROOTFS, tar);
    Image flat = test.importRootfs(tar.toByteArray(), "flat");
    return test.snapshot(test.tree(flat), TreeSnapshot.Part.MTIME);
  }

  @Test
  void aCommitShowsWhatTheUnionShows() throws IOException {
    change();
    Image image = commit("new");
    assertEquals(2, image.diffIds().size());
    Map<String, String> tree = rootfs(image);
    assertEquals(
        List.of("d", "d/new", "f", "moved", "moved/x", "moved/y", "o", "o/here", "t"),
        tree.keySet().stream().filter(p -> !p.isEmpty()).toList());
    List<String> between = new ArrayList<>();
    new Differ(test.sys, test.log::add)
        .stacks(
            test.store().treesOf(base.diffIds()),
            test.store().treesOf(image.diffIds()),
            c -> between.add(c.kind() + " " + c.path()));
    assertEquals(LINES, between);
  }

  @Test
  void theSameUpperMakesTheSameLayer() throws IOException {
    change();
    Digest first = commit("one").diffIds().get(1);
    Digest second = commit("two").diffIds().get(1);
    assertEquals(first, second);
    for (Compression compression : List.of(Compression.GZIP, Compression.ZSTD)) {
      Image compressed =
          committer()
              .commit(
                  PathBytes.of(upper), null, base, ImageReference.parse("z"), WORDS, compression);
      assertEquals(first, compressed.diffIds().get(1));
      assertEquals(
          MediaTypes.LAYER + (compression == Compression.GZIP ? "+gzip" : "+zstd"),
          compressed.manifest().layers().get(1).mediaType());
    }
  }

  @Test
  void historyAndConfiguration() throws IOException {
    write("n", "n");
    Committer.Words words =
        new Committer.Words(
            "me",
            "why",
            "by hand",
            List.of(
                "CMD [\"a\", \"b c\"]",
                "ENTRYPOINT run me",
                "ENV A=1 B=\"two words\"",
                "ENV A 3",
                "LABEL x=y",
                "EXPOSE 80 53/udp",
                "VOLUME /data",
                "USER 5:6",
                "WORKDIR /w",
                "STOPSIGNAL SIGINT"));
    Image image =
        committer()
            .commit(
                PathBytes.of(upper),
                null,
                base,
                ImageReference.parse("n"),
                words,
                Compression.NONE);
    var config = image.config().copy();
    assertEquals("me", config.path("author").asText());
    assertEquals(
        "{\"Cmd\":[\"a\",\"b c\"],\"Entrypoint\":[\"/bin/sh\",\"-c\",\"run me\"],"
            + "\"Env\":[\"A=3\",\"B=two words\"],\"Labels\":{\"x\":\"y\"},"
            + "\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":{}},\"Volumes\":{\"/data\":{}},"
            + "\"User\":\"5:6\",\"WorkingDir\":\"/w\",\"StopSignal\":\"SIGINT\"}",
        config.path("config").toString());
    HistoryEntry last = image.config().history().get(1);
    assertEquals("why", last.comment());
    assertEquals("by hand", last.createdBy());
    assertFalse(last.isEmptyLayer());
  }

  @Test
  void changesThatAreNoneAreRefused() {
    for (String change : List.of("RUN x", "CMD", "ENV A", "ENV =1", "ENV A='x")) {
      Committer.Words words = new Committer.Words(null, null, "x", List.of(change));
      ImageException e =
          assertThrows(
              ImageException.class,
              () ->
                  committer()
                      .commit(
                          PathBytes.of(upper),
                          null,
                          base,
                          ImageReference.parse("n"),
                          words,
                          Compression.NONE));
      assertTrue(e.getMessage().contains(change), e.getMessage());
    }
  }

  @Test
  void hardLinksStayOnes() throws IOException {
    write("h1", "h");
    Files.createLink(upper.resolve("h2"), upper.resolve("h1"));
    Image image = commit("h");
    test.store().unpack(image, UnpackLimits.DEFAULT);
    Path tree = test.tree(image);
    assertTrue(Files.isSameFile(tree.resolve("h1"), tree.resolve("h2")));
  }

  @Test
  void privateXattrsStayBehindAndOthersGo() throws IOException {
    write("x", "x");
    xattr("x", "user.mine", "1");
    xattr("x", "trusted.overlay.origin", "o");
    Image image = commit("x");
    test.store().unpack(image, UnpackLimits.DEFAULT);
    String line = test.snapshot(test.tree(image), TreeSnapshot.Part.PRIVATE_XATTRS).get("x");
    assertTrue(line.contains("user.mine"), line);
    assertFalse(line.contains("origin"), line);
  }

  @Test
  void squashDropsWhatIsDeleted() throws IOException {
    change();
    Image two = commit("two");
    test.store().unpack(two, UnpackLimits.DEFAULT);
    Squasher squasher = new Squasher(test.store(), test.sys, test.log::add);
    Image one = squasher.squash(two, 2, ImageReference.parse("one"), "all", Compression.NONE);
    assertEquals(1, one.diffIds().size());
    assertEquals(rootfs(two), rootfs(one));
    String bytes =
        Names.fromBytes(
            Files.readAllBytes(test.store().blobs().path(one.manifest().layers().get(0).digest())));
    assertFalse(bytes.contains("below"), "the content of a file that was deleted");
    assertFalse(bytes.contains(".wh."), "there is nothing below to hide");
    assertEquals(1, one.config().history().size());
  }

  @Test
  void squashOfTheNewestKeepsWhatHidesTheRest() throws IOException {
    change();
    Image two = commit("two");
    test.store().unpack(two, UnpackLimits.DEFAULT);
    Path second = Path.of(test.temp.path(), "second");
    Files.createDirectory(second);
    upper = second;
    base = two;
    whiteout("f");
    write("d/old", "again");
    Image three = commit("three");
    test.store().unpack(three, UnpackLimits.DEFAULT);
    Image squashed =
        new Squasher(test.store(), test.sys, test.log::add)
            .squash(three, 2, ImageReference.parse("s"), null, Compression.GZIP);
    assertEquals(2, squashed.diffIds().size());
    assertEquals(three.diffIds().get(0), squashed.diffIds().get(0));
    assertEquals(rootfs(three), rootfs(squashed));
  }

  @Test
  void squashOfTooManyIsRefused() {
    Squasher squasher = new Squasher(test.store(), test.sys, test.log::add);
    for (int count : new int[] {0, 2}) {
      assertThrows(
          ImageException.class,
          () -> squasher.squash(base, count, ImageReference.parse("s"), null, Compression.NONE));
    }
  }

  @Test
  void anUpperThatChangesMeanwhileIsNotCommitted() throws IOException {
    for (int i = 0; i < 50; i++) {
      write("n" + i, "x");
    }
    List<String> before = test.listing();
    // Written to by the listing of another directory entry: the fingerprint is taken twice.
    Committer racing =
        new Committer(
            test.store(),
            new org.stratafs.testkit.SyscallWrapper(test.sys) {
              private int reads;

              @Override
              protected void before(String call, Object[] args) {
                if (call.equals("pread") && ++reads == 10) {
                  try {
                    Files.writeString(upper.resolve("n1"), "changed");
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                }
              }
            }.syscalls(),
            test.log::add);
    ImageException e =
        assertThrows(
            ImageException.class,
            () ->
                racing.commit(
                    PathBytes.of(upper),
                    null,
                    base,
                    ImageReference.parse("r"),
                    WORDS,
                    Compression.NONE));
    assertTrue(e.getMessage().contains("while it was read"), e.getMessage());
    assertEquals(before, test.listing());
  }

  @Test
  void exportsComeBackTheSame() throws IOException {
    change();
    Image image = commit("round:1");
    test.store().unpack(image, UnpackLimits.DEFAULT);
    for (Exporter.Format format : List.of(Exporter.Format.OCI, Exporter.Format.DOCKER)) {
      ByteArrayOutputStream tar = new ByteArrayOutputStream();
      new Exporter(test.store(), test.sys, test.log::add).export(image, format, tar);
      try (TestStore other = new TestStore()) {
        Image back = other.importArchive(tar.toByteArray(), null).get(0);
        assertEquals("round:1", back.display());
        assertEquals(image.id(), back.id());
        assertEquals(image.diffIds(), back.diffIds());
      }
    }
  }

  @Test
  void analysisFindsWhatNobodySees() throws IOException {
    change();
    Image image = commit("a");
    test.store().unpack(image, UnpackLimits.DEFAULT);
    Analysis.Result result = new Analysis(test.store(), test.sys, test.log::add).analyse(image, 10);
    List<String> hidden = result.largest().stream().map(Analysis.Waste::path).sorted().toList();
    assertEquals(List.of("/d/old", "/d/sub/x", "/f", "/o/below", "/t"), hidden);
    assertEquals("old".length() + 1 + 1 + "below".length() + "type".length(), result.wasted());
    assertEquals(0, result.layers().get(1).wasted());
  }
}
