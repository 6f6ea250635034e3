package org.stratafs.testkit;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.stratafs.sys.Syscalls;

/**
 * Knows which descriptors are open and by which call; a close of one that is not open fails the
 * test.
 */
public final class DescriptorTracker extends SyscallWrapper {
  private static final Set<String> OPENING =
      Set.of("openat", "openat2", "openat2OrAbsent", "openTree");

  private final Map<Integer, String> open = new TreeMap<>();

  public DescriptorTracker(Syscalls real) {
    super(real);
  }

  @Override
  protected void before(String call, Object[] args) {
    if (call.equals("close")) {
      synchronized (open) {
        // Removed before the real close: another thread may get the number at once.
        if (open.remove((Integer) args[0]) == null) {
          throw new AssertionError("close of a descriptor that is not open: " + args[0]);
        }
      }
    }
  }

  @Override
  protected Object after(String call, Object[] args, Object result) {
    if (OPENING.contains(call) && (Integer) result >= 0) {
      synchronized (open) {
        open.put((Integer) result, line(call, args));
      }
    }
    return result;
  }

  /** The open descriptors and what opened them. */
  public Map<Integer, String> open() {
    synchronized (open) {
      return new TreeMap<>(open);
    }
  }
}
