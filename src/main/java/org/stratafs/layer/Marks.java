package org.stratafs.layer;

import java.util.List;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;

/**
 * Reads the marks of every format: overlayfs, fuse-overlayfs, AUFS, OCI and Docker layers, in any
 * mix in any layer.
 */
public final class Marks {
  /** What a directory's own marks say about the same directory in the layers below. */
  public enum Opacity {
    /** Merge it with those below. */
    NONE,
    /** Look no further down. */
    OPAQUE,
    /** Merge it, and look for xattr whiteouts among its empty regular files (overlay.opaque=x). */
    XATTR_WHITEOUTS
  }

  /** Begins every mark of the AUFS kind. */
  public static final String PREFIX = ".wh.";

  /** Makes its directory opaque. */
  public static final String OPAQUE_NAME = ".wh..wh..opq";

  private static final String[] OPAQUE_XATTRS = {
    OverlayXattrs.TRUSTED + OverlayXattrs.OPAQUE,
    OverlayXattrs.USER + OverlayXattrs.OPAQUE,
    OverlayXattrs.FUSE_OVERLAYFS + OverlayXattrs.OPAQUE
  };
  private static final String[] IMPURE_XATTRS = {
    OverlayXattrs.TRUSTED + OverlayXattrs.IMPURE, OverlayXattrs.USER + OverlayXattrs.IMPURE
  };
  private static final String[] REDIRECT_XATTRS = {
    OverlayXattrs.TRUSTED + OverlayXattrs.REDIRECT, OverlayXattrs.USER + OverlayXattrs.REDIRECT
  };
  private static final String METACOPY = OverlayXattrs.TRUSTED + OverlayXattrs.METACOPY;
  private static final String FILE_REDIRECT = OverlayXattrs.TRUSTED + OverlayXattrs.REDIRECT;

  /** struct ovl_metacopy without a digest: version, len, flags and digest_algo, a byte each. */
  private static final int METACOPY_HEADER = 4;

  private static final String[] WHITEOUT_XATTRS = {
    OverlayXattrs.TRUSTED + OverlayXattrs.WHITEOUT, OverlayXattrs.USER + OverlayXattrs.WHITEOUT
  };
  private static final String[] LITERAL_XATTRS = {
    OverlayXattrs.STRATAFS_TRUSTED + OverlayXattrs.LITERAL,
    OverlayXattrs.STRATAFS_USER + OverlayXattrs.LITERAL
  };

  private Marks() {}

  /**
   * What a directory's own marks say about the layers below.
   *
   * @param redirect the name or absolute path under which they have it; null for its own name
   * @param impure has children that were copied up, as a layer that was an upper once may
   */
  public record OfDirectory(Opacity opacity, String redirect, boolean impure) {
    /** No marks at all. */
    public static final OfDirectory NONE = new OfDirectory(Opacity.NONE, null, false);
  }

  /** Whether empty regular files in the directory may be whiteouts: one system call. */
  public static boolean hasXattrWhiteouts(LayerDir dir) {
    List<String> present = dir.xattrs("");
    for (String xattr : OPAQUE_XATTRS) {
      if (present.contains(xattr) && firstByte(dir.xattr("", xattr)) == 'x') {
        return true;
      }
    }
    return false;
  }

  /** The opacity alone, see {@link #of}. */
  public static Opacity opacity(LayerDir dir) {
    return of(dir).opacity();
  }

  /**
   * What the directory's own marks say: two system calls, one more for each opaque or redirect
   * xattr found.
   */
  public static OfDirectory of(LayerDir dir) {
    Opacity opacity = Opacity.NONE;
    String redirect = null;
    List<String> present = dir.xattrs("");
    boolean impure = containsAny(present, IMPURE_XATTRS);
    for (String xattr : OPAQUE_XATTRS) {
      if (!present.contains(xattr)) {
        continue;
      }
      int first = firstByte(dir.xattr("", xattr));
      if (first == 'y') {
        return new OfDirectory(Opacity.OPAQUE, null, impure);
      }
      if (first == 'x') {
        opacity = Opacity.XATTR_WHITEOUTS;
      }
    }
    for (String xattr : REDIRECT_XATTRS) {
      byte[] value = present.contains(xattr) ? dir.xattr("", xattr) : null;
      if (value != null) {
        redirect = Names.fromBytes(value);
        break;
      }
    }
    if (dir.stat(OPAQUE_NAME, new Stat()) && !isLiteral(dir, OPAQUE_NAME)) {
      return new OfDirectory(Opacity.OPAQUE, null, impure);
    }
    return opacity == Opacity.NONE && redirect == null && !impure
        ? OfDirectory.NONE
        : new OfDirectory(opacity, redirect, impure);
  }

