package org.stratafs.mount;

import org.stratafs.fs.StatusReport;

/** A transport at work: serves one mounted connection until the kernel closes it. */
interface Serving {
  /**
   * Starts to serve; returns at once.
   *
   * @param fd an open, mounted /dev/fuse descriptor, which is closed at the end
   */
  void start(int fd);

  /** Adds the transport, and what it has served. */
  void describe(StatusReport report);

  /** Waits until the mount answers. */
  void awaitInit() throws InterruptedException;

  /** Waits until the connection is gone and the file system destroyed. */
  void awaitEnd() throws InterruptedException;
}
