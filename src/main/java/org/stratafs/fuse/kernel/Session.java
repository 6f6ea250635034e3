package org.stratafs.fuse.kernel;

import java.util.concurrent.CountDownLatch;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.StatusReport;
import org.stratafs.fuse.protocol.Dispatcher;
import org.stratafs.fuse.protocol.Negotiated;
import org.stratafs.fuse.protocol.Opcode;
import org.stratafs.fuse.protocol.RequestCounts;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;
import org.stratafs.sys.Syscalls;

/**
 * A file system served on one FUSE connection, from INIT until the kernel closes the connection.
 *
 * <p>Starts with one worker, which answers INIT; {@link WorkerPool} adds others as they are needed.
 * The session never unmounts: it ends when the mount is gone.
 */
public final class Session {
  private final Connection connection;
  private final FileSystem fs;
  private final Dispatcher dispatcher;
  private final Log log;
  private final int maxWrite;
  private final WorkerPool pool;
  private final CountDownLatch initialised = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);

  /**
   * A session that has not been started.
   *
   * @param fd an open, mounted /dev/fuse descriptor, which the session closes at its end
   */
  public Session(Syscalls sys, int fd, FileSystem fs, SessionOptions options, Log log) {
    this.connection = Connection.of(sys, fd);
    this.fs = fs;
    this.dispatcher = new Dispatcher(fs, options.fuse(), log, options.trace(), connection);
    this.log = log;
    this.maxWrite = options.fuse().maxWrite();
    this.pool = new WorkerPool(this, Runtime.getRuntime().availableProcessors());
  }

  /** Starts to serve; returns at once. Called once. */
  public void start() {
    fs.start(new Notifier(connection, log));
    pool.start();
  }

  /**
   * Waits until the kernel has the answer to INIT, from when on the mount answers.
   *
   * @throws FsException EPROTO if the kernel is too old, ENOTCONN if the mount went away before
   */
  public void awaitInit() throws InterruptedException {
    initialised.await();
    FsException failure = dispatcher.initFailure();
    if (failure != null) {
      throw failure;
    }
    if (dispatcher.negotiated() == null) {
      throw new FsException(Errno.ENOTCONN, "the mount was gone before the kernel began to use it");
    }
  }

  /** Waits until the connection is gone, all requests are done and the file system is destroyed. */
  public void awaitEnd() throws InterruptedException {
    ended.await();
  }

  /** Adds the transport, passthrough, and the requests that came so far. */
  public void describe(StatusReport report) {
    Negotiated negotiated = dispatcher.negotiated();
    report.add("transport", "kernel");
    report.add("protocol", negotiated == null ? null : "7." + negotiated.minor());
    report.add("workers", pool.size());
    dispatcher.describe(report);
    StatusReport requests = report.group("requests");
    RequestCounts counts = pool.counts();
    for (Opcode opcode : Opcode.values()) {
      if (counts.of(opcode) > 0) {
        requests.add(opcode.name(), counts.of(opcode));
      }
    }
  }

  /** How many requests of one kind came so far. */
  public long requests(Opcode opcode) {
    return pool.counts().of(opcode);
  }

  /** How many workers there are now. */
  int workers() {
    return pool.size();
  }

  /** Whether INIT is done, so that requests come in parallel. */
  boolean isServing() {
    return initialised.getCount() == 0;
  }

  Worker newWorker() {
    return new Worker(pool, connection.copy(), dispatcher, log, maxWrite);
  }

  /** A reply has been written. */
  void served() {
    if (initialised.getCount() != 0
        && (dispatcher.negotiated() != null || dispatcher.initFailure() != null)) {
      initialised.countDown();
    }
  }

  /** The last worker has ended. */
  void ended() {
    try {
      fs.destroy();
    } catch (RuntimeException | Error e) {
      log.warn("the file system did not end cleanly: " + e);
    } finally {
      connection.close();
      initialised.countDown();
      ended.countDown();
    }
  }
}
