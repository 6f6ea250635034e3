package org.stratafs.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What tests that loop have done, as lines {@code NUMBER WHAT} appended to the file that {@code
 * -Dstratafs.coverage=FILE} names; {@code scripts/test --long} adds them up. Without the property
 * nothing is kept.
 */
public final class Coverage {
  private Coverage() {}

  /** Adds to a figure. Counted where the thing is done, so that a failure half-way counts too. */
  public static void add(String what, long number) {
    String file = System.getProperty("stratafs.coverage");
    if (file == null || number == 0) {
      return;
    }
    try {
      Files.writeString(
          Path.of(file),
          number + " " + what + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
