package org.stratafs.union;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;

/**
 * Where the locks of a union come from: the JDK, or a test that decides which thread goes on. They
 * are reentrant, and asked for once each.
 */
public interface LockSource {
  /** A lock for a directory's names or for a copy-up. */
  Lock lock();

  /** The lock over all names. */
  ReadWriteLock readWriteLock();
}
