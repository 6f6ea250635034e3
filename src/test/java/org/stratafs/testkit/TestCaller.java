package org.stratafs.testkit;

import org.stratafs.fs.Caller;

/** The caller of every request of a client. */
public final class TestCaller implements Caller {
  volatile int uid;
  volatile int gid;
  private volatile boolean interrupted;

  @Override
  public int uid() {
    return uid;
  }

  @Override
  public int gid() {
    return gid;
  }

  @Override
  public int pid() {
    return 4242;
  }

  @Override
  public boolean interrupted() {
    return interrupted;
  }

  /** What {@link #interrupted()} tells from now on. */
  public void interrupt(boolean value) {
    interrupted = value;
  }
}
