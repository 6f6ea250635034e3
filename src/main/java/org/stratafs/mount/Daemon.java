package org.stratafs.mount;

import org.stratafs.config.CommandLine;
import org.stratafs.config.KernelMount;
import org.stratafs.config.MountOptions;
import org.stratafs.config.Passthrough;
import org.stratafs.config.Transport;
import org.stratafs.fuse.kernel.FuseMount;
import org.stratafs.fuse.kernel.MountFlags;
import org.stratafs.fuse.kernel.MountRequest;
import org.stratafs.fuse.kernel.Mounter;
import org.stratafs.layer.LayerStack;
import org.stratafs.sys.Syscalls;
import org.stratafs.union.UnionFileSystem;
import org.stratafs.union.UnionOptions;

/**
 * The process behind one mount, from the options to the end of the connection.
 *
 * <p>Order of the start: layers opened and checked, union built, mounted, INIT answered; only then
 * is anybody told. Order of the end: unmounted by whoever, requests in flight done, file system
 * destroyed, exit.
 */
public final class Daemon {
  /** Directory descriptors kept open at most; more bring nothing that was measured. */
  private static final int MAX_DIRECTORY_DESCRIPTORS = 2048;

  private final Syscalls sys;
  private final StandardError err;

  public Daemon(Syscalls sys, StandardError err) {
    this.sys = sys;
    this.err = err;
  }

  /**
   * Mounts and serves; returns when the mount has ended.
   *
   * @param inBackground somebody waits for the line that says it is ready
   * @param logFile where the log goes once the mount answers; null or empty: nowhere in the
   *     background, else to standard error
   * @throws org.stratafs.posix.FsException with one line for the person; then nothing is mounted
   */
  public void serve(CommandLine line, boolean inBackground, String logFile)
      throws InterruptedException {
    // Modes come from the requests, the caller's umask applied by the kernel or by us.
    sys.umask(0);
    Background background = inBackground ? Background.open(sys) : null;
    LogFile log = log(logFile, inBackground);
    MountOptions options = line.options();
    Mounter mounter = new Mounter(sys);
    mounter.check(line.mountPoint()); // before the layers: opening them prepares the workdir
    try (LayerStack layers = LayerStack.open(sys, options.layers(), err)) {
      UnionFileSystem union = new UnionFileSystem(sys, layers, unionOptions(options), err);
      Ending ending = new Ending(err);
      Runtime.getRuntime().addShutdownHook(ending);
      Serving serving = serving(union, options);
      union.answerStatus(new MountStatus(line.optionText(), layers, union, serving));
      FuseMount mount = ending.mount(mounter, request(line));
      try {
        serving.start(mount.fuseFd());
        serving.awaitInit();
        // So that the daemon keeps no other file system from being unmounted.
        sys.chdir("/");
        if (background != null) {
          background.ready(err);
        }
        if (log != null) {
          log.takeOver(err, mount.path() != null ? mount.path() : line.mountPoint());
        }
      } catch (RuntimeException e) {
        ending.unmount();
        throw e;
      }
      serving.awaitEnd();
      ending.ended();
    }
  }

  /** Null: the log stays on standard error. */
  private LogFile log(String file, boolean inBackground) {
    if (file != null && !file.isEmpty()) {
      return LogFile.open(sys, file);
    }
    return inBackground ? LogFile.open(sys, "/dev/null") : null;
  }

  private Serving serving(UnionFileSystem union, MountOptions options) {
    return options.transport() == Transport.LIBFUSE
        ? new LibfuseServing(sys, union, options, err)
        : new KernelServing(sys, union, options, err);
  }

  private static UnionOptions unionOptions(MountOptions options) {
    // A quarter for directories; the rest is for open files, and those are the users'.
    int directories = Math.min(MAX_DIRECTORY_DESCRIPTORS, DescriptorLimit.ofThisProcess() / 4);
    return new UnionOptions(
        options.staticNlink(),
        options.ino32(),
        options.fsync(),
        /* keepCache= */ options.timeoutNanos() != 0,
        options.writeback(),
        options.passthrough() == Passthrough.ALL,
        options.redirects(),
        options.index(),
        options.metacopy(),
        UnionOptions.METACOPY_ABOVE,
        options.layerXattrs(),
        directories,
        /* generation= */ System.currentTimeMillis());
  }

  private static MountRequest request(CommandLine line) {
    KernelMount kernel = line.options().kernel();
    int flags = kernel.readOnly() ? MountFlags.RDONLY : 0;
    flags |= kernel.suid() ? 0 : MountFlags.NOSUID;
    flags |= kernel.dev() ? 0 : MountFlags.NODEV;
    flags |= kernel.exec() ? 0 : MountFlags.NOEXEC;
    flags |= kernel.dirAtime() ? 0 : MountFlags.NODIRATIME;
    flags |=
        switch (kernel.atime()) {
          case NONE -> MountFlags.NOATIME;
          case RELATIVE -> MountFlags.RELATIME;
          case STRICT -> MountFlags.STRICTATIME;
        };
    return new MountRequest(
        line.mountPoint(),
        kernel.fsname(),
        kernel.subtype(),
        flags,
        kernel.allowOther(),
        kernel.context());
  }
}
