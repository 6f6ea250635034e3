package org.stratafs.posix;

/** Where lines for the person who runs the mount go. Safe for any thread. */
@FunctionalInterface
public interface Log {
  /** One line: what happened, to which thing, and what to do. */
  void warn(String line);
}
