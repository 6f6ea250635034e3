package org.stratafs.layer;

import java.util.List;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Stat;

/**
 * Copies the metadata of a file of any type to one that was just made, in the order that keeps it:
 *
 * <ol>
 *   <li>owner: chown(2) clears suid, sgid and security.capability, so all of these come after it;
 *   <li>xattrs: before the mode, since user.* needs write permission, which the mode may take away
 *       (0444) from a daemon without CAP_DAC_OVERRIDE, and because setting an access ACL rewrites
 *       the permission bits and may clear sgid;
 *   <li>mode: chmod(2) clears no xattr, and its group bits are the ACL's mask, which in a mode read
 *       with its ACL is the same;
 *   <li>times: after everything that moves them. The content must be there before: writing clears
 *       suid, sgid and capabilities too.
 * </ol>
 *
 * <p>Stateless but for the system calls; safe for any thread.
 */
public final class MetadataCopier {
  /**
   * Labels that a security module writes for the new inode itself (security_inode_copy_up_xattr
   * discards them).
   */
  private static final String[] MODULE_LABELS = {
    "security.selinux", "security.SMACK64", "security.evm", "security.ima"
  };

  private static final String SECURITY = "security.";

  /**
   * Copies owner, xattrs, mode and, if asked, atime and mtime in nanoseconds. Private xattrs stay
   * behind.
   *
   * <p>An xattr that the upper cannot hold: as in ovl_copy_xattr (linux fs/overlayfs/copy_up.c),
   * EOPNOTSUPP fails the copy for ACLs and security.*, since without them a file would be open to
   * others than before, and skips any other one. Every other errno fails the copy: ENOSPC, EDQUOT,
   * E2BIG, EPERM. Labels of security modules are not copied.
   *
   * @param name the source in {@code from}
   * @param stat the source's, read before
   * @param newName the target in {@code to}
   */
  public void copy(
      LayerDir from, String name, Stat stat, UpperDir to, String newName, boolean withTimes) {
    copyOwner(from, name, stat, to, newName);
    copyXattrs(from, name, to, newName);
    if (!stat.isSymlink()) {
      to.chmod(newName, stat.mode & Mode.PERMISSIONS);
    }
    if (withTimes) {
      to.utimens(newName, stat.atimeSec, stat.atimeNsec, stat.mtimeSec, stat.mtimeNsec);
    }
  }

  /**
   * The ids that are stored, whatever they show as: an id that no option maps stays what it is.
   * From a layer whose ids an idmapped mount maps, those that show.
   */
  private static void copyOwner(
      LayerDir from, String name, Stat stat, UpperDir to, String newName) {
    if ((from.identity.plain && to.identity.plain) || !from.identity.storesIdsAs(to.identity)) {
      to.chown(newName, stat.uid, stat.gid);
    } else {
      Stat stored = new Stat();
      from.stored(name, stored);
      to.identity.setOwner(to, newName, stored.uid, stored.gid);
    }
  }

  private static void copyXattrs(LayerDir from, String name, UpperDir to, String newName) {
    List<String> xattrs = from.xattrs(name);
    for (int i = 0; i < xattrs.size(); i++) {
      String xattr = xattrs.get(i);
      if (OverlayXattrs.isPrivate(xattr) || isModuleLabel(xattr)) {
        continue;
      }
      if (!to.identity.shows(xattr)) {
        continue; // an ACL, where upper keeps modes in an xattr
      }
      byte[] value = from.storedXattr(name, xattr);
      if (value == null) {
        continue; // removed since it was listed
      }
      if (!from.identity.storesIdsAs(to.identity)) {
        value = to.identity.storedValue(xattr, value);
      }
      try {
        to.setStoredXattr(newName, xattr, value);
      } catch (FsException e) {
        if (e.errno() != Errno.EOPNOTSUPP || mustCopy(xattr)) {
          throw e;
        }
      }
    }
  }

  /**
   * Whether an xattr is a label that a security module gives each new inode itself: one of another
   * inode, or of another machine, means nothing there.
   */
  public static boolean isModuleLabel(String xattr) {
    if (!xattr.startsWith(SECURITY)) {
      return false;
    }
    for (String label : MODULE_LABELS) {
      if (xattr.startsWith(label)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a file must not be made without an xattr: it would be open to others than before. */
  public static boolean mustCopy(String xattr) {
    return xattr.startsWith(SECURITY)
        || xattr.equals(PosixAcl.ACCESS)
        || xattr.equals(PosixAcl.DEFAULT);
  }
}
