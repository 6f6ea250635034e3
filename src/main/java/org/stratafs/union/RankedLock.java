package org.stratafs.union;

import java.util.ArrayDeque;
import java.util.concurrent.locks.Lock;

/**
 * A lock that knows its place in the lock order of this package and, under -ea, refuses to be taken
 * out of order.
 *
 * <p>Two locks of the same rank may be held only where the rank says so (directories: parent before
 * child).
 */
final class RankedLock {
  /** The lock order, outermost first. */
  enum Rank {
    COPY_UP,
    RENAME,
    DIRECTORY,
    LINKS
  }

  private static final ThreadLocal<ArrayDeque<Rank>> HELD =
      new ThreadLocal<>() {
        @Override
        protected ArrayDeque<Rank> initialValue() {
          return new ArrayDeque<>();
        }
      };

  private final Rank rank;
  private final Lock lock;

  RankedLock(Rank rank, Lock lock) {
    this.rank = rank;
    this.lock = lock;
  }

  void lock() {
    assert push();
    lock.lock();
  }

  void unlock() {
    lock.unlock();
    assert pop();
  }

  /** Whether this thread holds any lock of the rank; for assertions only, true without -ea. */
  static boolean holds(Rank rank) {
    return HELD.get().contains(rank);
  }

  private boolean push() {
    ArrayDeque<Rank> held = HELD.get();
    Rank innermost = held.peek();
    if (innermost != null) {
      boolean nested = innermost == rank && rank == Rank.DIRECTORY;
      if (innermost.compareTo(rank) >= 0 && !nested) {
        throw new AssertionError("lock order: " + rank + " taken while holding " + held);
      }
    }
    held.push(rank);
    return true;
  }

  private boolean pop() {
    boolean removed = HELD.get().removeFirstOccurrence(rank);
    if (!removed) {
      throw new AssertionError("lock order: " + rank + " released but not held");
    }
    return true;
  }
}
