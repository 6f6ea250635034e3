package org.stratafs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * README.zh-CN.md says what README.md says, as far as a test can tell: the same commands, the same
 * options with the same defaults, the same features with the same tests.
 */
class ChineseReadmeTest {
  private static final Pattern FENCE = Pattern.compile("```sh\n.*?```", Pattern.DOTALL);
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  private final String english = read("README.md");
  private final String chinese = read("README.zh-CN.md");

  private static String read(String name) {
    try {
      return Files.readString(Path.of(name));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static List<String> all(Pattern pattern, String text) {
    List<String> found = new ArrayList<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      found.add(matcher.group());
    }
    return found;
  }

  /** The rows of the table beneath a heading, without its head. */
  private static List<String> rows(String text, String heading) {
    String section = text.substring(text.indexOf("\n## " + heading + "\n") + 1);
    section = section.substring(0, section.indexOf("\n## "));
    return section.lines().filter(line -> line.startsWith("| ")).skip(1).toList();
  }

  @Test
  void theCommandsAreTheSame() {
    assertEquals(all(FENCE, english), all(FENCE, chinese));
  }

  @Test
  void theOptionsAreTheSame() {
    List<String> rows = rows(english, "Options");
    List<String> translated = rows(chinese, "选项");
    assertEquals(rows.size(), translated.size());
    assertTrue(rows.size() > 15, "rows: " + rows.size());
    for (int i = 0; i < rows.size(); i++) {
      assertEquals(all(CODE, rows.get(i)), all(CODE, translated.get(i)));
    }
  }

  @Test
  void theFeaturesNameTheSameTests() {
    List<String> rows = rows(english, "Features");
    List<String> translated = rows(chinese, "功能");
    assertEquals(rows.size(), translated.size(), "a feature lacks its row in one of them");
    for (int i = 0; i < rows.size(); i++) {
      assertEquals(all(CODE, rows.get(i)), all(CODE, translated.get(i)));
    }
  }
}
