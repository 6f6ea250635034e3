package org.stratafs.layer;

import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;

/**
 * Writes marks in the form that this upper takes, found out once in workdir: so that the kernel's
 * overlayfs can mount the same upper wherever its file system allows that. Safe for any thread.
 */
public final class UpperMarks {
  private static final byte[] YES = {'y'};

  private final Whiteouts whiteouts;
  private final boolean tmpfile;

  /** "trusted." or "user."; null where the upper takes neither. */
  private final String namespace;

  private UpperMarks(Whiteouts whiteouts, boolean tmpfile, String namespace) {
    this.whiteouts = whiteouts;
    this.tmpfile = tmpfile;
    this.namespace = namespace;
  }

  /** Tries in workdir and, without a trace, in upper what they take: seven system calls. */
  static UpperMarks probe(
      UpperDir upper, WorkDir work, XattrNamespace wanted, boolean noDeviceWhiteouts) {
    boolean tmpfile = takesTmpfile(upper);
    String namespace = null;
    if (wanted != XattrNamespace.USER && takesXattr(work.dir(), OverlayXattrs.TRUSTED)) {
      namespace = "trusted.";
    } else if (wanted != XattrNamespace.TRUSTED && takesXattr(work.dir(), OverlayXattrs.USER)) {
      namespace = "user.";
    }
    String prefix = namespace == null ? null : namespace + "overlay.";
    return new UpperMarks(Whiteouts.probe(work, noDeviceWhiteouts, prefix), tmpfile, namespace);
  }

  private static boolean takesTmpfile(UpperDir upper) {
    int fd;
    try {
      fd = upper.tmpfile(OpenFlags.O_WRONLY, 0);
    } catch (FsException e) {
      // EISDIR and ENOENT: how a file system says that it does not know O_TMPFILE, open(2)
      if (Errno.isUnsupported(e.errno())
          || e.errno() == Errno.EISDIR
          || e.errno() == Errno.ENOENT) {
        return false;
      }
      if (Errno.isOutOfSpace(e.errno())) {
        return true; // a full upper can still be read and deleted from
      }
      throw e;
    }
    upper.sys.close(fd);
    return true;
  }

  /** Tried with the very name that will be used, since nested unions refuse that one only. */
  private static boolean takesXattr(UpperDir work, String prefix) {
    String xattr = prefix + OverlayXattrs.OPAQUE;
    try {
      work.setxattr("", xattr, new byte[] {'0'}, 0);
    } catch (FsException e) {
      if (e.errno() == Errno.EPERM || Errno.isUnsupported(e.errno())) {
        return false;
      }
      if (Errno.isOutOfSpace(e.errno())) {
        return true;
      }
      throw e;
    }
    work.removexattr("", xattr);
    return true;
  }

  /** Whether the upper takes private xattrs, on directories and regular files at least. */
  public boolean hasXattrs() {
    return namespace != null;
  }

  /** Whether a {@code .wh.NAME} was made since the mount. */
  public boolean hasMadeNames() {
    return whiteouts.hasMadeNames();
  }

  /** Whether the upper takes O_TMPFILE. */
  public boolean hasTmpfile() {
    return tmpfile;
  }

  /**
   * Makes a whiteout of a name that is absent in upper.
   *
   * @throws FsException ENOSPC, EDQUOT; ENAMETOOLONG for names over 251 bytes where upper takes
   *     neither device nor xattr; EPERM where a program made the very entry that would be the mark
   */
  public void makeWhiteout(UpperDir parent, String name) {
    whiteouts.make(parent, name);
  }

  /**
   * Puts a whiteout in the place of an upper entry in one atomic step; see {@link Whiteouts} for
   * file systems that cannot. A directory goes to workdir and is removed there with all that is in
   * it.
   */
  public void replaceByWhiteout(UpperDir parent, String name, boolean directory) {
    whiteouts.replace(parent, name, directory);
  }

  /**
   * Renames an upper entry and leaves a whiteout at its old name in one atomic step; see {@link
   * Whiteouts} for file systems that cannot.
   *
   * @param flags NOREPLACE or 0
   */
  public void renameLeavingWhiteout(
      UpperDir from, String name, UpperDir to, String newName, int flags) {
    whiteouts.rename(from, name, to, newName, flags);
  }

  /** Removes {@code .wh.NAME} if it stands there as a mark; whether it did. */
  public boolean removeNameMark(UpperDir parent, String name) {
    return whiteouts.removeNameMark(parent, name);
  }

  /** Makes the directory {@code parent/name} opaque; {@code name} "" is the parent itself. */
  public void markOpaque(UpperDir parent, String name) {
    if (namespace != null) {
      parent.setxattr(name, namespace + "overlay." + OverlayXattrs.OPAQUE, YES, 0);
      return;
    }
    try (UpperDir dir = parent.child(name.isEmpty() ? "." : name)) {
      dir.mknod(Marks.OPAQUE_NAME, Mode.S_IFREG | 0444, 0);
    } catch (FsException e) {
      if (e.errno() != Errno.EEXIST) { // opaque already
        throw e;
      }
    }
  }

