package org.stratafs.layer;

/**
 * The names of the private xattrs: those of the kernel's overlayfs (linux
 * fs/overlayfs/overlayfs.h), of fuse-overlayfs and our own. Programs on the mount neither see nor
 * set them.
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

  /** On a directory that was renamed: under which name the layers below have it. */
  static final String REDIRECT = "redirect";

  /** On a {@code .wh.*} entry: it is what it seems and no mark. */
  static final String LITERAL = "literal";

  /** On what was copied up: where it comes from. */
  static final String ORIGIN = "origin";

  /** On a copied-up hard link: how many names it has, and under which key the index keeps it. */
  static final String NLINK = "nlink";

  private OverlayXattrs() {}

  /** Whether the xattr is one of ours, of overlayfs or of fuse-overlayfs. */
  public static boolean isPrivate(String xattr) {
    if (xattr.startsWith("user.")) {
      return xattr.startsWith(USER)
          || xattr.startsWith(FUSE_OVERLAYFS)
          || xattr.startsWith(STRATAFS_USER);
    }
    return xattr.startsWith(TRUSTED) || xattr.startsWith(STRATAFS_TRUSTED);
  }
}
