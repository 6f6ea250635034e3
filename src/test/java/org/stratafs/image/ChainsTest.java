package org.stratafs.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stratafs.testkit.TreeSnapshot;

/** Directories that a layer has without an entry show what the layers below say of them. */
final class ChainsTest {
  private static final byte[] BASE =
      new TarBytes()
          .owner(5, 6)
          .mode(01000)
          .mtime(1000)
          .directory("./")
          .directory("a/")
          .directory("a/b/")
          .file("a/b/f", "f")
          .bytes();

  private TestStore test;

  @BeforeEach
  void open() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to give files away");
    test = new TestStore();
  }

  @AfterEach
  void close() throws IOException {
    if (test != null) {
      test.close();
    }
  }

  /** An image of the base and another layer, each imported as one and then put together. */
  private Image image(byte[] top) throws IOException {
    Image lower = test.importRootfs(BASE, "lower");
    Image upper = test.importRootfs(top, "upper");
    List<Digest> diffIds = List.of(lower.diffIds().get(0), upper.diffIds().get(0));
    List<Descriptor> layers =
        List.of(lower.manifest().layers().get(0), upper.manifest().layers().get(0));
    Image both =
        test.store()
            .put(lower.config().with("", diffIds, List.of()), layers, ImageReference.parse("both"));
    test.store().unpack(both, UnpackLimits.DEFAULT);
    return both;
  }

  private Map<String, String> tree(Image image) throws IOException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    new Exporter(test.store(), test.sys, test.log::add).export(image, Exporter.Format.ROOTFS, tar);
    return test.snapshot(
        test.tree(test.importRootfs(tar.toByteArray(), "flat")), TreeSnapshot.Part.MTIME);
  }

  @Test
  void ownersModesAndTimesComeFromBelow() throws IOException {
    byte[] withEntries =
        new TarBytes()
            .owner(5, 6)
            .mode(01000)
            .mtime(1000)
            .directory("./")
            .directory("a/")
            .directory("a/b/")
            .owner(0, 0)
            .mode(0644)
            .file("a/b/g", "g")
            .bytes();
    byte[] without = new TarBytes().mtime(1000).file("a/b/g", "g").bytes();
    assertEquals(tree(image(withEntries)), tree(image(without)));
  }

  @Test
  void anEntryOfTheTopmostCounts() throws IOException {
    byte[] top = new TarBytes().owner(9, 9).directory("a/").file("a/b/g", "").bytes();
    String line = tree(image(top)).get("a");
    assertTrue(line.contains("9:9"), line);
    assertTrue(tree(image(top)).get("a/b").contains("5:6"));
  }

  @Test
  void noTreeIsMadeWhereNoneIsNeeded() throws IOException {
    image(new TarBytes().directory("./").file("x", "").bytes());
    assertEquals(List.of(), test.store().chains().all());
  }

  @Test
  void whatIsHiddenSaysNothing() throws IOException {
    byte[] top = new TarBytes().file(".wh.a", "").file("a/b/g", "").bytes();
    String line = tree(image(top)).get("a");
    assertFalse(line.contains("5:6"), line);
  }

  @Test
  void garbageTakesTheTreeToo() throws IOException {
    image(new TarBytes().file("a/b/g", "").bytes());
    GarbageCollector collector = new GarbageCollector(test.store(), test.containers());
    collector.collect();
    assertEquals(1, test.store().chains().all().size());
    test.store().untag(test.store().find("both"));
    collector.collect();
    assertEquals(List.of(), test.store().chains().all());
  }

  @Test
  void aContainerLayersRootIsTheImages() throws IOException {
    Image image = image(new TarBytes().file("x", "").bytes());
    test.containers().make("c", image);
    Path upper = test.containers().upper("c");
    String line = test.snapshot(upper).get("");
    assertTrue(line.contains("5:6"), line);
    assertTrue(line.contains("1755"), line);
  }
}
