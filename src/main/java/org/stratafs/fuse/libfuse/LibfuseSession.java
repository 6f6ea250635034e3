package org.stratafs.fuse.libfuse;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import jnr.ffi.Pointer;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.StatusReport;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;
import org.stratafs.sys.NativeBuffer;
import org.stratafs.sys.Syscalls;

/**
 * A file system served by libfuse 2 on one FUSE connection, from INIT until the kernel closes the
 * connection. It never unmounts: it ends when the mount is gone.
 */
public final class LibfuseSession {
  /**
   * How many requests are served at one time; libfuse's own loop keeps ten threads. A waiting one
   * costs a thread and memory that has not been touched.
   */
  private static final int WORKERS = 10;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final Syscalls sys;
  private final FileSystem fs;
  private final Log log;
  private final Calls calls;
  private final LibFuse2 libfuse;

  /** Native code holds its addresses: it must stay reachable. */
  private final Operations operations;

  private final LibfuseOptions options;

  // Set by start, before there is a worker.
  private Pointer channel;
  private Pointer fuse;
  private Pointer session;
  private StaleReplies staleReplies;
  private Pointer staleChannel;

  private final AtomicInteger running = new AtomicInteger(WORKERS);
  private final CountDownLatch initialised = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean initAnswered;

  /**
   * A session that has not been started.
   *
   * @throws FsException ENOENT with what to install if libfuse is not there
   */
  public LibfuseSession(Syscalls sys, FileSystem fs, LibfuseOptions options, Log log) {
    requireByteNames();
    this.sys = sys;
    this.fs = fs;
    this.options = options;
    this.log = log;
    calls = new Calls(log);
    libfuse = LibFuse2.load();
    operations = new Operations(fs, calls, new OpenFiles(fs));
  }

  /** jnr-fuse makes Strings of the paths with the default charset. */
  private static void requireByteNames() {
    if (!Charset.defaultCharset().equals(StandardCharsets.ISO_8859_1)) {
      throw new FsException(
          Errno.EINVAL,
          "transport=libfuse needs a Java VM started with -Dfile.encoding=ISO-8859-1, as"
              + " scripts/stratafs does");
    }
  }

  private static String text(LibfuseOptions options) {
    long nanos = options.timeoutNanos();
    String fraction = Long.toString(NANOS_PER_SECOND + nanos % NANOS_PER_SECOND).substring(1);
    String seconds = nanos / NANOS_PER_SECOND + "." + fraction;
    StringBuilder text = new StringBuilder("use_ino,big_writes,attr_timeout=0");
    text.append(",entry_timeout=").append(seconds);
    text.append(",negative_timeout=").append(seconds);
    if (options.maxWrite() > 0) {
      text.append(",max_write=").append(options.maxWrite());
    }
    if (options.debug()) {
      text.append(",debug");
    }
    return text.toString();
  }

  /**
   * Starts to serve; returns at once. Called once.
   *
   * @param fd an open, mounted /dev/fuse descriptor, which the session closes at its end
   */
  public void start(int fd) {
    channel = libfuse.fuse_kern_chan_new(fd);
    fuse = libfuse.fuse_new(channel, text(options), operations.table);
    if (fuse == null) {
      throw new FsException(Errno.EINVAL, "libfuse refuses its options: " + text(options));
    }
    session = libfuse.fuse_get_session(fuse);
    staleReplies = new StaleReplies(sys, fd, calls);
    staleChannel = staleReplies.open(libfuse);
    for (int i = 0; i < WORKERS; i++) {
      Thread thread = new Thread(new Worker(this, sys, fd, log), "stratafs-libfuse-" + i);
      thread.setDaemon(true);
      thread.start();
    }
  }

  /**
   * Waits until the kernel has the answer to INIT, from when on the mount answers.
   *
   * @throws FsException ENOTCONN if the mount went away before
   */
  public void awaitInit() throws InterruptedException {
    initialised.await();
    if (!initAnswered) {
      throw new FsException(Errno.ENOTCONN, "the mount was gone before the kernel began to use it");
    }
  }

  /** Waits until the connection is gone, all requests are done and the file system is destroyed. */
  public void awaitEnd() throws InterruptedException {
    ended.await();
  }

  /** Adds how often each callback was called so far. */
  public void describe(StatusReport report) {
    calls.describe(report.group("requests"));
  }

  Request newRequest(NativeBuffer buffer) {
    Request request = new Request(libfuse, buffer);
    calls.bind(request);
    return request;
  }

  void process(Request request, int length) {
    boolean init = request.opcode() == Request.INIT;
    Pointer through = request.isAboutNode() ? staleChannel : channel;
    libfuse.fuse_session_process(session, request.buffer.address(), length, through);
    if (init) {
      initAnswered = true;
      initialised.countDown();
    }
  }

  /** A worker ends; the last one ends everything. */
  void ended(Request request) {
    if (running.decrementAndGet() != 0) {
      return;
    }
    try {
      if (request != null) {
        // libfuse removes the names of hidden files, which ends up in our callbacks.
        request.begin(0);
      }
      libfuse.fuse_destroy(fuse);
      libfuse.fuse_chan_destroy(staleChannel);
      fs.destroy();
    } catch (RuntimeException | Error e) {
      log.warn("the file system did not end cleanly: " + e);
    } finally {
      initialised.countDown();
      ended.countDown();
    }
  }
}
