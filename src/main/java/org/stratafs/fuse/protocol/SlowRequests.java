package org.stratafs.fuse.protocol;

import java.util.ArrayList;
import java.util.List;
import org.stratafs.fs.StatusReport;

/**
 * The requests that took long: how many, and which were the last ones. The two readings of the
 * clock that a request costs are 50 ns together; everything else here is for the few that are slow.
 */
final class SlowRequests {
  /** What counts as slow, in nanoseconds. */
  static final long THRESHOLD_NANOS = 100_000_000L;

  private static final long NANOS_PER_MILLI = 1_000_000L;
  private static final int KEPT = 8;

  private final String[] last = new String[KEPT];
  private long count;

  /** A request was served; nothing is done for one that was quick enough. */
  void served(Opcode opcode, long nodeid, long startNanos) {
    long took = System.nanoTime() - startNanos;
    if (took >= THRESHOLD_NANOS) {
      add(opcode, nodeid, took);
    }
  }

  private synchronized void add(Opcode opcode, long nodeid, long took) {
    last[(int) (count % KEPT)] =
        (opcode == null ? "unknown" : opcode.toString())
            + " of node "
            + nodeid
            + ": "
            + took / NANOS_PER_MILLI
            + " ms";
    count++;
  }

  /** Adds how many there were, and those that are kept, the latest first. */
  synchronized void describe(StatusReport slow) {
    slow.add("threshold_ms", THRESHOLD_NANOS / NANOS_PER_MILLI);
    slow.add("count", count);
    List<String> latest = new ArrayList<>();
    for (long i = count - 1; i >= 0 && i >= count - KEPT; i--) {
      latest.add(last[(int) (i % KEPT)]);
    }
    slow.add("latest", latest);
  }
}
