package org.stratafs.strata;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The manual page strata(1): a text with the marks @COMMANDS@ and @EXIT@, and in their place what
 * --help says of each command. The build makes it.
 */
final class ManualPage {
  /** What the page says once, and not for each command. */
  private static final Set<String> COMMON = Set.of("--help", "--version", "--store");

  /** Lines of a synopsis are filled by man(1), not by picocli. */
  private static final int WIDTH = 10_000;

  private ManualPage() {}

  /**
   * Writes the page.
   *
   * @param arguments the text with the marks, and where to write the page
   */
  public static void main(String[] arguments) throws IOException {
    String text = Files.readString(Path.of(arguments[0]));
    Files.writeString(Path.of(arguments[1]), page(text), StandardCharsets.UTF_8);
  }

  static String page(String text) {
    CommandLine strata = Strata.commandLine();
    StringBuilder commands = new StringBuilder();
    for (CommandLine command : strata.getSubcommands().values()) {
      if (!command.getCommandSpec().usageMessage().hidden()
          && !command.getCommandName().equals("help")) {
        command(command, commands);
      }
    }
    StringBuilder codes = new StringBuilder();
    for (Map.Entry<String, String> code :
        strata.getCommandSpec().usageMessage().exitCodeList().entrySet()) {
      codes.append(".TP\n.B ").append(code.getKey()).append('\n');
      codes.append(sentence(code.getValue())).append('\n');
    }
    return text.replace("@COMMANDS@\n", commands).replace("@EXIT@\n", codes);
  }

  private static void command(CommandLine command, StringBuilder out) {
    command.setUsageHelpWidth(WIDTH);
    CommandSpec spec = command.getCommandSpec();
    // Its common options are left out of the synopsis too.
    String synopsis =
        new Help(spec, Help.Ansi.OFF)
            .synopsis(0)
            .trim()
            .replace(" [--store=DIR]", "")
            .replace("hV]", "]")
            .replace(" [-]", "");
    out.append(".SS ").append(escape(synopsis)).append('\n');
    for (String line : spec.usageMessage().description()) {
      out.append(escape(String.format(line))).append('\n');
    }
    for (PositionalParamSpec parameter : spec.positionalParameters()) {
      if (parameter.description().length > 0) {
        entry("I", parameter.paramLabel(), parameter, out);
      }
    }
    for (OptionSpec option : spec.options()) {
      if (!COMMON.contains(option.longestName()) && !option.hidden()) {
        entry("B", names(option), option, out);
      }
    }
  }

  private static String names(OptionSpec option) {
    List<String> names = new ArrayList<>(List.of(option.names()));
    String last = names.remove(names.size() - 1);
    String value = option.arity().max() == 0 ? "" : (last.startsWith("--") ? "=" : " ");
    names.add(last + (value.isEmpty() ? "" : value + option.paramLabel()));
    return String.join(", ", names);
  }

  private static void entry(String font, String name, ArgSpec argument, StringBuilder out) {
    out.append(".TP\n.").append(font).append(' ').append(escape(name)).append('\n');
    for (String line : argument.description()) {
      out.append(escape(String.format(line))).append('\n');
    }
  }

  private static String sentence(String text) {
    return escape(Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".");
  }

  /** As groff takes it literally: hyphens are to be copied, and a line may begin with a dot. */
  private static String escape(String text) {
    String escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq");
    return escaped.startsWith(".") ? "\\&" + escaped : escaped;
  }
}
