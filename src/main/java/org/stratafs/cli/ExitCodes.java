package org.stratafs.cli;

/** What the commands return to the shell. */
final class ExitCodes {
  /** Done; for a mount: it answers (in the background), or it ended cleanly (in the foreground). */
  static final int OK = 0;

  /** Not done, and a line on standard error says why. */
  static final int FAILED = 1;

  private ExitCodes() {}
}
