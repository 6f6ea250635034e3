package org.stratafs.mount;

import org.stratafs.config.MountOptions;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.StatusReport;
import org.stratafs.fuse.libfuse.LibfuseOptions;
import org.stratafs.fuse.libfuse.LibfuseSession;
import org.stratafs.posix.Log;
import org.stratafs.sys.Syscalls;

/** {@code -o transport=libfuse}. Nothing of it is loaded unless it is asked for. */
final class LibfuseServing implements Serving {
  private final LibfuseSession session;

  /** ENOENT with what to install if libfuse is not there. */
  LibfuseServing(Syscalls sys, FileSystem fs, MountOptions options, Log log) {
    session =
        new LibfuseSession(
            sys,
            fs,
            new LibfuseOptions(
                options.timeoutNanos(), options.kernel().maxWrite(), options.debug()),
            log);
  }

  @Override
  public void start(int fd) {
    session.start(fd);
  }

  @Override
  public void describe(StatusReport report) {
    report.add("transport", "libfuse");
    report.add("passthrough", "off: libfuse 2 does not know it");
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
