package org.stratafs.fs;

/**
 * Where a file system tells the kernel what changed other than by the request it is serving. Never
 * called while a lock is held.
 */
public interface Notifications {
  /**
   * The attributes the kernel remembers of a node are stale: its data is not. A node the kernel
   * does not know is ignored.
   */
  void attributesChanged(long nodeid);
}
