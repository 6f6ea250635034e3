package org.stratafs.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.stratafs.sys.Syscalls;

/** Whether we may give files to anybody and make devices. */
final class Privileges {
  private static final String ALL_IDS = "0 0 4294967295";

  private Privileges() {}

  /** Whether we are root, and not of a user namespace only (user_namespaces(7), uid_map). */
  static boolean isRoot(Syscalls sys) {
    if (sys.geteuid() != 0) {
      return false;
    }
    try {
      String map = Files.readString(Path.of("/proc/self/uid_map"), StandardCharsets.US_ASCII);
      return String.join(" ", map.strip().split("\\s+", -1)).equals(ALL_IDS);
    } catch (IOException e) {
      return true; // a kernel without user namespaces
    }
  }
}
