package org.stratafs.sabotage;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * Makes each sabotage in a copy of its source, compiles that beside the real classes and runs the
 * tests that are named for it: one must fail. The real sources and classes stay as they are.
 *
 * <p>Arguments: names of sabotages, none for all; {@code --list FILE} in place of the lists in the
 * repository; {@code --suite} to go on with every quick test where the named ones notice nothing.
 * The last line is the score; exits with 1 if a sabotage survived or could not be made.
 */
final class SabotageRun {
  /** For a test that hangs: the sabotage was noticed. */
  private static final int TIMEOUT_SECONDS = 240;

  private final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
  private final String classPath = System.getProperty("java.class.path");
  private final Path scratch;
  private final boolean suite;

  private SabotageRun(Path scratch, boolean suite) {
    this.scratch = scratch;
    this.suite = suite;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    List<String> names = new ArrayList<>(Arrays.asList(args));
    boolean suite = names.remove("--suite");
    int list = names.indexOf("--list");
    List<Sabotage> all = list < 0 ? Sabotage.all() : Sabotage.read(Path.of(names.get(list + 1)));
    if (list >= 0) {
      names.subList(list, list + 2).clear();
    }
    Path scratch = Files.createTempDirectory("stratafs-sabotage-");
    try {
      System.exit(new SabotageRun(scratch, suite).runAll(all, names) ? 0 : 1);
    } finally {
      remove(scratch);
    }
  }

  private boolean runAll(List<Sabotage> all, List<String> names)
      throws IOException, InterruptedException {
    int caught = 0;
    List<String> bad = new ArrayList<>();
    for (Sabotage sabotage : all) {
      if (!names.isEmpty() && !names.contains(sabotage.name())) {
        continue;
      }
      String outcome = run(sabotage);
      boolean good = outcome.startsWith("caught");
      System.out.println(sabotage.name() + ": " + outcome);
      if (good) {
        caught++;
      } else {
        bad.add(sabotage.name());
      }
    }
    bad.forEach(name -> System.out.println("NOT CAUGHT: " + name));
    System.out.println(caught + " of " + (caught + bad.size()) + " sabotages caught");
    return caught > 0 && bad.isEmpty();
  }

  private String run(Sabotage sabotage) throws IOException, InterruptedException {
    Path classes = scratch.resolve("classes");
    remove(classes);
    Files.createDirectories(classes);
    try {
      if (!compile(sabotage, classes)) {
        return "DOES NOT COMPILE";
      }
    } catch (IllegalStateException e) {
      return "DOES NOT APPLY: " + e.getMessage();
    }
    List<String> tests = new ArrayList<>(sabotage.tests());
    String outcome = tests.isEmpty() ? "" : runTests(classes, tests);
    if (suite && !outcome.startsWith("caught")) {
      outcome = runTests(classes, QuickTests.otherThan(sabotage));
    }
    return outcome;
  }

  private boolean compile(Sabotage sabotage, Path classes) throws IOException {
    Path sources = scratch.resolve("sources");
    remove(sources);
    Path changed = sources.resolve("org/stratafs").resolve(sabotage.file());
    Files.createDirectories(changed.getParent());
    Files.writeString(changed, sabotage.apply());
    List<String> files = new ArrayList<>(List.of(changed.toString()));
    if (sabotage.changesConstant()) {
      // Constants are copied into the classes that use them, those of the tests included.
      for (String tree : List.of("src/main/java", "src/test/java")) {
        try (Stream<Path> walk = Files.walk(Path.of(tree))) {
          walk.filter(path -> path.toString().endsWith(".java"))
              .filter(path -> !path.equals(sabotage.source()))
              .forEach(path -> files.add(path.toString()));
        }
      }
    }
    List<String> command =
        new ArrayList<>(
            List.of("-nowarn", "-proc:none", "-cp", classPath, "-d", classes.toString()));
    command.addAll(files);
    return compiler.run(null, null, null, command.toArray(String[]::new)) == 0;
  }

  private String runTests(Path classes, List<String> tests)
      throws IOException, InterruptedException {
    Path output = scratch.resolve("output");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-ea",
                "-Xmx768m",
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dstratafs.seconds=" + Integer.getInteger("stratafs.seconds", 10),
                "-cp",
                classes + File.pathSeparator + classPath,
                FirstFailure.class.getName()));
    command.addAll(tests);
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(scratch.resolve("errors").toFile())
            .start();
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      return "caught: a test hung";
    }
    String[] lines = Files.readString(output).trim().split("\n");
    String last = lines[lines.length - 1];
    return process.exitValue() == 0 ? "SURVIVED: " + last : "caught: " + last;
  }

  private static void remove(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> walk = Files.walk(path)) {
      for (Path each : walk.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
