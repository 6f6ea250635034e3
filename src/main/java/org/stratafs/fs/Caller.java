package org.stratafs.fs;

/** The process on whose behalf an operation runs; valid until the operation returns. */
public interface Caller {
  int uid();

  int gid();

  /** The process (thread) id, 0 where the kernel does not tell. */
  int pid();

  /**
   * Whether the caller has been interrupted since: long work stops with EINTR and leaves the tree
   * as it was.
   */
  boolean interrupted();
}
