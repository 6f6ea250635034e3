package org.stratafs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The README's table of features: each row names tests, and each test named is there. */
class FeatureTableTest {
  private static final Pattern NAMED = Pattern.compile("`([^`]+)`");

  @Test
  void eachFeatureNamesATestThatIsThere() throws IOException {
    List<String> missing = new ArrayList<>();
    List<String> rows = rows(Files.readString(Path.of("README.md")));
    for (String row : rows) {
      Matcher named = NAMED.matcher(row.substring(row.lastIndexOf('|', row.length() - 2)));
      boolean any = false;
      while (named.find()) {
        any = true;
        if (!exists(named.group(1))) {
          missing.add(named.group(1));
        }
      }
      if (!any) {
        missing.add("a test for " + row);
      }
    }
    assertEquals(List.of(), missing);
    assertTrue(rows.size() >= 20, () -> "rows of the table: " + rows.size());
  }

  @Test
  void aTestThatIsNotThereIsFoundOut() throws IOException {
    assertTrue(exists("FeatureTableTest.aTestThatIsNotThereIsFoundOut"));
    assertFalse(exists("FeatureTableTest.rows"), "no test");
    assertFalse(exists("FeatureTableTest.aTest"), "a part of a name");
    assertFalse(exists("NoSuchTest.aTestThatIsNotThereIsFoundOut"));
    assertFalse(exists("copyup.c: lower_mapping"), "a part of a name");
    assertFalse(exists("lifecycle.sh: 51 layers"));
    assertTrue(exists("accept-podman: run"));
    assertFalse(exists("accept-podman: ru"), "a part of a name");
  }

  /** The rows beneath the heading, without the table's own head. */
  private static List<String> rows(String readme) {
    String section = readme.substring(readme.indexOf("\n## Features\n") + 1);
    section = section.substring(0, section.indexOf("\n## "));
    return section.lines().filter(line -> line.startsWith("| ")).skip(1).toList();
  }

  private static boolean exists(String named) throws IOException {
    int colon = named.indexOf(": ");
    if (colon > 0) {
      String check = Pattern.quote(named.substring(colon + 2));
      if (named.startsWith("accept-")) {
        String script = Files.readString(Path.of("scripts", named.substring(0, colon)));
        Matcher checks = Pattern.compile("lib/([a-z/-]*checks\\.sh)\"").matcher(script);
        boolean found = false;
        while (checks.find()) {
          Path file = Path.of("scripts/lib", checks.group(1));
          String text = Files.readString(file);
          found |=
              Pattern.compile("^check_" + check + "\\(\\)", Pattern.MULTILINE).matcher(text).find();
        }
        return found;
      }
      String as =
          named.startsWith("c", colon - 1) ? "CHECK\\(" + check + "\\b" : "\"" + check + "\"";
      return holds("native-tests", named.substring(0, colon), as);
    }
    int dot = named.indexOf('.');
    if (dot < 0) {
      return false;
    }
    String method =
        "@(Parameterized)?Test\\b[^;]*\\bvoid " + Pattern.quote(named.substring(dot + 1));
    return holds("src/test/java", named.substring(0, dot) + ".java", method + "\\(");
  }

  private static boolean holds(String below, String file, String pattern) throws IOException {
    Pattern wanted = Pattern.compile(pattern);
    try (Stream<Path> all = Files.walk(Path.of(below))) {
      // Two packages may have a class of one name.
      for (Path path : all.filter(path -> path.endsWith(file)).toList()) {
        if (wanted.matcher(Files.readString(path)).find()) {
          return true;
        }
      }
    }
    return false;
  }
}
