package org.stratafs.mounted;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A tar of the mount, read by a library that is not tar(1): what goes into an image is what the
 * layers make.
 */
@Timeout(120)
@ParameterizedClass
@ValueSource(strings = {"kernel", "libfuse"})
class TarTest {
  private final String transport;
  private Layers layers;

  TarTest(String transport) {
    this.transport = transport;
  }

  @BeforeAll
  static void rootAndFuse() {
    Layers.assumeRootAndFuse();
  }

  @BeforeEach
  void layers() throws IOException {
    layers = new Layers(transport);
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    layers.close();
  }

  @Test
  void aTarOfTheMountHoldsWhatTheLayersMake() throws IOException {
    Run.shell(
            """
            cd "$1" && mkdir lower/d && printf 12345 >lower/d/kept && printf x >lower/d/gone &&
            ln -s kept lower/d/link && ln lower/d/kept lower/hard && mknod lower/d/dev c 1 3 &&
            mkfifo lower/d/fifo && setfattr -n user.k -v 'v"' lower/d/kept &&
            chown 3000000:5 lower/d/kept && touch -d @1000000000.123456789 lower/d/kept
            """,
            layers.root.toString())
        .ok();
    assertEquals(new Run(0, "", ""), layers.mount());
    Path tar = layers.root.resolve("out.tar");
    Run.shell(
            """
            rm "$1/d/gone" && chmod 4755 "$1/d/kept" && printf new >"$1/d/new" &&
            tar --format=posix --xattrs -C "$1" -cf "$2" .
            """,
            layers.merged.toString(),
            tar.toString())
        .ok();

    Map<String, TarArchiveEntry> entries = new TreeMap<>();
    Map<String, byte[]> contents = new TreeMap<>();
    try (TarArchiveInputStream in =
        new TarArchiveInputStream(new BufferedInputStream(Files.newInputStream(tar)))) {
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        entries.put(entry.getName(), entry);
        contents.put(entry.getName(), in.readAllBytes());
      }
    }

    assertEquals(
        "[./, ./d/, ./d/dev, ./d/fifo, ./d/kept, ./d/link, ./d/new, ./file, ./hard]",
        entries.keySet().toString());
    // Two names of one lower file: whichever came second is a link to the first, after the chmod
    // too.
    boolean keptIsLink = entries.get("./d/kept").isLink();
    TarArchiveEntry file = entries.get(keptIsLink ? "./hard" : "./d/kept");
    TarArchiveEntry link = entries.get(keptIsLink ? "./d/kept" : "./hard");
    assertEquals(file.getName(), link.getLinkName());
    assertArrayEquals(bytes("12345"), contents.get(file.getName()));
    assertEquals(04755, file.getMode() & 07777);
    assertEquals(3000000, file.getLongUserId());
    assertEquals(5, file.getLongGroupId());
    assertEquals("v\"", file.getExtraPaxHeader("SCHILY.xattr.user.k"));
    assertEquals(
        "2001-09-09T01:46:40.123456789Z", file.getLastModifiedTime().toInstant().toString());
    assertEquals("kept", entries.get("./d/link").getLinkName());
    assertEquals(1, entries.get("./d/dev").getDevMajor());
    assertEquals(3, entries.get("./d/dev").getDevMinor());
    assertEquals(true, entries.get("./d/fifo").isFIFO());
    assertArrayEquals(bytes("new"), contents.get("./d/new"));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
