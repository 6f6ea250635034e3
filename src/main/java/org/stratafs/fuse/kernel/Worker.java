package org.stratafs.fuse.kernel;

import org.stratafs.fuse.protocol.Dispatcher;
import org.stratafs.fuse.protocol.Exchange;
import org.stratafs.fuse.protocol.Memory;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;
import org.stratafs.sys.NativeBuffer;

/**
 * A thread that reads a request, has it served, writes the reply, and goes on until the connection
 * is gone or the pool has more idle workers than it keeps.
 */
final class Worker implements Runnable {
  /**
   * Room for the headers and structs around the data of a WRITE or READ; one page keeps alignment.
   */
  private static final int HEADER_ROOM = 4096;

  private final WorkerPool pool;
  private final Connection connection;
  private final Dispatcher dispatcher;
  private final Log log;
  private final int maxWrite;

  /** Whether the pool counts this worker as idle. Confined to the worker's thread. */
  private boolean countedIdle = true;

  Worker(WorkerPool pool, Connection connection, Dispatcher dispatcher, Log log, int maxWrite) {
    this.pool = pool;
    this.connection = connection;
    this.dispatcher = dispatcher;
    this.log = log;
    this.maxWrite = maxWrite;
  }

  @Override
  public void run() {
    try {
      serveAll();
    } catch (RuntimeException | Error e) {
      log.warn("a FUSE worker ends: " + e);
    } finally {
      close();
      pool.ended(countedIdle);
    }
  }

  /** Lets go of the connection; for a worker whose thread could not be started, too. */
  void close() {
    connection.close();
  }

  private void serveAll() {
    NativeBuffer request = NativeBuffer.reserve(maxWrite + HEADER_ROOM);
    NativeBuffer reply = NativeBuffer.reserve(maxWrite + HEADER_ROOM);
    try {
      serveAll(request, reply);
    } finally {
      reply.free();
      request.free();
    }
  }

  private void serveAll(NativeBuffer request, NativeBuffer reply) {
    Exchange exchange =
        dispatcher.open(
            new Memory(request.bytes(), request.address()),
            new Memory(reply.bytes(), reply.address()));
    pool.opened(exchange);
    try {
      int length = read(request);
      while (length >= 0) {
        if (length > 0) {
          countedIdle = false;
          pool.busy();
          write(exchange, reply, dispatcher.dispatch(exchange, length));
          pool.served();
          if (pool.hasSurplus()) {
            return;
          }
          pool.idle();
          countedIdle = true;
        }
        length = read(request);
      }
    } finally {
      dispatcher.close(exchange);
      pool.closed(exchange);
    }
  }

  /** Reads a request: its length, 0 for "try again", -1 for the end. */
  private int read(NativeBuffer request) {
    try {
      return connection.read(request.address(), request.size());
    } catch (FsException e) {
      return switch (e.errno()) {
        // ENOENT: the request was aborted between being queued and being read.
        case Errno.EINTR, Errno.EAGAIN, Errno.ENOENT -> 0;
        // The file system was unmounted, or its connection was aborted.
        case Errno.ENODEV -> -1;
        default -> {
          log.warn("reading from /dev/fuse failed: " + e.getMessage());
          yield -1;
        }
      };
    }
  }

  private void write(Exchange exchange, NativeBuffer reply, int length) {
    if (length == 0) {
      return;
    }
    try {
      connection.write(reply.address(), length);
    } catch (FsException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENODEV) {
        log.warn("the kernel refused a FUSE reply: " + e.getMessage());
      }
      dispatcher.lost(exchange);
    }
  }
}
