package org.stratafs.strata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class ManualPageTest {
  private static String page() throws IOException {
    return ManualPage.page(Files.readString(Path.of("src/package/man/strata.1")));
  }

  @Test
  void eachCommandAndOptionHasItsEntry() throws IOException {
    String page = page();
    List<String> missing = new ArrayList<>();
    for (CommandLine command : Strata.commandLine().getSubcommands().values()) {
      String name = command.getCommandName();
      if (command.getCommandSpec().usageMessage().hidden() || name.equals("help")) {
        continue;
      }
      int start = page.indexOf("\n.SS strata " + name);
      if (start < 0) {
        missing.add(name);
        continue;
      }
      int end = page.indexOf("\n.S", start + 1);
      String section = page.substring(start, end) + page.substring(page.indexOf("\n.SH OPTIONS"));
      for (OptionSpec option : command.getCommandSpec().options()) {
        String written = option.longestName().replace("-", "\\-");
        if (!option.hidden() && !section.contains(written)) {
          missing.add(name + " " + option.longestName());
        }
      }
    }
    assertEquals(List.of(), missing);
  }

  @Test
  void theMarksAreReplacedAndCommonOptionsAreSaidOnce() throws IOException {
    String page = page();
    assertFalse(page.contains("@COMMANDS@") || page.contains("@EXIT@"), page);
    assertTrue(page.contains("\n.TP\n.B 2\nThe command line is not understood.\n"), page);
    assertEquals(page.indexOf("\\-\\-version"), page.lastIndexOf("\\-\\-version"));
    assertFalse(page.contains("hV"), page);
  }

  @Test
  void noLineBeginsWithWhatGroffTakesForARequest() throws IOException {
    for (String line : page().split("\n", -1)) {
      assertTrue(
          !line.startsWith("'") && (!line.startsWith(".") || line.matches("\\.([A-Z]+|\\\\\").*")),
          line);
    }
  }
}
