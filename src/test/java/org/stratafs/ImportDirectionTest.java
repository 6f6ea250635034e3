package org.stratafs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Packages import downward only: the list of docs/ARCHITECTURE.md, read from the sources. */
class ImportDirectionTest {
  private static final Path SOURCES = Path.of("src/main/java/org/stratafs");
  private static final String ROOT = "org.stratafs.";

  /** Package to the packages it may import, besides itself and posix, which everyone may. */
  private static final Map<String, Set<String>> ALLOWED =
      Map.ofEntries(
          Map.entry("cli", Set.of("config", "fs", "mount", "sys")),
          Map.entry(
              "mount",
              Set.of("config", "union", "fuse.kernel", "fuse.libfuse", "fs", "layer", "sys")),
          Map.entry("fuse.kernel", Set.of("fuse.protocol", "fs", "sys")),
          Map.entry("fuse.libfuse", Set.of("fs", "sys")),
          Map.entry("fuse.protocol", Set.of("fs")),
          Map.entry("union", Set.of("fs", "layer", "sys")),
          Map.entry("strata", Set.of("config", "image", "sys")),
          Map.entry("image", Set.of("layer", "sys")),
          Map.entry("layer", Set.of("sys")),
          Map.entry("config", Set.of("layer")),
          Map.entry("fs", Set.of()),
          Map.entry("sys", Set.of()),
          Map.entry("posix", Set.of()));

  /** A library and the only packages that may know it. */
  private static final Map<String, Set<String>> LIBRARIES =
      Map.of(
          "jnr.", Set.of("sys", "fuse.libfuse"),
          "com.kenai.jffi.", Set.of("sys"),
          "ru.serce.", Set.of("fuse.libfuse"),
          "org.apache.commons.compress.", Set.of("image"),
          "com.google.common.", Set.of("image"),
          "com.fasterxml.jackson.", Set.of("image", "strata"),
          "me.tongfei.", Set.of("strata"),
          "picocli.", Set.of("strata"));

  @Test
  void noImportAgainstTheDirection() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (Path file : sources()) {
      String from = packageOf(file);
      Set<String> allowed = ALLOWED.get(from);
      if (allowed == null) {
        wrong.add(file + ": the package " + from + " is not in the list");
        continue;
      }
      for (String name : referencedTypes(file)) {
        String to = packagePart(name.substring(ROOT.length()));
        if (!to.equals(from) && !to.equals("posix") && !allowed.contains(to)) {
          wrong.add(file + ": " + from + " may not use " + name);
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void librariesStayWhereTheyBelong() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (Path file : sources()) {
      String from = packageOf(file);
      for (String line : Files.readAllLines(file)) {
        String name = imported(line);
        if (name == null) {
          continue;
        }
        for (Map.Entry<String, Set<String>> library : LIBRARIES.entrySet()) {
          if (name.startsWith(library.getKey()) && !library.getValue().contains(from)) {
            wrong.add(file + ": " + from + " may not import " + name);
          }
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void theTestReadsTheSources() throws IOException {
    assertTrue(sources().size() >= 10, "only " + sources().size() + " sources under " + SOURCES);
    assertEquals("fuse.kernel", packagePart("fuse.kernel.Session"));
    assertEquals("posix", packagePart("posix.Mode.S_IFMT"));
    assertEquals("a.b.C", imported("import static a.b.C;"));
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files.filter(f -> f.toString().endsWith(".java")).sorted().toList();
    }
  }

  private static String packageOf(Path file) {
    return SOURCES.relativize(file.getParent()).toString().replace('/', '.');
  }

  /** Imports and fully qualified names in the code; comments may mention anything. */
  private static Set<String> referencedTypes(Path file) throws IOException {
    Set<String> names = new TreeSet<>();
    for (String line : Files.readAllLines(file)) {
      String text = line.strip();
      if (text.startsWith("*")
          || text.startsWith("/*")
          || text.startsWith("//")
          || text.startsWith("package ")) {
        continue;
      }
      for (int at = text.indexOf(ROOT); at >= 0; at = text.indexOf(ROOT, at + 1)) {
        int end = at;
        while (end < text.length()
            && (Character.isJavaIdentifierPart(text.charAt(end)) || text.charAt(end) == '.')) {
          end++;
        }
        names.add(text.substring(at, end));
      }
    }
    return names;
  }

  /** The leading lower-case parts of a name: its package. */
  private static String packagePart(String name) {
    int end = 0;
    for (String part : name.split("\\.", -1)) {
      if (part.isEmpty() || !Character.isLowerCase(part.charAt(0))) {
        break;
      }
      end += part.length() + 1;
    }
    return end == 0 ? "" : name.substring(0, end - 1);
  }

  /** The name an import line imports, null for any other line. */
  private static String imported(String line) {
    if (!line.startsWith("import ") || !line.endsWith(";")) {
      return null;
    }
    String name = line.substring("import ".length(), line.length() - 1);
    return name.startsWith("static ") ? name.substring("static ".length()) : name;
  }
}
