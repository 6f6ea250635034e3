package org.stratafs.strata;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether somebody is looking: told by what a descriptor is, a pty or a console. */
final class Terminal {
  private Terminal() {}

  static boolean isStandardErrorOne() {
    return isTerminal(2);
  }

  static boolean isStandardOutputOne() {
    return isTerminal(1);
  }

  private static boolean isTerminal(int fd) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }
}
