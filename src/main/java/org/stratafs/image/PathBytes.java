package org.stratafs.image;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.stratafs.posix.Names;

/**
 * Paths of the store and of the command line as {@link Names} has them. scripts/strata runs the JVM
 * in a UTF-8 locale: the paths that it passes on are text.
 */
public final class PathBytes {
  private PathBytes() {}

  /** The bytes of a path in a Latin-1 String. */
  public static String of(Path path) {
    return of(path.toString());
  }

  /** The bytes of an argument in a Latin-1 String. */
  public static String of(String text) {
    return Names.fromBytes(text.getBytes(StandardCharsets.UTF_8));
  }
}
