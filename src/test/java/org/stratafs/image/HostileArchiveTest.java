package org.stratafs.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What must be refused: the message names the entry, the store is as before. */
final class HostileArchiveTest {
  private TestStore test;

  @BeforeEach
  void open() throws IOException {
    test = new TestStore();
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  private static Arguments layer(String what, TarBytes tar, String named) {
    return Arguments.of(what, tar, named);
  }

  static Stream<Arguments> layers() {
    return Stream.of(
        layer("..", new TarBytes().file("../canary/file", "x"), "../canary/file"),
        layer(".. within", new TarBytes().file("a/../../canary/file", "x"), "a/../../canary/file"),
        layer(".. at the end", new TarBytes().directory("a/.."), "a/.."),
        layer("absolute", new TarBytes().file("/etc/x", "x"), "/etc/x"),
        layer("pax absolute", new TarBytes().pax("path", "/etc/x").file("x", ""), "/etc/x"),
        layer(
            "under a link",
            new TarBytes().symlink("l", "../../../canary").file("l/file", "x"),
            "l/file"),
        layer(
            "under an absolute link", new TarBytes().symlink("l", "/tmp").file("l/x", "x"), "l/x"),
        layer(
            "directory under a link",
            new TarBytes().symlink("l", "/tmp").directory("l/d/"),
            "l/d/"),
        layer(
            "whiteout under a link",
            new TarBytes().symlink("l", "../../../canary").file("l/.wh.file", ""),
            "l/.wh.file"),
        layer(
            "opaque mark under a link",
            new TarBytes().symlink("l", "../../../canary").file("l/.wh..wh..opq", ""),
            "l/.wh..wh..opq"),
        layer("under a file", new TarBytes().file("f", "").file("f/x", "x"), "f/x"),
        layer("hard link outside", new TarBytes().hardLink("h", "../canary/file"), "h"),
        layer("hard link to absolute", new TarBytes().hardLink("h", "/etc/passwd"), "h"),
        layer("hard link to nothing", new TarBytes().hardLink("h", "nothing"), "h"),
        layer("hard link to itself", new TarBytes().hardLink("h", "h"), "h"),
        layer("hard link to later", new TarBytes().hardLink("h", "f").file("f", ""), "h"),
        layer("hard link to a directory", new TarBytes().directory("d/").hardLink("h", "d"), "h"),
        layer("hard link to a whiteout", new TarBytes().file(".wh.f", "").hardLink("h", "f"), "h"),
        layer(
            "hard link through a link",
            new TarBytes().symlink("l", "../../../canary").hardLink("h", "l/file"),
            "h"),
        layer(
            "hard link over a directory",
            new TarBytes().file("f", "").directory("d/").file("d/x", "").hardLink("d", "f"),
            "d"),
        layer("whiteout of .", new TarBytes().file(".wh..", ""), ".wh.."),
        layer("whiteout of ..", new TarBytes().file("d/.wh...", ""), "d/.wh..."),
        layer("whiteout of nothing", new TarBytes().file(".wh.", ""), ".wh."),
        layer("device 0:0", new TarBytes().device("w", '3', 0, 0), "w"),
        layer("root is a file", new TarBytes().file("./", "x"), "./"),
        layer("root is a link", new TarBytes().symlink(".", "/"), "."),
        layer("symlink to nothing", new TarBytes().symlink("l", ""), "l"),
        layer("long component", new TarBytes().pax("path", "x".repeat(256)).file("x", ""), "xxx"),
        layer(
            "an impossible size",
            new TarBytes()
                .pax("GNU.sparse.size", "999999999999999999", "GNU.sparse.map", "0,1")
                .file("f", "x"),
            "f"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("layers")
  void isRefused(String what, TarBytes tar, String named) throws IOException {
    List<String> before = test.listing();
    byte[] bytes = tar.bytes();
    ImageException e =
        assertThrows(ImageException.class, () -> test.importRootfs(bytes, "bad"), what);
    assertTrue(e.getMessage().contains(named), e.getMessage());
    assertEquals(before, test.listing(), "the store");
    assertTrue(test.canaryIsUntouched());
  }

  @Test
  void aTruncatedLayerIsRefused() throws IOException {
    List<String> before = test.listing();
    byte[] cut = new TarBytes().file("f", "x").withoutEndMark();
    ImageException e = assertThrows(ImageException.class, () -> test.importRootfs(cut, "bad"));
    assertTrue(e.getMessage().contains("truncated"), e.getMessage());
    assertEquals(before, test.listing());
  }

  @Test
  void limitsStopBombs() throws IOException {
    List<String> before = test.listing();
    Importer small = new Importer(test.store(), new UnpackLimits(100_000, 10));
    byte[] large = new TarBytes().file("f", "x".repeat(200_000)).bytes();
    assertLimited(small, large, "--max-bytes");
    TarBytes many = new TarBytes();
    for (int i = 0; i < 11; i++) {
      many.file("f" + i, "");
    }
    assertLimited(small, many.bytes(), "--max-entries");
    assertEquals(before, test.listing());
  }

  private static void assertLimited(Importer importer, byte[] tar, String option) {
    ImageException e =
        assertThrows(
            ImageException.class,
            () ->
                importer.importStream(
                    new ByteArrayInputStream(tar),
                    Importer.Format.ROOTFS,
                    ImageReference.parse("bad"),
                    "a bomb"));
    assertTrue(e.getMessage().contains(option), e.getMessage());
  }

  @Test
  void privateMarksOfAnUnionCannotBeSmuggledIn() throws IOException {
    Image image =
        test.importRootfs(
            new TarBytes()
                .pax(
                    "SCHILY.xattr.trusted.overlay.redirect", "/etc",
                    "SCHILY.xattr.user.overlay.redirect", "/etc",
                    "SCHILY.xattr.user.containers.override_stat", "0:0:4755")
                .directory("d/")
                .bytes(),
            "t");
    var snapshot =
        test.snapshot(test.tree(image), org.stratafs.testkit.TreeSnapshot.Part.PRIVATE_XATTRS);
    String line = snapshot.get("d");
    assertTrue(
        !line.contains(".overlay.redirect") || line.contains(".overlay.overlay.redirect"), line);
    assertTrue(!line.contains("override_stat"), line);
  }
}
