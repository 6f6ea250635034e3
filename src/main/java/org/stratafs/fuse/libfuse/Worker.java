package org.stratafs.fuse.libfuse;

import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;
import org.stratafs.sys.NativeBuffer;
import org.stratafs.sys.Syscalls;

/** A thread that reads requests and hands each to libfuse, until the connection is gone. */
final class Worker implements Runnable {
  /** As large as libfuse's own buffer (libfuse lib/fuse_kern_chan.c, MIN_BUFSIZE). */
  static final int BUFFER_SIZE = 0x21000;

  private final LibfuseSession session;
  private final Syscalls sys;
  private final int fd;
  private final Log log;

  Worker(LibfuseSession session, Syscalls sys, int fd, Log log) {
    this.session = session;
    this.sys = sys;
    this.fd = fd;
    this.log = log;
  }

  @Override
  public void run() {
    NativeBuffer buffer = NativeBuffer.reserve(BUFFER_SIZE);
    try {
      Request request = session.newRequest(buffer);
      serveAll(request);
      session.ended(request);
    } catch (RuntimeException | Error e) {
      log.warn("a libfuse worker ends: " + e);
      session.ended(null);
    } finally {
      buffer.free();
    }
  }

  private void serveAll(Request request) {
    int length = read(request.buffer);
    while (length >= 0) {
      if (length > 0) {
        request.begin(length);
        session.process(request, length);
      }
      length = read(request.buffer);
    }
  }

  /** Reads a request: its length, 0 for "try again", -1 for the end. */
  private int read(NativeBuffer buffer) {
    try {
      return sys.read(fd, buffer.address(), buffer.size());
    } catch (FsException e) {
      return switch (e.errno()) {
        // ENOENT: the request was aborted between being queued and being read.
        case Errno.EINTR, Errno.EAGAIN, Errno.ENOENT -> 0;
        case Errno.ENODEV -> -1;
        default -> {
          log.warn("reading from /dev/fuse failed: " + e.getMessage());
          yield -1;
        }
      };
    }
  }
}
