package org.stratafs.fs;

import java.util.function.BooleanSupplier;

/** The process on whose behalf an operation runs; valid until the operation returns. */
public interface Caller extends BooleanSupplier {
  int uid();

  int gid();

  /** The process (thread) id, 0 where the kernel does not tell. */
  int pid();

  /**
   * Whether the caller has been interrupted since: long work stops with EINTR and leaves the tree
   * as it was.
   */
  boolean interrupted();

  /** {@link #interrupted}, for what knows no caller. */
  @Override
  default boolean getAsBoolean() {
    return interrupted();
  }
}
