package org.stratafs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.stratafs.config.CommandLine;

/** The manual page stratafs(8) and the completion of bash know the options there are. */
class ManualTest {
  private static final Path MANUAL = Path.of("src/package/man/stratafs.8");
  private static final Path COMPLETION = Path.of("src/package/completion/stratafs");

  /** What --help lists after -o, without values. */
  private static Set<String> options() {
    Set<String> names = new TreeSet<>();
    Matcher listed =
        Pattern.compile("-o ([a-z_0-9 =,|.SECONDBYT\\n]+?)(  |\\n *-o|\\n {20})")
            .matcher(Usage.TEXT);
    int from = 0;
    while (listed.find(from)) {
      for (String name : listed.group(1).split("[,\\s]+")) {
        names.add(name.replaceAll("=.*", ""));
      }
      from = listed.end(1);
    }
    return names;
  }

  /** What the completion offers after -o. */
  private static Set<String> completed() throws IOException {
    Matcher words = Pattern.compile("-W '(lowerdir=[^']*)'").matcher(Files.readString(COMPLETION));
    assertTrue(words.find());
    Set<String> names = new TreeSet<>();
    for (String word : words.group(1).split("\\s+")) {
      names.add(word.replace("=", ""));
    }
    return names;
  }

  @Test
  void eachOptionOfTheHelpIsInTheManualAndCompleted() throws IOException {
    Set<String> options = options();
    assertTrue(options.size() >= 30, options.toString());
    String manual = Files.readString(MANUAL);
    List<String> missing = new ArrayList<>();
    for (String option : options) {
      if (!Pattern.compile("^\\.(TP\\n)?B.*\\b" + option + "\\b", Pattern.MULTILINE)
          .matcher(manual)
          .find()) {
        missing.add(option + " in stratafs.8");
      }
      if (!completed().contains(option)) {
        missing.add(option + " in the completion");
      }
    }
    assertEquals(List.of(), missing);
  }

  @Test
  void whatIsCompletedIsKnown() throws IOException {
    for (String option : completed()) {
      assertEquals(List.of(), warningsOf(option));
    }
    assertEquals(1, warningsOf("no_such_option").size());
  }

  /**
   * A known option may be refused without its value, or with a wrong one; an unknown one is
   * reported.
   */
  private static List<String> warningsOf(String option) {
    try {
      CommandLine line =
          CommandLine.parse(List.of("-o", "lowerdir=/l," + option, "/m"), true, false);
      return line.warnings().stream().filter(w -> w.contains("unknown argument")).toList();
    } catch (RuntimeException e) {
      return List.of();
    }
  }
}
