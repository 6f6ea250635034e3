package org.stratafs.testkit;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import org.stratafs.union.LockSource;

/** Locks that a {@link Scheduler} knows of: taking and giving back are its points. */
public final class ScheduledLocks implements LockSource {
  private final Scheduler scheduler;
  private int made;

  public ScheduledLocks(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  @Override
  public synchronized Lock lock() {
    return new Held("lock " + made++).exclusive();
  }

  @Override
  public ReadWriteLock readWriteLock() {
    Held held = new Held("names");
    Lock shared = held.shared();
    Lock exclusive = held.exclusive();
    return new ReadWriteLock() {
      @Override
      public Lock readLock() {
        return shared;
      }

      @Override
      public Lock writeLock() {
        return exclusive;
      }
    };
  }

  /** Who has a lock. Only one thread runs at a time; its monitor is for the others to see. */
  private final class Held {
    private final String name;
    private Thread owner;
    private int depth;
    private int readers;

    Held(String name) {
      this.name = name;
    }

    private synchronized boolean isFree(Thread thread, boolean alone) {
      return (owner == null || owner == thread) && (!alone || readers == 0);
    }

    Lock exclusive() {
      return new PlainLock() {
        @Override
        public void lock() {
          Thread me = Thread.currentThread();
          scheduler.await("take " + name, () -> isFree(me, true));
          synchronized (Held.this) {
            owner = me;
            depth++;
          }
        }

        @Override
        public void unlock() {
          synchronized (Held.this) {
            if (owner != Thread.currentThread()) {
              throw new IllegalMonitorStateException(name);
            }
            depth--;
            owner = depth == 0 ? null : owner;
          }
          scheduler.point("gave " + name);
        }
      };
    }

    Lock shared() {
      return new PlainLock() {
        @Override
        public void lock() {
          Thread me = Thread.currentThread();
          scheduler.await("share " + name, () -> isFree(me, false));
          synchronized (Held.this) {
            readers++;
          }
        }

        @Override
        public void unlock() {
          synchronized (Held.this) {
            if (readers == 0) {
              throw new IllegalMonitorStateException(name);
            }
            readers--;
          }
        }
      };
    }
  }

  /** A lock that can be taken and given back, which is all the union does with one. */
  private abstract static class PlainLock implements Lock {
    @Override
    public void lockInterruptibly() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean tryLock() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean tryLock(long time, TimeUnit unit) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Condition newCondition() {
      throw new UnsupportedOperationException();
    }
  }
}
