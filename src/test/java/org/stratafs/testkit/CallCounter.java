package org.stratafs.testkit;

import java.util.Map;
import java.util.TreeMap;
import org.stratafs.sys.Syscalls;

/** Counts calls by name. */
public final class CallCounter extends SyscallWrapper {
  private final Map<String, Integer> counts = new TreeMap<>();

  public CallCounter(Syscalls real) {
    super(real);
  }

  @Override
  protected synchronized void before(String call, Object[] args) {
    counts.merge(call, 1, Integer::sum);
  }

  public synchronized int count(String call) {
    return counts.getOrDefault(call, 0);
  }

  /** All calls. */
  public synchronized int total() {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  public synchronized void reset() {
    counts.clear();
  }

  /** The counts by name. */
  public synchronized Map<String, Integer> counts() {
    return new TreeMap<>(counts);
  }

  @Override
  public synchronized String toString() {
    return counts.toString();
  }
}
