package org.stratafs.layer;

import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

/**
 * The names of the private xattrs: those of the kernel's overlayfs (linux
 * fs/overlayfs/overlayfs.h), of fuse-overlayfs and our own. Programs on the mount neither see nor
 * set them.
 *
 * <p>A program that sets such a name is a union whose layers are in the mount. What it sets is kept
 * under a name of its own, as in the kernel's overlayfs (fs/overlayfs/xattrs.c,
 * ovl_xattr_escape_name): {@code trusted.overlay.opaque} is stored as {@code
 * trusted.overlay.overlay.opaque}, means nothing to us, and is shown again without the {@code
 * overlay.} put in.
 */
public final class OverlayXattrs {
  /** Where overlayfs keeps its xattrs, and where it does with {@code userxattr}. */
  public static final String TRUSTED = "trusted.overlay.";

  public static final String USER = "user.overlay.";

  /** Where fuse-overlayfs keeps its own. */
  public static final String FUSE_OVERLAYFS = "user.fuseoverlayfs.";

  /** Where StrataFS keeps what neither of them has. */
  public static final String STRATAFS_TRUSTED = "trusted.stratafs.";

  public static final String STRATAFS_USER = "user.stratafs.";

  /** "y": hides the lower directories of that name; "x": may hold xattr whiteouts. */
  static final String OPAQUE = "opaque";

  /** On an empty regular file in a directory whose {@link #OPAQUE} is "x": a whiteout. */
  static final String WHITEOUT = "whiteout";

  /** On a directory: has children that were copied up. */
  static final String IMPURE = "impure";

  /**
   * On a directory that was renamed, or a {@link #METACOPY}: under which name the layers below have
   * it.
   */
  static final String REDIRECT = "redirect";

  /**
   * On a regular file: its data is in a layer below. Empty, or a header and a digest of the data
   * (struct ovl_metacopy). Believed with {@link #TRUSTED} only.
   */
  static final String METACOPY = "metacopy";

  /** On a {@code .wh.*} entry: it is what it seems and no mark. */
  static final String LITERAL = "literal";

  /** On what was copied up: where it comes from. */
  static final String ORIGIN = "origin";

  /** On a copied-up hard link: how many names it has, and under which key the index keeps it. */
  static final String NLINK = "nlink";

  private OverlayXattrs() {}

  /** Every prefix of a private xattr, and beside it what is put in after it. */
  private static final String[] PREFIXES = {
    TRUSTED, USER, FUSE_OVERLAYFS, STRATAFS_TRUSTED, STRATAFS_USER
  };

  private static final String[] ESCAPES = {
    "overlay.", "overlay.", "fuseoverlayfs.", "stratafs.", "stratafs."
  };

  /** XATTR_NAME_MAX, linux/limits.h. */
  private static final int NAME_MAX = 255;

  /**
   * Whether an xattr on disk is one of ours, of overlayfs or of fuse-overlayfs, and not one that a
   * union inside the mount keeps.
   */
  public static boolean isPrivate(String stored) {
    int kind = kind(stored);
    return kind >= 0 && !isEscaped(stored, kind);
  }

  /**
   * The name on disk of the xattr that programs call {@code shown}.
   *
   * @throws FsException EOPNOTSUPP if that is longer than a name may be, as overlayfs has it
   */
  public static String stored(String shown) {
    int kind = kind(shown);
    if (kind < 0) {
      return shown;
    }
    String prefix = PREFIXES[kind];
    if (shown.length() + ESCAPES[kind].length() > NAME_MAX) {
      throw new FsException(Errno.EOPNOTSUPP);
    }
    return prefix + ESCAPES[kind] + shown.substring(prefix.length());
  }

  /** What programs call the xattr that is {@code stored} on disk; null for a private one. */
  public static String shown(String stored) {
    int kind = kind(stored);
    if (kind < 0) {
      return stored;
    }
    if (!isEscaped(stored, kind)) {
      return null;
    }
    String prefix = PREFIXES[kind];
    return prefix + stored.substring(prefix.length() + ESCAPES[kind].length());
  }

  private static boolean isEscaped(String stored, int kind) {
    return stored.startsWith(ESCAPES[kind], PREFIXES[kind].length());
  }

  /** An index into {@link #PREFIXES}, -1 for none. */
  private static int kind(String xattr) {
    for (int i = 0; i < PREFIXES.length; i++) {
      if (xattr.startsWith(PREFIXES[i])) {
        return i;
      }
    }
    return -1;
  }
}
