package org.stratafs.config;

import org.stratafs.posix.Names;

/** A command line that cannot be followed: one clear line for the person, without a stack trace. */
public final class OptionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The line may hold bytes of the command line; they become text here. */
  OptionException(String line) {
    super(Names.display(line), null, false, false);
  }
}
