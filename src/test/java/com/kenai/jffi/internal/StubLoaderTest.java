package com.kenai.jffi.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.kenai.jffi.Library;
import com.kenai.jffi.Main;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** jffi takes our loader of its native library, and needs no more of it. */
class StubLoaderTest {
  @Test
  void jffiIsLoadedByOurs() {
    assertTrue(Library.getDefault().getSymbolAddress("syscall") != 0);
    assertTrue(StubLoader.isLoaded());
    assertEquals(null, StubLoader.getFailureCause());
    Path ours =
        Path.of(StubLoader.class.getProtectionDomain().getCodeSource().getLocation().getPath());
    assertTrue(
        ours.endsWith("target/classes") || ours.getFileName().toString().startsWith("stratafs"),
        ours.toString());
  }

  /** If jffi called it otherwise one day, or not at all, ours would be a leftover. */
  @Test
  void jffiHasALoaderOfThatName() throws IOException {
    List<String> all =
        Collections.list(
                StubLoader.class
                    .getClassLoader()
                    .getResources("com/kenai/jffi/internal/StubLoader.class"))
            .stream()
            .map(Object::toString)
            .toList();
    assertEquals(2, all.size(), all.toString());
  }

  @Test
  void aDirectoryWithoutTheLibraryIsNamed(@TempDir Path empty) throws Exception {
    List<String> said = new ArrayList<>();
    java(said, "-D" + StubLoader.DIRECTORY_PROPERTY + "=" + empty);
    String text = String.join("\n", said);
    assertTrue(text.contains(empty + "/libjffi-1.2.so"), text);
  }

  @Test
  void noLoggingIsStarted() throws Exception {
    List<String> said = new ArrayList<>();
    assertEquals(0, java(said, "-Xlog:class+load"), said.toString());
    assertTrue(said.stream().anyMatch(l -> l.contains(StubLoader.class.getName())));
    assertFalse(said.stream().anyMatch(l -> l.contains("java.util.logging.Logger ")));
  }

  /** Runs a program of jffi's that loads the library and says its version. */
  private static int java(List<String> said, String option) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                option,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName())
            .redirectErrorStream(true)
            .start();
    try (InputStream out = process.getInputStream()) {
      said.addAll(new String(out.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
    }
    return process.waitFor();
  }
}
