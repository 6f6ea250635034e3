package org.stratafs.union;

import org.stratafs.layer.LayerDir;
import org.stratafs.layer.LowerDir;
import org.stratafs.layer.LowerLayer;
import org.stratafs.layer.Marks;
import org.stratafs.layer.MetacopyPolicy;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;

/**
 * What the search for a name does about metacopies, files whose data is further down (linux
 * fs/overlayfs/namei.c, ovl_lookup, ovl_check_metacopy_xattr and ovl_lookup_data_layers).
 */
final class MetacopySearch {
  /** Unit of st_blocks, stat(2). */
  private static final int SECTOR = 512;

  /** The largest block a file system keeps xattrs in that st_blocks counts: ext4's, bytes. */
  private static final int XATTR_BLOCK = 64 << 10;

  private final Core core;

  MetacopySearch(Core core) {
    this.core = core;
  }

  /**
   * Whether it is worth a system call to ask a file for the mark. A metacopy is all hole; but a
   * small one seems full where its xattrs have a block of their own, so of small files those are
   * asked that are in a directory with copied-up children, or were linked there from such a one.
   */
  static boolean mayBe(Stat stat, boolean impure) {
    if (!stat.isRegular() || stat.size == 0) {
      return false;
    }
    return stat.blocks * SECTOR < stat.size
        || (stat.size <= XATTR_BLOCK && (impure || stat.nlink > 1));
  }

  /** Asks for the mark; EIO for one that is damaged. */
  boolean isOne(LayerDir directory, String name) {
    try {
      return Marks.isMetacopy(directory, name);
    } catch (FsException e) {
      if (e.errno() == Errno.EIO) {
        throw new FsException(
            Errno.EIO,
            "its metacopy xattr is damaged: remove it with setfattr -x trusted.overlay.metacopy");
      }
      throw e;
    }
  }

  /** The last resort for the data: a path from the roots of the data-only layers. */
  void searchDataOnly(String path, Found found) {
    int slash = path.lastIndexOf('/');
    String parent = slash < 0 ? "" : path.substring(0, slash);
    String name = path.substring(slash + 1);
    Stat stat = new Stat();
    for (int i = 0; i < core.stack.dataOnlyCount(); i++) {
      LowerLayer layer = core.stack.dataOnly(i);
      if (isRegular(layer, parent, name, stat)) {
        LowerPath at = new LowerPath(layer, parent, Marks.Opacity.NONE, false);
        found.data = new LowerFile(at, name, stat.blocks);
        return;
      }
    }
  }

  private static boolean isRegular(LowerLayer layer, String parent, String name, Stat stat) {
    try (LowerDir directory = layer.openDirectory(parent)) {
      return directory.stat(name, stat) && stat.isRegular();
    } catch (FsException e) {
      if (Errno.isAbsent(e.errno())
          || e.errno() == Errno.ENOTDIR
          || e.errno() == Errno.ELOOP
          || e.errno() == Errno.EXDEV) {
        return false; // no such way in this layer
      }
      throw e;
    }
  }

  /** After the search: EIO for a metacopy without data, EPERM where they are not to be followed. */
  void check(Found found, String name) {
    if (!isDataOnlyOfLower(found)) {
      allow(name);
    }
    if (found.data == null) {
      throw new FsException(
          Errno.EIO,
          Names.display(name)
              + " is a metacopy, and no layer below has its data: mount it with the layers it was"
              + " made over");
    }
  }

  /** True; EPERM where metacopies are not to be followed. */
  boolean allow(String name) {
    if (core.options.metacopy() != MetacopyPolicy.REFUSE) {
      return true;
    }
    throw new FsException(
        Errno.EPERM,
        Names.display(name)
            + " is a metacopy, whose data is in a layer below, and metacopy=off is set: leave it"
            + " out if the layers are trusted");
  }

  private boolean isDataOnlyOfLower(Found found) {
    return found.state == UpperEntry.LOWER
        && found.data != null
        && found.data.directory().layer().index() > core.stack.lowerCount();
  }
}
