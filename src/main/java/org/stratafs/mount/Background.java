package org.stratafs.mount;

import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.Syscalls;

/**
 * How a daemon in the background lets go of whoever started it.
 *
 * <p>The launcher reads standard output and error until their end and takes the last line for the
 * answer, so after {@link #ready} nothing may hold them.
 */
final class Background {
  /** The line scripts/stratafs waits for. */
  private static final String READY = "ready";

  private final Syscalls sys;
  private final int input;
  private final int output;

  private Background(Syscalls sys, int input, int output) {
    this.sys = sys;
    this.input = input;
    this.output = output;
  }

  /**
   * Opens what standard input, output and error will be.
   *
   * @param logFile takes what the daemon has to say later, at its end; null for nowhere
   */
  static Background open(Syscalls sys, String logFile) {
    int nothing = sys.openat(Syscalls.AT_FDCWD, "/dev/null", OpenFlags.O_RDWR, 0);
    if (logFile == null || logFile.isEmpty()) {
      return new Background(sys, nothing, nothing);
    }
    try {
      int flags = OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_APPEND;
      return new Background(sys, nothing, sys.openat(Syscalls.AT_FDCWD, logFile, flags, 0600));
    } catch (FsException e) {
      throw new FsException(
          e.errno(),
          "the log file " + Names.display(logFile) + " (STRATAFS_LOG) cannot be written");
    }
  }

  /** The mount answers: says so, as the last thing the launcher hears. */
  void ready(StandardError err) {
    err.warn(READY);
    sys.dup2(input, 0);
    sys.dup2(output, 1);
    sys.dup2(output, 2);
    if (output != input) {
      sys.close(output);
    }
    sys.close(input);
  }
}