  /** Whether a directory of upper says that it has children whose st_ino is not their own. */
  public static boolean isImpure(UpperDir dir) {
    for (String xattr : IMPURE_XATTRS) {
      if (firstByte(dir.xattr("", xattr)) == 'y') {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether the data of a regular file is in a layer below. Only trusted.* is asked, which no user
   * can set: a mark in user.* could show one user's file as another's.
   *
   * @throws FsException EIO for a value that is none (linux fs/overlayfs/namei.c,
   *     ovl_check_metacopy_xattr)
   */
  public static boolean isMetacopy(LayerDir parent, String name) {
    byte[] value = parent.xattr(name, METACOPY);
    if (value == null || value.length == 0) {
      return value != null;
    }
    boolean valid =
        value.length >= METACOPY_HEADER && value[0] == 0 && (value[1] & 0xff) == value.length;
    if (!valid) {
      throw new FsException(Errno.EIO);
    }
    return true;
  }

  /** Under which name or absolute path the layers below have a metacopy; null for its own name. */
  public static String metacopyRedirect(LayerDir parent, String name) {
    byte[] value = parent.xattr(name, FILE_REDIRECT);
    return value == null ? null : Names.fromBytes(value);
  }

  /**
   * Whether an entry of this name is a mark, or bookkeeping of AUFS, unless it is {@linkplain
   * #isLiteral literal}.
   */
  public static boolean isMarkName(String name) {
    return name.startsWith(PREFIX);
  }

  /**
   * Whether a name is too long for {@code .wh.NAME}: an empty file of that name may then be a
   * whiteout that we made, in a directory that was not known to hold such.
   */
  public static boolean isLongName(String name) {
    return name.length() + PREFIX.length() > Names.NAME_MAX;
  }

  /**
   * Whether the entry itself is a whiteout: a character device 0:0, or an empty regular file with a
   * whiteout xattr in a directory that may hold such. No system call unless the latter can be.
   */
  public static boolean isWhiteout(LayerDir parent, String name, Stat stat, Opacity parentOpacity) {
    if (stat.isWhiteoutDevice()) {
      return true;
    }
    return parentOpacity == Opacity.XATTR_WHITEOUTS
        && stat.isRegular()
        && stat.size == 0
        && containsAny(parent.xattrs(name), WHITEOUT_XATTRS);
  }

  /**
   * Whether an entry {@code .wh.NAME} of any type whites out {@code name} in the layers below;
   * false where no such name fits.
   */
  public static boolean hasWhiteoutName(LayerDir parent, String name) {
    if (isLongName(name)) {
      return false;
    }
    String mark = PREFIX + name;
    return parent.stat(mark, new Stat()) && !isLiteral(parent, mark);
  }

  /** Whether a {@code .wh.*} entry was made through a mount under that very name. */
  public static boolean isLiteral(LayerDir parent, String name) {
    List<String> present = parent.xattrs(name);
    for (String xattr : LITERAL_XATTRS) {
      if (present.contains(xattr) && firstByte(parent.xattr(name, xattr)) == 'y') {
        return true;
      }
    }
    return false;
  }

  private static boolean containsAny(List<String> present, String[] wanted) {
    for (String xattr : wanted) {
      if (present.contains(xattr)) {
        return true;
      }
    }
    return false;
  }

  /** -1 for none. */
  private static int firstByte(byte[] value) {
    return value == null || value.length == 0 ? -1 : value[0] & 0xff;
  }
}
