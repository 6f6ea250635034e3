package org.stratafs.layer;

import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.RenameFlags;

/**
 * Writes whiteouts as empty files with an xattr, in directories whose {@code overlay.opaque} is "x"
 * (linux fs/overlayfs/util.c, ovl_path_check_xwhiteout_xattr, since 6.7). Only for names too long
 * for {@code .wh.NAME} where upper takes no device, as an upper inside another union does not.
 */
final class XattrWhiteouts {
  private static final byte[] YES = {'y'};
  private static final byte[] MAY_HOLD = {'x'};

  private final WorkDir work;
  private final String whiteout;
  private final String opaque;

  /**
   * @param prefix of the xattrs that upper takes
   */
  XattrWhiteouts(WorkDir work, String prefix) {
    this.work = work;
    this.whiteout = prefix + OverlayXattrs.WHITEOUT;
    this.opaque = prefix + OverlayXattrs.OPAQUE;
  }

  /** Makes a whiteout of a name that is absent in upper. */
  void make(UpperDir parent, String name) {
    String staged = stage(parent);
    try {
      work.dir().rename(staged, parent, name, RenameFlags.NOREPLACE);
    } catch (FsException e) {
      work.discard(staged);
      throw e;
    }
  }

  /** Says that the directory may have such whiteouts. Nothing is below one that is opaque. */
  void allowIn(UpperDir directory) {
    if (Marks.opacity(directory) == Marks.Opacity.NONE) {
      directory.setxattr("", opaque, MAY_HOLD, 0);
    }
  }

  /** Makes one in workdir, for a directory, and returns its name. */
  String stage(UpperDir directory) {
    allowIn(directory);
    String staged = work.newName();
    boolean done = false;
    try {
      work.dir().mknod(staged, Mode.S_IFREG | 0644, 0);
      work.dir().setxattr(staged, whiteout, YES, 0);
      done = true;
      return staged;
    } finally {
      if (!done) {
        work.discard(staged);
      }
    }
  }
}
