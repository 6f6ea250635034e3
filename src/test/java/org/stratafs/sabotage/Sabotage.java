package org.stratafs.sabotage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One small wrong change of a source file, and the tests of which one must notice it.
 *
 * @param name what the change breaks, in one word
 * @param file the source, beneath {@code src/main/java/org/stratafs}
 * @param tests test classes beneath {@code org.stratafs}, the quickest first
 * @param original what stands there; white space may differ, so that formatting does not matter
 * @param replacement what stands there afterwards; may be empty
 */
record Sabotage(String name, String file, List<String> tests, String original, String replacement) {

  private static final Path LISTS = Path.of("src/test/sabotage");

  private static final Path SOURCES = Path.of("src/main/java/org/stratafs");

  /** All sabotages of the lists in {@code src/test/sabotage}. */
  static List<Sabotage> all() {
    try (Stream<Path> lists = Files.list(LISTS)) {
      List<Sabotage> all = new ArrayList<>();
      for (Path list : lists.filter(path -> path.toString().endsWith(".txt")).sorted().toList()) {
        all.addAll(read(list));
      }
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The sabotages of one list. A paragraph each: the lines {@code NAME: FILE} and {@code by
   * TEST...}, then the original after {@code -} and the replacement after {@code +}; {@code #}
   * begins a remark.
   */
  static List<Sabotage> read(Path list) {
    try {
      List<Sabotage> all = new ArrayList<>();
      List<String> paragraph = new ArrayList<>();
      List<String> lines = new ArrayList<>(Files.readAllLines(list));
      lines.add("");
      for (String line : lines) {
        if (!line.isBlank()) {
          if (!line.startsWith("#")) {
            paragraph.add(line);
          }
        } else if (!paragraph.isEmpty()) {
          all.add(parse(paragraph));
          paragraph.clear();
        }
      }
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Sabotage parse(List<String> lines) {
    String[] head = lines.get(0).split(": ", 2);
    List<String> tests = List.of();
    StringBuilder original = new StringBuilder();
    StringBuilder replacement = new StringBuilder();
    for (String line : lines.subList(1, lines.size())) {
      switch (line.charAt(0)) {
        case '-' -> original.append(line.substring(1)).append('\n');
        case '+' -> replacement.append(line.substring(1)).append('\n');
        case 'b' -> tests = List.of(line.substring("by ".length()).trim().split(" +"));
        default -> throw new IllegalArgumentException(head[0] + ": " + line);
      }
    }
    return new Sabotage(
        head[0], head[1].trim(), tests, original.toString(), replacement.toString());
  }

  /** The source file as it is. */
  Path source() {
    return SOURCES.resolve(file);
  }

  /**
   * The source with the change made.
   *
   * @throws IllegalStateException unless the original stands in the source exactly once
   */
  String apply() {
    String source;
    try {
      source = Files.readString(source());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Pattern pattern =
        Pattern.compile(
            Stream.of(original.trim().split("\\s+"))
                .map(Pattern::quote)
                .collect(Collectors.joining("\\s+")));
    Matcher matcher = pattern.matcher(source);
    if (!matcher.find()) {
      throw new IllegalStateException(name + ": no longer in " + file + ": " + original.trim());
    }
    int start = matcher.start();
    int end = matcher.end();
    if (matcher.find()) {
      throw new IllegalStateException(
          name + ": more than once in " + file + ": " + original.trim());
    }
    return source.substring(0, start) + replacement.trim() + source.substring(end);
  }

  /** Whether classes that use the changed one hold a copy of what is changed. */
  boolean changesConstant() {
    return original.contains("static final") || file.endsWith("Layout.java");
  }
}
