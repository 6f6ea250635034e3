package org.stratafs.fuse.protocol;

import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Brings INTERRUPT to the request it means, which another worker is serving.
 *
 * <p>A request is known by its unique id, which the kernel never uses twice. The kernel sends
 * INTERRUPT only after the request was read, but the worker that read it may not have got as far as
 * {@link #enter}: such an early interrupt is remembered and found there. (Answering EAGAIN, as
 * fs/fuse/dev.c offers, does not help: on a cloned descriptor the kernel looks only among the
 * requests that were read through the same descriptor, and drops the interrupt.) Interrupts of
 * requests that are done stay among the early ones until the ring comes round; they match nothing.
 *
 * <p>No lock: {@link #enter} publishes the request and then looks among the early interrupts,
 * {@link #interrupt} publishes the early interrupt and then looks among the requests, so one of
 * both finds it.
 */
final class Interrupts {
  /** Far more than the workers that can be between read(2) and enter at one time. */
  private static final int EARLY = 64;

  private final CopyOnWriteArrayList<RequestCaller> callers = new CopyOnWriteArrayList<>();
  private final AtomicLongArray early = new AtomicLongArray(EARLY);
  private volatile boolean anyEarly;

  /** Guarded by this. */
  private int next;

  void add(RequestCaller caller) {
    callers.add(caller);
  }

  void remove(RequestCaller caller) {
    callers.remove(caller);
  }

  /** The caller's request begins. */
  void enter(RequestCaller caller, long unique) {
    caller.enter(unique);
    if (anyEarly) {
      for (int i = 0; i < EARLY; i++) {
        if (early.get(i) == unique) {
          caller.interrupt(unique);
        }
      }
    }
  }

  /** The request with that id, if it is or soon will be served, is to stop. */
  synchronized void interrupt(long unique) {
    if (find(unique)) {
      return;
    }
    early.set(next, unique);
    next = (next + 1) % EARLY;
    anyEarly = true;
    find(unique);
  }

  private boolean find(long unique) {
    for (RequestCaller caller : callers) {
      if (caller.serves(unique)) {
        caller.interrupt(unique);
        return true;
      }
    }
    return false;
  }
}
