package org.stratafs.fs;

import org.stratafs.posix.Stat;

/**
 * What a name leads to: filled by the operations that look a name up or make one. Reused by its
 * owner.
 */
public final class Entry {
  /** 0: there is no such name, and the kernel may remember that. */
  public long nodeid;

  /**
   * With the nodeid unique for all time, so that file handles of an earlier mount are stale (struct
   * fuse_entry_out).
   */
  public long generation;

  public final Stat attr = new Stat();
}
