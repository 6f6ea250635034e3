package org.stratafs.config;

/** A command line that cannot be followed: one clear line for the person, without a stack trace. */
public final class OptionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OptionException(String line) {
    super(line, null, false, false);
  }
}
