package org.stratafs.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Archives with random damage, their checksums made right again: either they become a layer, or
 * they are refused with a line and leave nothing. A canary beside the store is never touched.
 */
final class ArchiveFuzzTest {
  private static final int ROUNDS = 400;
  private static final int BLOCK = 512;

  private static final String[] NAMES = {
    "a",
    "a/b",
    "a/b/c",
    "l",
    "l/x",
    "../canary/file",
    "..",
    ".",
    "/abs",
    ".wh.a",
    "a/.wh.b",
    ".wh..wh..opq",
    "a/.wh..wh..opq",
    ".wh..",
    ".wh...",
    "x/../y",
    "l/../canary/file",
    ""
  };

  private static TarBytes random(Random random) {
    TarBytes tar = new TarBytes();
    int entries = 1 + random.nextInt(12);
    for (int i = 0; i < entries; i++) {
      String name = NAMES[random.nextInt(NAMES.length)];
      String other = NAMES[random.nextInt(NAMES.length)];
      switch (random.nextInt(7)) {
        case 0 -> tar.file(name, "x".repeat(random.nextInt(1500)));
        case 1 -> tar.directory(name + "/");
        case 2 -> tar.symlink(name, random.nextBoolean() ? "../../../canary" : other);
        case 3 -> tar.hardLink(name, other);
        case 4 -> tar.device(name, '6', 0, 0);
        case 5 -> tar.pax("path", other, "SCHILY.xattr.user.x", name).file(name, "p");
        default -> tar.raw(random.nextBoolean() ? 'L' : 'K', other + "\0").file(name, "g");
      }
    }
    return tar;
  }

  private static byte[] damaged(byte[] tar, Random random) {
    byte[] bytes = tar.clone();
    int block = random.nextInt(bytes.length / BLOCK) * BLOCK;
    for (int i = random.nextInt(4); i >= 0; i--) {
      bytes[block + random.nextInt(BLOCK)] = (byte) random.nextInt(256);
    }
    // as a header, if it is one
    int sum = 8 * ' ';
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? 0 : bytes[block + i] & 0xff;
    }
    byte[] text =
        String.format(java.util.Locale.ROOT, "%06o\0 ", sum)
            .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    if (random.nextBoolean()) {
      System.arraycopy(text, 0, bytes, block + 148, 8);
    }
    return bytes;
  }

  @Test
  void eitherALayerOrALine() throws IOException {
    long seed =
        Long.getLong("stratafs.seed", Boolean.getBoolean("stratafs.fresh") ? System.nanoTime() : 1);
    Random random = new Random(seed);
    int taken = 0;
    int refused = 0;
    try (TestStore test = new TestStore()) {
      List<String> before = test.listing();
      for (int round = 0; round < ROUNDS; round++) {
        byte[] tar = random(random).bytes();
        if (random.nextBoolean()) {
          tar = damaged(tar, random);
        }
        String at = "seed " + seed + ", round " + round;
        try {
          Image image = test.importRootfs(tar, "f");
          taken++;
          test.store().untag(image);
          new GarbageCollector(test.store(), test.containers()).collect();
        } catch (ImageException e) {
          refused++;
          assertTrue(e.getMessage() != null && !e.getMessage().isEmpty(), at);
        }
        assertEquals(before, test.listing(), at);
        assertTrue(test.canaryIsUntouched(), at);
      }
    }
    int both = Math.min(taken, refused);
    assertTrue(both > ROUNDS / 20, () -> "too one-sided to mean anything: " + both);
  }
}
