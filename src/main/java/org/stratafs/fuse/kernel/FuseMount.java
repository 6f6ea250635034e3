package org.stratafs.fuse.kernel;

import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Fd;
import org.stratafs.sys.Syscalls;

/**
 * One mount that a {@link Mounter} made: its descriptor, and the way to undo it.
 *
 * <p>It keeps no descriptor on the mount itself, since that would keep umount(8) from ending it.
 */
public final class FuseMount {
  private final Syscalls sys;
  private final int fuseFd;
  private final String path;
  private final Fusermount fusermount;
  private final Stat made = new Stat();

  /**
   * @param path absolute; null if somebody else mounted it and unmounts it
   * @param fusermount null if mount(2) made it
   */
  FuseMount(Syscalls sys, int fuseFd, String path, Fusermount fusermount) {
    this.sys = sys;
    this.fuseFd = fuseFd;
    this.path = path;
    this.fusermount = fusermount;
    if (path != null) {
      try (Fd root = openRoot()) {
        sys.statMount(root.value(), made);
      }
    }
  }

  /** The mount point, absolute; null if somebody else mounted it. */
  public String path() {
    return path;
  }

  /** The descriptor of the connection; whoever serves it closes it. */
  public int fuseFd() {
    return fuseFd;
  }

  /**
   * Unmounts unless somebody did already, even if the path shows another mount by now. Call it only
   * while the connection is alive: on kernels before Linux 6.8, whose mount ids are used again, it
   * is the device number of the living superblock that tells a later mount apart.
   *
   * <p>The unmounting is lazy (MNT_DETACH): programs that still have files open keep them, and the
   * connection ends with the last.
   *
   * @return whether it was ours and is unmounted now
   */
  public boolean unmountIfStillOurs() {
    if (path == null) {
      return false;
    }
    try (Fd root = openRoot()) {
      Stat now = new Stat();
      sys.statMount(root.value(), now);
      if (now.mountId != made.mountId || now.dev != made.dev) {
        return false;
      }
      if (fusermount != null) {
        fusermount.unmount(path);
      } else {
        // By the descriptor, so that nothing can come between the look and the deed.
        sys.umount2("/proc/self/fd/" + root.value(), Syscalls.MNT_DETACH);
      }
      return true;
    } catch (FsException e) {
      // Whatever it is that stands there, it cannot be our mount, or it cannot be unmounted; the
      // daemon ends either way, and the connection with it.
      return false;
    }
  }

  /** Not following, since the path is one without symbolic links. */
  private Fd openRoot() {
    int flags = OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW;
    return new Fd(sys, sys.openat(Syscalls.AT_FDCWD, path, flags, 0));
  }
}
