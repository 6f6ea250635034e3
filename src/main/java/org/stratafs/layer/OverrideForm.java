package org.stratafs.layer;

import org.stratafs.posix.Mode;
import org.stratafs.sys.Syscalls;

/**
 * The xattr that keeps owner, mode and type of a file whose inode could not have them, as layers
 * have it that an ordinary user unpacked (option xattr_permissions).
 */
public enum OverrideForm {
  /** Owner and mode are the inode's own. */
  NONE(null),
  /** xattr_permissions=1. */
  PRIVILEGED("security.fuseoverlayfs.override_stat"),
  /** xattr_permissions=2, and what containers/storage writes. */
  CONTAINERS("user.containers.override_stat"),
  /** What fuse-overlayfs up to 1.10 wrote with xattr_permissions=2; read and kept up. */
  USER("user.fuseoverlayfs.override_stat");

  private final String xattr;

  OverrideForm(String xattr) {
    this.xattr = xattr;
  }

  /**
   * Writes one for a directory that is no part of an open stack.
   *
   * @param fd of the directory
   * @param mode with the file type
   */
  public void write(Syscalls sys, int fd, int uid, int gid, int mode) {
    OverrideStat stat = new OverrideStat(uid, gid, mode & Mode.PERMISSIONS, Mode.type(mode), 0);
    sys.setxattr(fd, "", xattr, stat.format(), 0);
  }

  /** The name of the xattr; null for {@link #NONE}. */
  String xattr() {
    return xattr;
  }

  /** Whether an xattr is one of them. */
  public static boolean isOverride(String xattr) {
    return xattr.equals(CONTAINERS.xattr)
        || xattr.equals(PRIVILEGED.xattr)
        || xattr.equals(USER.xattr);
  }
}
