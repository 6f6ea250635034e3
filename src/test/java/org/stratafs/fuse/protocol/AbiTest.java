package org.stratafs.fuse.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The layouts, flags and numbers in Java are those of the kernel's C header on this machine. */
class AbiTest {
  /** Version 7.38, Debian 12's header, does not know these. */
  private static final Set<String> NEWER =
      Set.of(
          "field fuse_open_out backing_id",
          "field fuse_init_out max_stack_depth",
          "field fuse_init_out request_timeout",
          "const FUSE_PASSTHROUGH",
          "const FOPEN_PASSTHROUGH",
          "const FUSE_STATX",
          "const FUSE_COPY_FILE_RANGE_64");

  @TempDir Path temp;

  @Test
  void sizesOffsetsFlagsAndOpcodesAreThoseOfTheHeader() throws Exception {
    Map<String, Long> header = header();
    long minor = header.remove("minor");
    Map<String, Long> ours = ours();
    Set<String> missing = new TreeSet<>(ours.keySet());
    missing.removeAll(header.keySet());
    missing.removeIf(line -> line.contains("statx") || line.contains("copy_file_range_out"));
    missing.removeAll(NEWER);
    assertEquals(Set.of(), missing, "abi.c prints no line for these");
    assertTrue(header.size() > 200 && minor >= 31, "the header says too little");
    for (Map.Entry<String, Long> line : header.entrySet()) {
      assertEquals(line.getValue(), ours.get(line.getKey()), line.getKey());
    }
  }

  @Test
  void structsNewerThanTheHeaderHaveTheirPublishedSizes() {
    assertEquals(24, RequestLayout.StatxIn.SIZE);
    assertEquals(256, ReplyLayout.Statx.SIZE);
    assertEquals(288, ReplyLayout.StatxOut.SIZE);
    assertEquals(64, ReplyLayout.InitOut.SIZE);
    assertEquals(36, ReplyLayout.InitOut.MAX_STACK_DEPTH);
    assertEquals(12, ReplyLayout.OpenOut.BACKING_ID);
    assertEquals(128, ReplyLayout.OpenOut.FOPEN_PASSTHROUGH);
    assertEquals(1L << 37, InitFlags.PASSTHROUGH);
    assertEquals(8, ReplyLayout.CopyFileRangeOut.SIZE);
  }

  private Map<String, Long> header() throws IOException, InterruptedException {
    Path binary = temp.resolve("abi");
    try {
      String errors = run("cc", "-o", binary.toString(), "native-tests/abi.c");
      assertEquals("", errors);
    } catch (IOException e) {
      assumeTrue(false, "there is no C compiler to ask the header: " + e.getMessage());
    }
    Map<String, Long> lines = new TreeMap<>();
    for (String line : run(binary.toString()).lines().toList()) {
      int space = line.lastIndexOf(' ');
      lines.put(line.substring(0, space), Long.parseUnsignedLong(line.substring(space + 1)));
    }
    return lines;
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  private static Map<String, Long> ours() throws IllegalAccessException {
    Map<String, Long> lines = new TreeMap<>();
    for (Class<?> outer : new Class<?>[] {RequestLayout.class, ReplyLayout.class}) {
      for (Class<?> struct : outer.getDeclaredClasses()) {
        layout(struct, lines);
      }
    }
    for (Field flag : InitFlags.class.getDeclaredFields()) {
      if (!flag.isSynthetic()) {
        lines.put("const FUSE_" + flag.getName(), flag.getLong(null));
      }
    }
    for (Opcode opcode : Opcode.values()) {
      lines.put("const FUSE_" + opcode, (long) opcode.number());
    }
    return lines;
  }

  private static void layout(Class<?> struct, Map<String, Long> lines)
      throws IllegalAccessException {
    String name =
        "fuse_"
            + struct
                .getSimpleName()
                .replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_")
                .toLowerCase(Locale.ROOT);
    for (Field field : struct.getDeclaredFields()) {
      String constant = field.getName();
      if (field.isSynthetic() || constant.equals("COMPAT_SIZE") || constant.equals("TV_NSEC")) {
        continue;
      }
      long value = field.getInt(null);
      if (constant.equals("SIZE")) {
        lines.put("size " + name, value);
      } else if (constant.startsWith("FUSE_")
          || constant.startsWith("FATTR_")
          || constant.startsWith("FOPEN_")) {
        lines.put("const " + constant, value);
      } else if (!constant.startsWith("STATX_") && !constant.startsWith("SEEK_")) {
        String member = constant.equals("SIZE_BYTES") ? "size" : constant;
        lines.put("field " + name + " " + member.toLowerCase(Locale.ROOT), value);
      }
    }
  }
}
