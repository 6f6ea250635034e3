package org.stratafs.fuse.protocol;

import java.util.concurrent.atomic.AtomicLongArray;

/** How many requests of each kind came. One worker writes, anybody reads; no locked instruction. */
public final class RequestCounts {
  private final AtomicLongArray counts = new AtomicLongArray(Opcode.LIMIT);

  /** Counts one; only the worker that owns this calls it. */
  void count(Opcode opcode) {
    int i = opcode.number();
    counts.lazySet(i, counts.getPlain(i) + 1);
  }

  /** Adds another's counts. Calls are serialised by the caller. */
  public void addAll(RequestCounts other) {
    for (int i = 0; i < Opcode.LIMIT; i++) {
      counts.lazySet(i, counts.getPlain(i) + other.counts.get(i));
    }
  }

  /** The count of one kind. */
  public long of(Opcode opcode) {
    return counts.get(opcode.number());
  }
}
