package org.stratafs.mount;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.stratafs.fuse.kernel.FuseMount;
import org.stratafs.fuse.kernel.MountRequest;
import org.stratafs.fuse.kernel.Mounter;
import org.stratafs.posix.Log;

/**
 * What SIGTERM, SIGINT and SIGHUP set off: the JVM's shutdown hook, which unmounts and waits until
 * everything is written.
 *
 * <p>At the ordinary end, when the mount is gone already, it does nothing.
 */
final class Ending extends Thread {
  /**
   * How long a signal waits for programs that still use the mount, in seconds. The mount is
   * detached by then, so nobody finds it any more; after that they get ENOTCONN. systemd kills
   * after 90.
   */
  private static final long PATIENCE_SECONDS = 20;

  private final Log log;
  private final CountDownLatch ended = new CountDownLatch(1);

  /** Guarded by this. */
  private FuseMount mount;

  Ending(Log log) {
    super("stratafs-ending");
    this.log = log;
  }

  /** Mounts; a signal that comes meanwhile waits and then unmounts. */
  synchronized FuseMount mount(Mounter mounter, MountRequest request) {
    mount = mounter.mount(request);
    return mount;
  }

  /** The session is over: nothing is left to unmount. */
  void ended() {
    synchronized (this) {
      mount = null;
    }
    ended.countDown();
  }

  /** Unmounts, if there is a mount of ours. */
  synchronized void unmount() {
    if (mount == null) {
      return;
    }
    mount.unmountIfStillOurs();
    mount = null;
  }

  @Override
  public void run() {
    synchronized (this) {
      if (mount == null) {
        return;
      }
      unmount();
    }
    try {
      if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        log.warn("programs still use the mount; they get ENOTCONN from now on");
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread; if somebody does, it is to be quick.
      Thread.currentThread().interrupt();
    }
    // Not the 128 + signal number of the JVM: ending on a signal is a clean end.
    Runtime.getRuntime().halt(0);
  }
}
