package org.stratafs.mount;

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
  private final int nothing;

  private Background(Syscalls sys, int nothing) {
    this.sys = sys;
    this.nothing = nothing;
  }

  /** Opens what standard input and output will be. */
  static Background open(Syscalls sys) {
    return new Background(sys, sys.openat(Syscalls.AT_FDCWD, "/dev/null", OpenFlags.O_RDWR, 0));
  }

  /** The mount answers: says so, as the last thing the launcher hears. */
  void ready(StandardError err) {
    err.warn(READY);
    sys.dup2(nothing, 0);
    sys.dup2(nothing, 1);
    sys.close(nothing);
  }
}
