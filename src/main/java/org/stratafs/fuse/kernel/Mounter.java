package org.stratafs.fuse.kernel;

import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.DeviceNumbers;
import org.stratafs.sys.Fd;
import org.stratafs.sys.Syscalls;

/**
 * Makes FUSE mounts: by mount(2) as root or with CAP_SYS_ADMIN in a user namespace, else through
 * fusermount3.
 *
 * <p>Which of the two is right is not asked but tried, since capabilities, user namespaces and
 * security modules all have their say.
 */
public final class Mounter {
  private static final String DEVICE = "/dev/fuse";
  private static final int MISC_MAJOR = 10;
  private static final int FUSE_MINOR = 229;

  private static final String MOUNTED_ELSEWHERE = "/dev/fd/";

  private final Syscalls sys;

  public Mounter(Syscalls sys) {
    this.sys = sys;
  }

  /**
   * Fails as {@link #mount} would for a mount point or a device that cannot do; for callers that
   * change nothing, not even a workdir, unless the mount can be made.
   */
  public void check(String mountPoint) {
    if (mountPoint.startsWith(MOUNTED_ELSEWHERE)) {
      return;
    }
    resolve(mountPoint);
    if (sys.geteuid() == 0) { // others may do without the device: fusermount3 opens it for them
      sys.close(openDevice());
    }
  }

  /**
   * Mounts; the kernel then waits for the connection to be served.
   *
   * @throws FsException with a line that names the path and the remedy; then nothing is mounted
   */
  public FuseMount mount(MountRequest request) {
    if (request.mountPoint().startsWith(MOUNTED_ELSEWHERE)) {
      return new FuseMount(sys, alreadyMounted(request.mountPoint()), null, null);
    }
    String path = resolve(request.mountPoint());
    try {
      int fd = mountByOurselves(request, path);
      return finished(fd, path, null);
    } catch (FsException e) {
      boolean fusermountMay = e.errno() == Errno.EPERM || e.errno() == Errno.EACCES;
      if (sys.geteuid() == 0 || !fusermountMay) {
        throw e;
      }
    }
    Fusermount fusermount = new Fusermount(sys);
    int fd = fusermount.mount(request, path, data(request));
    return finished(fd, path, fusermount);
  }

  private FuseMount finished(int fd, String path, Fusermount fusermount) {
    try {
      return new FuseMount(sys, fd, path, fusermount);
    } catch (FsException e) {
      // Closing the connection leaves a dead mount; there is none to see, or we could not look.
      sys.close(fd);
      throw new FsException(e.errno(), "the mount on " + Names.display(path) + " cannot be seen");
    }
  }

  /** The absolute path of the mount point without symbolic links, as the kernel resolves it. */
  private String resolve(String mountPoint) {
    String shown = "mount point " + Names.display(mountPoint);
    int flags = OpenFlags.O_PATH | OpenFlags.O_DIRECTORY;
    try (Fd fd = new Fd(sys, sys.openat(Syscalls.AT_FDCWD, mountPoint, flags, 0))) {
      return sys.readlinkat(Syscalls.AT_FDCWD, "/proc/self/fd/" + fd.value());
    } catch (FsException e) {
      throw new FsException(
          e.errno(),
          switch (e.errno()) {
            case Errno.ENOENT -> shown + " does not exist: make the directory first";
            case Errno.ENOTDIR -> shown + " is not a directory";
            case Errno.ENOTCONN ->
                shown + " has a mount whose daemon has ended: fusermount3 -u it first";
            default -> shown + " cannot be opened";
          });
    }
  }

  private int mountByOurselves(MountRequest request, String path) {
    int fd = openDevice();
    try {
      StringBuilder data = new StringBuilder();
      data.append("fd=").append(fd);
      data.append(",rootmode=40000,user_id=").append(Integer.toUnsignedString(sys.geteuid()));
      data.append(",group_id=").append(Integer.toUnsignedString(sys.getegid()));
      data.append(',').append(data(request));
      String type = "fuse." + request.subtype();
      sys.mount(request.fsname(), path, type, request.flags(), data.toString());
      return fd;
    } catch (FsException e) {
      sys.close(fd);
      throw new FsException(e.errno(), "cannot mount on " + Names.display(path) + remedy(e));
    }
  }

  private static String remedy(FsException e) {
    return switch (e.errno()) {
      case Errno.EPERM -> ": it takes root, or CAP_SYS_ADMIN in a container";
      case Errno.ENODEV -> ": the kernel has no FUSE; load it with modprobe fuse";
      case Errno.ENOSPC -> ": too many mounts, see /proc/sys/fs/mount-max";
      default -> "";
    };
  }

  private int openDevice() {
    try {
      return sys.openat(Syscalls.AT_FDCWD, DEVICE, OpenFlags.O_RDWR, 0);
    } catch (FsException e) {
      throw new FsException(
          e.errno(),
          switch (e.errno()) {
            case Errno.ENOENT ->
                DEVICE + " does not exist: load it with modprobe fuse, or give it to the container";
            case Errno.ENODEV, Errno.ENXIO ->
                DEVICE + " has no driver behind it: load it with modprobe fuse";
            default -> DEVICE + " cannot be opened: see its permissions";
          });
    }
  }

  /** The options that both ways of mounting hand to the kernel's FUSE. */
  private String data(MountRequest request) {
    StringBuilder data = new StringBuilder("default_permissions");
    if (request.allowOther()) {
      data.append(",allow_other");
    }
    if (request.context() != null && hasSelinux()) {
      data.append(",context=\"").append(request.context()).append('"');
    }
    return data.toString();
  }

  private boolean hasSelinux() {
    return sys.statOrAbsent(Syscalls.AT_FDCWD, "/sys/fs/selinux/enforce", new Stat());
  }

  private int alreadyMounted(String mountPoint) {
    int fd = -1;
    try {
      fd = Integer.parseInt(mountPoint.substring(MOUNTED_ELSEWHERE.length()));
      Stat stat = new Stat();
      sys.fstat(fd, stat);
      if (stat.rdev == DeviceNumbers.make(MISC_MAJOR, FUSE_MINOR)) {
        return fd;
      }
    } catch (NumberFormatException | FsException e) {
      // The line below says it.
    }
    throw new FsException(
        Errno.EBADF,
        Names.display(mountPoint) + " is not an open descriptor of " + DEVICE + ": pass one in");
  }
}
