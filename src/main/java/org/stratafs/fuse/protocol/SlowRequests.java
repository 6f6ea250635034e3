package org.stratafs.fuse.protocol;

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

  /** A line for each that is kept, the latest first, after one that counts them all. */
  synchronized void describe(StringBuilder out) {
    out.append("requests slower than ").append(THRESHOLD_NANOS / NANOS_PER_MILLI);
    out.append(" ms: ").append(count).append('\n');
    for (long i = count - 1; i >= 0 && i >= count - KEPT; i--) {
      out.append("  ").append(last[(int) (i % KEPT)]).append('\n');
    }
  }
}
