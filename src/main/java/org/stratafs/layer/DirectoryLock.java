package org.stratafs.layer;

import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.sys.Syscalls;

/**
 * The lock that keeps two mounts from writing to one upper or workdir: flock(2) on the directory,
 * which lasts as long as its descriptor and so ends with a daemon that is killed.
 */
final class DirectoryLock {
  /**
   * How long to wait for a lock, in milliseconds. A daemon that was unmounted just now may take a
   * moment to end, and callers unmount and mount again at once.
   */
  private static final int PATIENCE = 2000;

  private static final int STEP = 20;

  private DirectoryLock() {}

  /** Locks it until its descriptor is closed; EBUSY with a line if another mount has it. */
  static void lock(LayerRoot root) {
    for (int waited = 0; !locked(root); waited += STEP) {
      if (waited >= PATIENCE) {
        throw root.failure(
            Errno.EBUSY,
            "is in use by another mount: unmount that first, or give a directory of its own");
      }
      try {
        Thread.sleep(STEP);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new FsException(Errno.EINTR);
      }
    }
  }

  private static boolean locked(LayerRoot root) {
    try {
      root.sys.flock(root.fd(), Syscalls.LOCK_EX | Syscalls.LOCK_NB);
      return true;
    } catch (FsException e) {
      if (e.errno() == Errno.EAGAIN) {
        return false;
      }
      // EBADF: NFS locks only what is open for writing, which a directory never is. EOPNOTSUPP,
      // ENOSYS, ENOLCK: no locks there at all.
      // Then nobody is kept out, as with the kernel's overlayfs on such a file system.
      return true;
    }
  }
}
