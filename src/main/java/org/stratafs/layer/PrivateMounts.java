package org.stratafs.layer;

import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/**
 * Gives layers private mounts of their own, detached from every name, as the kernel's overlayfs
 * does (linux fs/overlayfs/super.c, ovl_get_layers, clone_private_mount): what is mounted inside a
 * layer, our own mount point above all, is not seen; the path a layer was given as can be
 * unmounted; a lower cannot be written nor a device opened, and reading it leaves its atimes alone.
 *
 * <p>It needs CAP_SYS_ADMIN in the user namespace of the mounts. Where the kernel refuses, the
 * layer is used as it was opened; what is mounted inside then gives EXDEV when it is entered.
 */
final class PrivateMounts {
  private static final long LOWER = Syscalls.MOUNT_ATTR_RDONLY | Syscalls.MOUNT_ATTR_NODEV;

  private final Syscalls sys;

  /** Cleared by the first EPERM, which every later attempt would get too. */
  private boolean allowed = true;

  PrivateMounts(Syscalls sys) {
    this.sys = sys;
  }

  /** Replaces a lower's descriptor; true if reading through it does not change atimes. */
  boolean replaceLower(LayerRoot lower) {
    int clone = cloneOf(lower.fd());
    if (clone < 0) {
      return false;
    }
    lower.replaceFd(clone);
    // A user namespace may not change the atime mode of a mount it was given (MNT_LOCK_ATIME),
    // read-only it may set.
    if (setAttributes(clone, LOWER | Syscalls.MOUNT_ATTR_NOATIME)) {
      return true;
    }
    setAttributes(clone, LOWER);
    return false;
  }

  /**
   * Replaces the descriptors of upper and workdir by such beneath one private mount of their
   * nearest common parent, since rename(2) works within one mount only.
   *
   * @return a descriptor to keep open while the two are used, -1 if they stay as they are
   */
  int replaceUpper(LayerRoot upper, LayerRoot work) {
    String upperPath = pathOf(upper.fd());
    String workPath = pathOf(work.fd());
    if (upperPath == null || workPath == null) {
      return -1;
    }
    int common = commonParentLength(upperPath, workPath);
    String upperName = upperPath.substring(common);
    String workName = workPath.substring(common);
    int clone = cloneOfParent(upper, upperName);
    if (clone < 0) {
      return -1;
    }
    setAttributes(clone, Syscalls.MOUNT_ATTR_NODEV);
    int newUpper = reopen(clone, upperName, upper);
    int newWork = newUpper < 0 ? -1 : reopen(clone, workName, work);
    if (newWork < 0) {
      if (newUpper >= 0) {
        sys.close(newUpper);
      }
      sys.close(clone);
      return -1;
    }
    upper.replaceFd(newUpper);
    work.replaceFd(newWork);
    return clone;
  }

  private int cloneOfParent(LayerRoot root, String nameInParent) {
    StringBuilder up = new StringBuilder("..");
    for (int i = 0; i < nameInParent.length(); i++) {
      if (nameInParent.charAt(i) == '/') {
        up.append("/..");
      }
    }
    int parent;
    try {
      // Never into another mount: one may cover the parent.
      parent = sys.openat2(root.fd(), up.toString(), Layer.DIRECTORY, 0, Syscalls.RESOLVE_NO_XDEV);
    } catch (FsException e) {
      return -1; // not to be had; the plain descriptors serve
    }
    try {
      return cloneOf(parent);
    } finally {
      sys.close(parent);
    }
  }

  /** -1 unless it is the very directory. */
  private int reopen(int parent, String name, LayerRoot expected) {
    int fd;
    try {
      fd = sys.openat2(parent, name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0, Layer.BENEATH);
    } catch (FsException e) {
      return -1; // moved meanwhile, or a mount in between; the plain descriptors serve
    }
    Stat stat = new Stat();
    sys.fstat(fd, stat);
    if (!expected.isSameAs(stat)) {
      sys.close(fd);
      return -1;
    }
    return fd;
  }

  private int cloneOf(int fd) {
    if (!allowed) {
      return -1;
    }
    try {
      return sys.openTree(fd, ".", Syscalls.OPEN_TREE_CLONE);
    } catch (FsException e) {
      // EPERM: no CAP_SYS_ADMIN; ENOSYS: Linux before 5.2; EINVAL: mounts inside that this
      // namespace may not uncover.
      allowed = e.errno() != Errno.EPERM && e.errno() != Errno.ENOSYS;
      return -1;
    }
  }

  private boolean setAttributes(int mount, long attributes) {
    try {
      sys.mountSetattr(mount, attributes);
      return true;
    } catch (FsException e) {
      return false; // Linux before 5.12, or locked: only a safety net is missing
    }
  }

  /** Where a descriptor is, null if that cannot be told. */
  private String pathOf(int fd) {
    try {
      String path = sys.readlinkat(Syscalls.AT_FDCWD, "/proc/self/fd/" + fd);
      return path.startsWith("/") && path.length() < Names.PATH_MAX ? path : null;
    } catch (FsException e) {
      return null; // no /proc, or longer than PATH_MAX
    }
  }

  /**
   * The length of the longest common parent, its slash included; the two are different and neither
   * is in the other one.
   */
  private static int commonParentLength(String a, String b) {
    int length = 0;
    for (int i = 0; i < a.length() && i < b.length() && a.charAt(i) == b.charAt(i); i++) {
      if (a.charAt(i) == '/') {
        length = i + 1;
      }
    }
    return length;
  }
}
