package org.stratafs.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.hash.Hashing;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.apache.commons.compress.compressors.CompressorStreamFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives of images, as docker, podman and skopeo write them. */
final class ImporterTest {
  private static final byte[] BASE =
      new TarBytes().directory("etc/").file("etc/a", "a").file("etc/b", "b").bytes();
  private static final byte[] TOP =
      new TarBytes().directory("etc/").file("etc/.wh.a", "").file("etc/c", "c").bytes();

  private TestStore test;

  @BeforeEach
  void open() throws IOException {
    test = new TestStore();
  }

  @AfterEach
  void close() throws IOException {
    test.close();
  }

  private static String hex(byte[] bytes) {
    return Hashing.sha256().hashBytes(bytes).toString();
  }

  private static byte[] config(byte[]... layers) {
    StringBuilder ids = new StringBuilder();
    for (byte[] layer : layers) {
      ids.append(ids.length() == 0 ? "" : ",").append("\"sha256:").append(hex(layer)).append('"');
    }
    String json =
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"sh\"]},"
            + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
            + ids
            + "]},\"history\":[{\"created_by\":\"one\"},{\"created_by\":\"two\"}],\"odd\":1}";
    return json.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] compressed(byte[] bytes, String how) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream compressing =
        new CompressorStreamFactory().createCompressorOutputStream(how, out)) {
      compressing.write(bytes);
    }
    return out.toByteArray();
  }

  /** The parts of a docker save, its manifest last as docker has it. */
  private static TarBytes dockerSave(byte[] config, String tags) {
    String manifest =
        "[{\"Config\":\""
            + hex(config)
            + ".json\",\"RepoTags\":"
            + tags
            + ",\"Layers\":[\"1/layer.tar\",\"2/layer.tar\"]}]";
    return new TarBytes()
        .file(hex(config) + ".json", config)
        .directory("1/")
        .file("1/layer.tar", BASE)
        .file("2/layer.tar", TOP)
        .file("manifest.json", manifest);
  }

  @Test
  void dockerSave() throws IOException {
    byte[] config = config(BASE, TOP);
    Image image = test.importArchive(dockerSave(config, "[\"a/b:1\"]").bytes(), null).get(0);
    assertEquals("a/b:1", image.reference().toString());
    assertEquals(hex(config), image.id().hex());
    assertEquals(List.of(new Digest(hex(BASE)), new Digest(hex(TOP))), image.diffIds());
    assertEquals(
        "b", Files.readString(test.store().trees().tree(image.diffIds().get(0)).resolve("etc/b")));
    assertEquals("c", Files.readString(test.tree(image).resolve("etc/c")));
    assertEquals(1, image.config().copy().path("odd").asInt(), "what is not known is kept");
  }

  @Test
  void layersOfOldDockerMayBeLinks() throws IOException {
    byte[] config = config(BASE, BASE);
    TarBytes tar =
        new TarBytes()
            .file(hex(config) + ".json", config)
            .file("1/layer.tar", BASE)
            .symlink("2/layer.tar", "../1/layer.tar")
            .file(
                "manifest.json",
                "[{\"Config\":\""
                    + hex(config)
                    + ".json\",\"RepoTags\":null,\"Layers\":[\"1/layer.tar\",\"2/layer.tar\"]}]");
    Image image = test.importArchive(tar.bytes(), "x").get(0);
    assertEquals(2, image.diffIds().size());
    assertEquals(1, test.store().trees().all().size(), "on disk once");
  }

  @Test
  void severalNamesAndNone() throws IOException {
    byte[] config = config(BASE, TOP);
    List<Image> two = test.importArchive(dockerSave(config, "[\"a:1\",\"b:2\"]").bytes(), null);
    assertEquals(2, two.size());
    assertEquals(2, test.store().images().size());
    test.importArchive(dockerSave(config, "null").bytes(), null);
    assertEquals(2, test.store().images().size(), "it is there already");
    assertEquals(
        "b:2", test.store().find(hex(config).substring(0, 12)).display().replace("a:1", "b:2"));
  }

  private static TarBytes oci(byte[] config, String annotations, byte[]... layers) {
    StringBuilder list = new StringBuilder();
    TarBytes tar = new TarBytes().file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
    for (byte[] layer : layers) {
      list.append(list.length() == 0 ? "" : ",")
          .append("{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"sha256:")
          .append(hex(layer))
          .append("\",\"size\":")
          .append(layer.length)
          .append("}");
      tar.file("blobs/sha256/" + hex(layer), layer);
    }
    byte[] manifest =
        ("{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\","
                + "\"digest\":\"sha256:"
                + hex(config)
                + "\",\"size\":"
                + config.length
                + "},\"layers\":["
                + list
                + "]}")
            .getBytes(StandardCharsets.UTF_8);
    String index =
        "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\""
            + MediaTypes.MANIFEST
            + "\",\"digest\":\"sha256:"
            + hex(manifest)
            + "\",\"size\":"
            + manifest.length
            + annotations
            + "}]}";
    return tar.file("blobs/sha256/" + hex(config), config)
        .file("blobs/sha256/" + hex(manifest), manifest)
        .file("index.json", index);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gz", "zstd", "xz", "bzip2"})
  void compressedArchivesAndLayers(String how) throws Exception {
    byte[] whole = compressed(dockerSave(config(BASE, TOP), "[\"a:1\"]").bytes(), how);
    assertEquals("a:1", test.importArchive(whole, null).get(0).display());
    Image rootfs = test.importRootfs(compressed(BASE, how), "r");
    assertEquals(hex(BASE), rootfs.diffIds().get(0).hex());
    if (how.equals("gz") || how.equals("zstd")) {
      byte[] layer = compressed(BASE, how);
      Image image = test.importArchive(oci(config(BASE), "", layer).bytes(), "o").get(0);
      assertEquals(hex(layer), image.manifest().layers().get(0).digest().hex(), "as it was");
      assertEquals(hex(BASE), image.diffIds().get(0).hex());
    }
  }

  @Test
  void whatPeekedDoesNotCloseTheStreamWhenItIsCollected() throws Exception {
    byte[] noise = new byte[1_000_000];
    new Random(1).nextBytes(noise);
    TarBytes tar = dockerSave(config(BASE, TOP), "[\"a:1\"]").file("VERSION", noise);
    byte[] whole = compressed(tar.bytes(), "zstd");
    for (int i = 0; i < 2; i++) {
      InputStream collecting =
          new FilterInputStream(new ByteArrayInputStream(whole)) {
            @Override
            public int read(byte[] into, int from, int length) throws IOException {
              System.gc();
              System.runFinalization();
              return super.read(into, from, Math.min(length, 100_000));
            }
          };
      test.importer().importStream(collecting, Importer.Format.AUTO, null, "a test");
    }
  }

  @Test
  void ociNames() throws IOException {
    byte[] config = config(BASE);
    String named = ",\"annotations\":{\"" + Descriptor.REF_NAME + "\":\"reg:5000/x/y:2\"}";
    assertEquals(
        "reg:5000/x/y:2",
        test.importArchive(oci(config, named, BASE).bytes(), null).get(0).display());
    String containerd =
        ",\"annotations\":{\"io.containerd.image.name\":\"docker.io/library/z:3\",\""
            + Descriptor.REF_NAME
            + "\":\"3\"}";
    assertEquals(
        "docker.io/library/z:3",
        test.importArchive(oci(config, containerd, BASE).bytes(), null).get(0).display());
  }

  @Test
  void ociDirectory() throws IOException {
    Path layout = Path.of(test.temp.path(), "layout");
    byte[] config = config(BASE);
    TarReader tar = new TarReader(new ByteArrayInputStream(oci(config, "", BASE).bytes()));
    for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
      Path file = layout.resolve(entry.name());
      Files.createDirectories(file.getParent());
      byte[] content = new byte[(int) entry.size()];
      for (int at = 0; at < content.length; ) {
        at += tar.read(content, at, content.length - at);
      }
      Files.write(file, content);
    }
    Image image = test.importer().importDirectory(layout, ImageReference.parse("d")).get(0);
    assertEquals(hex(config), image.id().hex());
  }

  private void assertRefused(byte[] tar, String named) throws IOException {
    List<String> before = test.listing();
    ImageException e = assertThrows(ImageException.class, () -> test.importArchive(tar, "x"));
    assertTrue(e.getMessage().contains(named), e.getMessage());
    assertEquals(before, test.listing());
  }

  @Test
  void aBlobThatIsNotWhatItsNameSays() throws IOException {
    TarBytes tar = oci(config(BASE), "", BASE);
    String path = "blobs/sha256/" + hex(BASE);
    assertRefused(tar.file(path, TOP).bytes(), path);
  }

  @Test
  void aLayerThatIsNotWhatTheConfigurationSays() throws IOException {
    assertRefused(oci(config(TOP), "", BASE).bytes(), hex(TOP));
    assertRefused(dockerSave(config(TOP, TOP), "[\"a:1\"]").bytes(), hex(TOP));
  }

  @Test
  void aConfigurationThatIsNotWhatItsNameSays() throws IOException {
    byte[] config = config(BASE, TOP);
    TarBytes tar = dockerSave(config, "[\"a:1\"]");
    byte[] other = config(BASE, TOP);
    other[other.length - 2] = '2';
    assertRefused(tar.file(hex(config) + ".json", other).bytes(), hex(config));
  }

  @Test
  void whatIsMissingIsNamed() throws IOException {
    byte[] config = config(BASE, TOP);
    TarBytes noLayer =
        new TarBytes()
            .file(hex(config) + ".json", config)
            .file("1/layer.tar", BASE)
            .file(
                "manifest.json",
                "[{\"Config\":\""
                    + hex(config)
                    + ".json\",\"Layers\":[\"1/layer.tar\",\"2/layer.tar\"]}]");
    assertRefused(noLayer.bytes(), "2/layer.tar");
    assertRefused(
        new TarBytes().file("manifest.json", "[{\"Config\":\"c\",\"Layers\":[]}]").bytes(), "'c'");
    assertRefused(new TarBytes().file("manifest.json", "[]").bytes(), "no image");
    assertRefused(new TarBytes().file("oci-layout", "{}").bytes(), "index.json");
    assertRefused(new TarBytes().file("manifest.json", "{").bytes(), "manifest.json");
    assertRefused(new TarBytes().file("manifest.json", "[] []").bytes(), "manifest.json");
  }

  @Test
  void aHostileLayerWithinAnArchive() throws IOException {
    byte[] evil = new TarBytes().file("../../../canary/file", "x").bytes();
    assertRefused(oci(config(evil), "", evil).bytes(), "../../../canary/file");
    assertTrue(test.canaryIsUntouched());
  }

  @Test
  void aRootFileSystemNeedsAName() throws IOException {
    ImageException e = assertThrows(ImageException.class, () -> test.importArchive(BASE, null));
    assertTrue(e.getMessage().contains("give one"), e.getMessage());
    assertFalse(test.listing().contains("blobs/sha256/" + hex(BASE)));
  }

  @Test
  void importedTwiceIsThereOnce() throws IOException {
    byte[] tar = dockerSave(config(BASE, TOP), "[\"a:1\"]").bytes();
    test.importArchive(tar, null);
    List<String> once = test.listing();
    test.importArchive(tar, null);
    assertEquals(once, test.listing());
  }
}
