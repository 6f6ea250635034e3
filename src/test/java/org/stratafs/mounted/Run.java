package org.stratafs.mounted;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a program returned and said. It is given a minute; one that takes longer is killed. */
record Run(int exit, String out, String err) {
  private static final long SECONDS = 60;

  /** Runs a program with standard input from /dev/null, and reads both outputs to their ends. */
  static Run of(String... command) {
    return of(Path.of("").toAbsolutePath(), List.of(command));
  }

  /** Runs a shell script; {@code arguments} are $1 and so on. */
  static Run shell(String script, String... arguments) {
    String[] command = new String[arguments.length + 4];
    command[0] = "sh";
    command[1] = "-c";
    command[2] = script;
    command[3] = "sh";
    System.arraycopy(arguments, 0, command, 4, arguments.length);
    return of(command);
  }

  static Run of(Path directory, List<String> command) {
    try {
      Path out = Files.createTempFile("run", ".out");
      // Standard error is a pipe read to its end, as podman has it: a daemon that keeps it open
      // hangs this.
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(out.toFile())
              .start();
      Thread killer = new Thread(() -> killLate(process));
      killer.setDaemon(true);
      killer.start();
      String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      int exit = process.waitFor();
      String said = Files.readString(out, StandardCharsets.ISO_8859_1);
      Files.delete(out);
      return new Run(exit, said, err);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(String.join(" ", command), e);
    }
  }

  private static void killLate(Process process) {
    try {
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The output of a program that must succeed. */
  String ok() {
    if (exit != 0) {
      throw new AssertionError("exit " + exit + ": " + out + err);
    }
    return out;
  }
}
