package org.stratafs.testkit;

import java.util.ArrayList;
import java.util.List;
import org.stratafs.sys.Syscalls;

/**
 * Records the calls that change a file system, and can play a crash: from the n-th on none is made
 * and each throws {@link Crash}, those of clean-up and undo included.
 */
public final class MutationLog extends SyscallWrapper {
  private final List<String> calls = new ArrayList<>();
  private boolean recording;
  private int crashAt;

  /** The process died here. Not an FsException, so that nothing treats it as an errno. */
  public static final class Crash extends Error {
    private static final long serialVersionUID = 1L;

    Crash() {
      super("crash", null, false, false);
    }
  }

  public MutationLog(Syscalls real) {
    super(real);
  }

  /** Records from now on. */
  public synchronized void record() {
    calls.clear();
    recording = true;
    crashAt = 0;
  }

  /** From now on, n - 1 more calls are made. */
  public synchronized void crashAt(int n) {
    record();
    crashAt = n;
  }

  /** What was recorded; recording and crashing end. */
  public synchronized List<String> stop() {
    recording = false;
    crashAt = 0;
    return List.copyOf(calls);
  }

  @Override
  protected synchronized void before(String call, Object[] args) {
    if (!recording || !isMutating(call, args)) {
      return;
    }
    calls.add(line(call, args));
    if (crashAt != 0 && calls.size() >= crashAt) {
      throw new Crash();
    }
  }
}
