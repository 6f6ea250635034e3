package org.stratafs.mount;

import java.time.Duration;
import org.stratafs.config.MountOptions;
import org.stratafs.config.Passthrough;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.StatusReport;
import org.stratafs.fuse.kernel.Session;
import org.stratafs.fuse.kernel.SessionOptions;
import org.stratafs.posix.Log;
import org.stratafs.sys.Syscalls;

/** The default transport: we speak the protocol ourselves. */
final class KernelServing implements Serving {
  private final Syscalls sys;
  private final FileSystem fs;
  private final MountOptions options;
  private final Log log;
  private Session session;

  KernelServing(Syscalls sys, FileSystem fs, MountOptions options, Log log) {
    this.sys = sys;
    this.fs = fs;
    this.options = options;
    this.log = log;
  }

  @Override
  public void start(int fd) {
    session = new Session(sys, fd, fs, sessionOptions(), log);
    session.start();
  }

  private SessionOptions sessionOptions() {
    SessionOptions defaults = SessionOptions.defaults();
    int maxWrite = options.kernel().maxWrite();
    return new SessionOptions(
        Duration.ofNanos(options.timeoutNanos()),
        options.acl(),
        options.writeback(),
        options.passthrough() != Passthrough.OFF,
        maxWrite == 0 ? defaults.maxWrite() : maxWrite,
        options.debug() ? log : null);
  }

  @Override
  public void describe(StatusReport report) {
    session.describe(report);
  }

  @Override
  public void awaitInit() throws InterruptedException {
    session.awaitInit();
  }

  @Override
  public void awaitEnd() throws InterruptedException {
    session.awaitEnd();
  }
}
