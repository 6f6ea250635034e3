package org.stratafs.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Names, garbage, damage and locks. */
final class StoreTest {
  private TestStore test;

  @BeforeEach
  void open() throws IOException {
    test = new TestStore();
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  private static byte[] tar(String content) {
    return new TarBytes().directory("d/").file("d/f", content).file("d/.wh.x", "").bytes();
  }

  private List<String> problems() throws IOException {
    List<String> found = new ArrayList<>();
    int count =
        new StoreCheck(test.store(), test.containers(), test.sys, test.log::add, found::add)
            .check();
    assertEquals(found.size(), count);
    return found;
  }

  private GarbageCollector.Freed collect() throws IOException {
    return new GarbageCollector(test.store(), test.containers()).collect();
  }

  @Test
  void isAnOciImageLayout() throws IOException {
    test.importRootfs(tar("x"), "a:1");
    assertEquals(
        "{\"imageLayoutVersion\":\"1.0.0\"}", Files.readString(test.root.resolve("oci-layout")));
    String index = Files.readString(test.root.resolve("index.json"));
    assertTrue(index.contains("\"org.opencontainers.image.ref.name\":\"a:1\""), index);
  }

  @Test
  void names() throws IOException {
    Image a = test.importRootfs(tar("x"), "a:1");
    test.store().tag(a, ImageReference.parse("host:5000/b"));
    assertEquals(a.id(), test.store().find("host:5000/b").id());
    assertEquals(a.id(), test.store().find("host:5000/b:latest").id());
    assertEquals(a.id(), test.store().find(a.id().shortHex()).id());
    assertEquals(a.id(), test.store().find(a.id().toString()).id());
    Image b = test.importRootfs(tar("y"), "a:1");
    assertEquals(b.id(), test.store().find("a:1").id(), "the name went to the newer");
    test.store().untag(test.store().find("a:1"));
    assertThrows(ImageException.class, () -> test.store().find("a:1"));
    assertEquals(a.id(), test.store().find("host:5000/b").id());
  }

  @Test
  void namesThatAreNoneAreRefused() {
    for (String name :
        List.of("", ":x", "A", "a:", "a:.x", "a/", "/a", "a//b", "-a", "a b", "a:b c", "../x")) {
      assertThrows(ImageException.class, () -> ImageReference.parse(name), name);
    }
  }

  @Test
  void garbageGoesAndTheRestStays() throws IOException {
    Image a = test.importRootfs(tar("x"), "a");
    Image b = test.importRootfs(tar("y"), "b");
    test.store().untag(a);
    GarbageCollector.Freed freed = collect();
    assertEquals(1, freed.layers());
    assertEquals(3, freed.blobs(), "layer, configuration, manifest");
    assertFalse(test.store().trees().has(a.diffIds().get(0)));
    assertTrue(test.store().trees().has(b.diffIds().get(0)));
    assertEquals(List.of(), problems());
    assertEquals(0, collect().blobs());
  }

  @Test
  void aContainerLayerKeepsItsImage() throws IOException {
    Image a = test.importRootfs(tar("x"), "a");
    test.containers().make("c", a);
    test.store().untag(a);
    assertEquals(0, collect().blobs());
    assertEquals(a.id(), test.store().imageOf(test.containers().get("c")).id());
    test.containers().remove("c");
    assertEquals(3, collect().blobs());
  }

  @Test
  void layersAreShared() throws IOException {
    Image a = test.importRootfs(tar("x"), "a");
    Image b = test.importRootfs(tar("x"), "b");
    assertEquals(a.diffIds(), b.diffIds());
    assertEquals(1, test.store().trees().all().size());
  }

  @Test
  void damageIsFound() throws IOException {
    Image a = test.importRootfs(tar("x"), "a");
    assertEquals(List.of(), problems());
    Files.writeString(test.tree(a).resolve("d/f"), "y");
    assertTrue(problems().get(0).contains("d/f"), () -> "content or time");
    Files.writeString(test.tree(a).resolve("d/more"), "");
    assertEquals(1, problems().size());
    Path blob = test.store().blobs().path(a.manifest().layers().get(0).digest());
    Files.writeString(blob, "damaged");
    assertTrue(
        problems().stream().anyMatch(p -> p.contains(blob.getFileName().toString())),
        "a blob with another digest");
    Files.delete(test.store().blobs().path(a.id()));
    assertTrue(problems().stream().anyMatch(p -> p.contains(a.id().toString())), "a lost blob");
  }

  @Test
  void aLayerThatOthersBroughtIsVerifiedAtItsFirstUse() throws IOException {
    Image a = test.importRootfs(tar("x"), "a");
    Image b = test.importRootfs(tar("y"), "b");
    test.store().trees().remove(b.diffIds().get(0));
    ImageConfig wrong = a.config().with("", List.of(b.diffIds().get(0)), List.of());
    Image mixed = test.store().put(wrong, a.manifest().layers(), ImageReference.parse("mixed"));
    List<String> before = test.listing();
    ImageException e =
        assertThrows(ImageException.class, () -> test.store().unpack(mixed, UnpackLimits.DEFAULT));
    assertTrue(e.getMessage().contains(a.diffIds().get(0).hex()), e.getMessage());
    assertEquals(before, test.listing());
  }

  @Test
  void leftoversGoWhenNobodyIsAtWork() throws IOException {
    Path leftover = test.root.resolve("tmp/crashed/fs");
    Files.createDirectories(leftover);
    Files.writeString(leftover.resolve("f"), "x");
    test.reopen(false);
    assertFalse(Files.exists(test.root.resolve("tmp/crashed")));
  }

  @Test
  void aDirectoryOfOthersIsNoStore() throws IOException {
    Path home = Path.of(test.temp.path(), "home");
    Files.createDirectory(home);
    Files.writeString(home.resolve("letter"), "dear");
    ImageException e =
        assertThrows(
            ImageException.class, () -> ImageStore.open(test.sys, home, false, test.log::add));
    assertTrue(e.getMessage().contains(home.toString()), e.getMessage());
    assertEquals("dear", Files.readString(home.resolve("letter")));
  }

  @Test
  void namesOfContainerLayersAreNoPaths() throws IOException {
    Image a = test.importRootfs(tar("x"), "a");
    for (String name : List.of("", "..", ".", "a/b", "../../canary", "-x", "a b")) {
      assertThrows(ImageException.class, () -> test.containers().make(name, a), name);
      assertThrows(ImageException.class, () -> test.containers().remove(name), name);
    }
    assertTrue(test.canaryIsUntouched());
  }

  @Test
  void digestsThatAreNoneAreRefused() {
    for (String text :
        List.of(
            "",
            "sha256:",
            "sha512:" + "a".repeat(128),
            "sha256:" + "A".repeat(64),
            "sha256:../x")) {
      assertThrows(ImageException.class, () -> Digest.parse(text), text);
    }
  }

  @Test
  void anIndexThatIsNoneIsNamed() throws IOException {
    Files.writeString(test.root.resolve("index.json"), "{\"schemaVersion\":2}");
    ImageException e = assertThrows(ImageException.class, () -> test.store().images());
    assertTrue(e.getMessage().contains("index.json"), e.getMessage());
  }
}