  /**
   * Says under which name, or absolute path, the layers below have the directory {@code
   * parent/name}. The upper takes xattrs.
   */
  public void setRedirect(UpperDir parent, String name, String redirect) {
    String xattr = namespace + "overlay." + OverlayXattrs.REDIRECT;
    parent.setxattr(name, xattr, Names.toBytes(redirect), 0);
  }

  /**
   * Whether the upper can hold files without their data: in trusted.* only, see {@link
   * Marks#isMetacopy}.
   */
  public boolean takesMetacopies() {
    return "trusted.".equals(namespace);
  }

  /** Says that the data of the file is in a layer below; false if there is no room to say it. */
  public boolean markMetacopy(UpperDir parent, String name) {
    return setOrNoRoom(parent, name, OverlayXattrs.METACOPY, new byte[0]);
  }

  /** Like {@link #setRedirect} for a file; false if there is no room for it. */
  public boolean redirectMetacopy(UpperDir parent, String name, String redirect) {
    return setOrNoRoom(parent, name, OverlayXattrs.REDIRECT, Names.toBytes(redirect));
  }

  private static boolean setOrNoRoom(UpperDir parent, String name, String key, byte[] value) {
    try {
      parent.setxattr(name, OverlayXattrs.TRUSTED + key, value, 0);
      return true;
    } catch (FsException e) {
      if (hasNoRoom(e.errno())) {
        return false;
      }
      throw e;
    }
  }

  /** The data is there now. A redirect that stays behind says nothing of a file with data. */
  public void unmarkMetacopy(UpperDir parent, String name) {
    parent.removexattr(name, OverlayXattrs.TRUSTED + OverlayXattrs.METACOPY);
  }

  /**
   * Says that a directory has copied-up children, whose st_ino is not upper's own (overlay.impure);
   * a hint, so not without xattrs.
   */
  public void markImpure(UpperDir dir) {
    if (namespace != null) {
      dir.setxattr("", namespace + "overlay." + OverlayXattrs.IMPURE, YES, 0);
    }
  }

  /**
   * Says that a {@code .wh.*} entry is what a program made under that name, and no mark.
   *
   * @throws FsException EPERM where upper takes no such xattr: such a name cannot be had there.
   *     user.* xattrs are taken by regular files and directories only.
   */
  public void markLiteral(UpperDir parent, String name) {
    if (namespace == null) {
      throw new FsException(Errno.EPERM);
    }
    try {
      parent.setxattr(name, namespace + "stratafs." + OverlayXattrs.LITERAL, YES, 0);
    } catch (FsException e) {
      throw e.errno() == Errno.EOPNOTSUPP ? new FsException(Errno.EPERM) : e;
    }
  }

  /**
   * Remembers where something copied up comes from. A hint: where this file takes no such xattr or
   * has no room for one, it is not kept.
   */
  public void setOrigin(UpperDir parent, String name, byte[] value) {
    if (namespace == null) {
      return;
    }
    try {
      parent.setxattr(name, namespace + "stratafs." + OverlayXattrs.ORIGIN, value, 0);
    } catch (FsException e) {
      boolean notTaken =
          e.errno() == Errno.EPERM
              || e.errno() == Errno.EOPNOTSUPP; // user.* on links and devices, xattr(7)
      if (!hasNoRoom(e.errno()) && !notTaken) {
        throw e;
      }
    }
  }

  /** For one more xattr: ext4 says ENOSPC for a full xattr block. */
  private static boolean hasNoRoom(int errno) {
    return Errno.isOutOfSpace(errno) || errno == Errno.E2BIG;
  }

  /**
   * What {@link #setOrigin} kept, looked for in the namespace that is written; null if there is
   * none.
   */
  public byte[] origin(LayerDir parent, String name) {
    return namespace == null
        ? null
        : parent.xattr(name, namespace + "stratafs." + OverlayXattrs.ORIGIN);
  }

  /** Whether overlayfs, or fuse-overlayfs, has copied it up: both keep an origin. */
  public boolean hasOverlayOrigin(LayerDir parent, String name) {
    return namespace != null
        && parent.xattr(name, namespace + "overlay." + OverlayXattrs.ORIGIN) != null;
  }

  /** Keeps what is known of a copied-up hard link: opaque bytes. The upper takes xattrs. */
  public void setNlink(UpperDir parent, String name, byte[] value) {
    parent.setxattr(name, namespace + "stratafs." + OverlayXattrs.NLINK, value, 0);
  }

  /** What {@link #setNlink} kept, null if there is none. */
  public byte[] nlink(LayerDir parent, String name) {
    return parent.xattr(name, namespace + "stratafs." + OverlayXattrs.NLINK);
  }

  /** Removes what was made in workdir for later use. */
  void close() {
    whiteouts.close();
  }
}
