package org.stratafs.mount;

import java.io.FileInputStream;
import java.io.IOException;
import org.stratafs.posix.Names;

/**
 * How many descriptors this process may open. The JVM has raised the soft limit to the hard one.
 */
final class DescriptorLimit {
  /** Where /proc tells nothing: what a login shell usually has. */
  private static final int USUAL = 1024;

  private static final String LINE = "Max open files";

  private DescriptorLimit() {}

  static int ofThisProcess() {
    try (FileInputStream in = new FileInputStream("/proc/self/limits")) {
      return parse(Names.fromBytes(in.readAllBytes()));
    } catch (IOException e) {
      // The answer only sizes a cache.
      return USUAL;
    }
  }

  /** The soft limit in the text of /proc/PID/limits (proc_pid_limits(5)). */
  static int parse(String limits) {
    int at = limits.indexOf(LINE);
    if (at < 0) {
      return USUAL;
    }
    at += LINE.length();
    while (at < limits.length() && limits.charAt(at) == ' ') {
      at++;
    }
    int start = at;
    long value = 0;
    while (at < limits.length() && limits.charAt(at) >= '0' && limits.charAt(at) <= '9') {
      value = Math.min(value * 10 + (limits.charAt(at) - '0'), Integer.MAX_VALUE);
      at++;
    }
    // No digits: "unlimited".
    return at == start ? Integer.MAX_VALUE : (int) value;
  }
}
