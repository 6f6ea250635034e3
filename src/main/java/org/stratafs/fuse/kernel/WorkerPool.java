package org.stratafs.fuse.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.stratafs.fuse.protocol.Exchange;
import org.stratafs.fuse.protocol.RequestCounts;

/**
 * Decides how many workers there are: one more whenever all are busy, so that a slow request never
 * keeps others waiting, and fewer again when several have nothing to do.
 */
final class WorkerPool {
  /**
   * Requests served at one time at most. Foreground requests are as many as there are processes
   * waiting; a worker costs a thread and, once used for large requests, 2 MiB.
   */
  private static final int MAX_WORKERS = 256;

  private final Session session;

  /**
   * How long after a start nobody ends. Under a load that comes and goes within milliseconds
   * workers would else end and start all the time: 16 processes at once made 130 starts a second.
   */
  private static final long SETTLE_NANOS = 5_000_000_000L;

  /** Idle workers that stay: one for each CPU and one to take the next request. */
  private final int keptIdle;

  /** When the last worker was started, by System.nanoTime(). Written under this. */
  private volatile long lastStart;

  private final AtomicInteger idle = new AtomicInteger();

  /** Guarded by this. */
  private final List<Exchange> exchanges = new ArrayList<>();

  /** Of workers that ended. Guarded by this. */
  private final RequestCounts past = new RequestCounts();

  /** Guarded by this. */
  private int workers;

  /** Guarded by this. */
  private int started;

  WorkerPool(Session session, int cpus) {
    this.session = session;
    this.keptIdle = cpus + 1;
  }

  /** Starts a worker, which counts as idle from here on. */
  synchronized void start() {
    if (workers >= MAX_WORKERS) {
      return;
    }
    Worker worker = session.newWorker();
    Thread thread = new Thread(worker, "stratafs-worker-" + started);
    thread.setDaemon(true);
    workers++;
    started++;
    lastStart = System.nanoTime();
    idle.incrementAndGet();
    try {
      thread.start();
    } catch (OutOfMemoryError e) {
      // "unable to create native thread": a limit on threads. Those there are go on.
      workers--;
      idle.decrementAndGet();
      worker.close();
    }
  }

  synchronized void opened(Exchange exchange) {
    exchanges.add(exchange);
  }

  synchronized void closed(Exchange exchange) {
    exchanges.remove(exchange);
    past.addAll(exchange.counts());
  }

  /** How many there are. */
  synchronized int size() {
    return workers;
  }

  /** The requests of all workers so far. */
  synchronized RequestCounts counts() {
    RequestCounts sum = new RequestCounts();
    sum.addAll(past);
    for (Exchange exchange : exchanges) {
      sum.addAll(exchange.counts());
    }
    return sum;
  }

  /** A worker waits for a request. */
  void idle() {
    idle.incrementAndGet();
  }

  /** A worker has one; if nobody waits for the next, somebody is started to. */
  void busy() {
    if (idle.decrementAndGet() == 0 && session.isServing()) {
      start();
    }
  }

  /** A worker has served one. */
  void served() {
    session.served();
  }

  /** Whether enough others are idle, and have been, for the worker that asks to end. */
  boolean hasSurplus() {
    return idle.get() >= keptIdle && System.nanoTime() - lastStart > SETTLE_NANOS;
  }

  /** A worker has ended. */
  void ended(boolean wasIdle) {
    if (wasIdle) {
      idle.decrementAndGet();
    }
    boolean last;
    synchronized (this) {
      workers--;
      last = workers == 0;
    }
    if (last) {
      session.ended();
    }
  }
}
