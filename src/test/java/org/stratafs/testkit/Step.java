package org.stratafs.testkit;

import java.util.List;

/** One line of a script: an operation and its words. */
public record Step(String op, List<String> args) {
  public Step {
    args = List.copyOf(args);
  }

  public static Step of(String op, Object... args) {
    return new Step(op, java.util.Arrays.stream(args).map(String::valueOf).toList());
  }

  /** The lines of a script. */
  public static List<Step> parse(String text) {
    return text.lines()
        .map(Tokens::split)
        .filter(words -> !words.isEmpty())
        .map(words -> new Step(words.get(0), words.subList(1, words.size())))
        .toList();
  }

  public static String print(List<Step> script) {
    StringBuilder out = new StringBuilder();
    for (Step step : script) {
      out.append(step).append('\n');
    }
    return out.toString();
  }

  String arg(int i) {
    return args.get(i);
  }

  int number(int i) {
    return Integer.parseInt(args.get(i));
  }

  int octal(int i) {
    return Integer.parseInt(args.get(i), 8);
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder(op);
    for (String arg : args) {
      out.append(' ').append(Tokens.encode(arg));
    }
    return out.toString();
  }
}
