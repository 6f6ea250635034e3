package org.stratafs.cli;

import java.io.FileInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.stratafs.posix.Names;

/**
 * The arguments as the bytes that were passed.
 *
 * <p>The JVM decodes them by the locale, and in the C locale every byte above 127 is lost; the
 * kernel keeps them in /proc/self/cmdline.
 */
final class RawArguments {
  private RawArguments() {}

  /**
   * The bytes of {@code decoded}, as Latin-1 Strings.
   *
   * @param decoded the arguments of main, which are the last of the process
   */
  static List<String> of(String[] decoded) {
    try (FileInputStream in = new FileInputStream("/proc/self/cmdline")) {
      return last(in.readAllBytes(), decoded.length);
    } catch (IOException e) {
      // Without /proc nothing else of StrataFS works either, and that is said later with its path.
      return List.of(decoded);
    }
  }

  /** The last {@code count} of the NUL-terminated strings. */
  static List<String> last(byte[] commandLine, int count) {
    int start = commandLine.length;
    for (int found = 0; found < count; found++) {
      start--;
      while (start > 0 && commandLine[start - 1] != 0) {
        start--;
      }
    }
    List<String> arguments = new ArrayList<>(count);
    String text = Names.fromBytes(commandLine);
    while (arguments.size() < count) {
      int end = text.indexOf('\0', start);
      arguments.add(text.substring(start, end));
      start = end + 1;
    }
    return arguments;
  }
}
