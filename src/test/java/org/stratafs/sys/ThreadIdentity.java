package org.stratafs.sys;

/**
 * A thread with another user's identity and no capability. The raw system calls change one thread;
 * the C library's setuid(2) would change all (nptl(7)).
 */
public final class ThreadIdentity {
  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
  private static final int SETRESUID = ARM ? 147 : 117;
  private static final int SETRESGID = ARM ? 149 : 119;
  private static final int SETGROUPS = ARM ? 159 : 116;

  private final LibC libc = new LibC();
  private Throwable thrown;

  private ThreadIdentity() {}

  /** Does something as that user, in a thread of its own, and rethrows what it throws. */
  public static void as(int uid, int gid, Runnable action) {
    ThreadIdentity identity = new ThreadIdentity();
    Thread thread = new Thread(() -> identity.run(uid, gid, action), "uid " + uid);
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    if (identity.thrown instanceof Error error) {
      throw error;
    }
    if (identity.thrown instanceof RuntimeException exception) {
      throw exception;
    }
  }

  private void run(int uid, int gid, Runnable action) {
    try {
      change(SETGROUPS, 0, 0, 0);
      change(SETRESGID, gid, gid, gid);
      change(SETRESUID, uid, uid, uid);
      action.run();
    } catch (Error | RuntimeException e) {
      thrown = e;
    }
  }

  private void change(int number, int a, int b, int c) {
    if (libc.call(number, a, b, c) != 0) {
      throw new IllegalStateException("system call " + number + ": errno " + libc.errno());
    }
  }
}
