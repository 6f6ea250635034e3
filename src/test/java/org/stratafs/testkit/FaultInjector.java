package org.stratafs.testkit;

import org.stratafs.posix.FsException;
import org.stratafs.sys.Syscalls;

/**
 * Makes one call fail with an errno, the n-th after {@link #arm}, without making it; calls that
 * cannot fail are not counted.
 */
public final class FaultInjector extends SyscallWrapper {
  private boolean armed;
  private int countdown;
  private int errno;
  private String hit;
  private boolean mutation;

  public FaultInjector(Syscalls real) {
    super(real);
  }

  /** Lets the n-th call from now fail (n counted from 1). */
  public synchronized void arm(int n, int errno) {
    this.armed = true;
    this.countdown = n;
    this.errno = errno;
    this.hit = null;
  }

  /** No further faults; the call that failed, or null if there were fewer than n. */
  public synchronized String disarm() {
    armed = false;
    return hit;
  }

  /** Whether the call that failed is one that changes a file system. */
  public synchronized boolean hitMutation() {
    return mutation;
  }

  @Override
  protected synchronized void before(String call, Object[] args) {
    if (!armed
        || call.equals("close")
        || call.equals("geteuid")
        || call.equals("getegid")
        || call.equals("umask")) {
      return;
    }
    countdown--;
    if (countdown == 0) {
      hit = line(call, args);
      mutation = isMutating(call, args);
      throw new FsException(errno);
    }
  }
}
