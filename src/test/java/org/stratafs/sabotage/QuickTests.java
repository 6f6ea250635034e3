package org.stratafs.sabotage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Every test that needs no mount. */
final class QuickTests {
  private static final Path TESTS = Path.of("src/test/java/org/stratafs");

  private QuickTests() {}

  /** All but those that are named for a sabotage: plain ones first, random ones last. */
  static List<String> otherThan(Sabotage sabotage) {
    List<String> plain = new ArrayList<>();
    List<String> random = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(TESTS)) {
      for (Path path :
          walk.filter(each -> each.toString().endsWith("Test.java")).sorted().toList()) {
        String relative = TESTS.relativize(path).toString();
        String test = relative.substring(0, relative.length() - ".java".length()).replace('/', '.');
        if (test.startsWith("mounted.")
            || test.startsWith("sabotage.")
            || test.contains("Mounted")
            || sabotage.tests().contains(test)) {
          continue;
        }
        (Files.readString(path).contains("RandomRuns") ? random : plain).add(test);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    plain.addAll(random);
    return plain;
  }
}
