package org.stratafs.union;

import java.nio.ByteBuffer;
import org.stratafs.layer.LayerDir;
import org.stratafs.layer.Marks;
import org.stratafs.layer.UpperDir;

/**
 * Remembers in upper which st_ino a copied-up file had, so that it keeps it after the node is
 * forgotten and after a remount.
 *
 * <p>The file carries the number in our origin xattr; its directory is marked impure, as in
 * overlayfs, so that nothing is asked of files in directories that never got a copied-up one.
 * Kernel overlayfs stores a file handle in place of the number (fs/overlayfs/copy_up.c,
 * ovl_set_origin), which an ordinary user could not decode.
 */
final class Origins {
  /** Of the xattr's value: a format byte and the st_ino, big endian. */
  private static final int LENGTH = 9;

  private static final byte FORMAT = 1;

  private final Core core;

  Origins(Core core) {
    this.core = core;
  }

  /** The st_ino of a file in upper whose real number is {@code upperIno}. */
  long inoDirLocked(DirectoryNode parent, String name, long upperIno) {
    if (isImpureDirLocked(parent)) {
      try (UpperDir directory = core.directories.upper(parent)) {
        long stored = read(directory, name);
        if (stored != 0) {
          return stored;
        }
      }
    }
    return core.inodeNumbers.compose(0, upperIno);
  }

  /** Whether files in the upper directory may have an origin. */
  boolean isImpureDirLocked(DirectoryNode node) {
    if (node.impure == null) {
      if (!node.isUpper()) {
        return false;
      }
      try (UpperDir directory = core.directories.upper(node)) {
        node.impure = Marks.isImpure(directory);
      }
    }
    return node.impure;
  }

  /** Makes a staged copy remember its origin. */
  void record(UpperDir directory, String name, long ino) {
    byte[] value = ByteBuffer.allocate(LENGTH).put(FORMAT).putLong(ino).array();
    core.stack.marks().setOrigin(directory, name, value);
  }

  /** Before a file with an origin appears in an upper directory. */
  void markImpureDirLocked(DirectoryNode node, UpperDir directory) {
    if (!isImpureDirLocked(node)) {
      core.stack.marks().markImpure(directory);
      node.impure = core.stack.marks().hasXattrs();
    }
  }

  /** Whether a file in upper is remembered as copied up, by us or by kernel overlayfs. */
  boolean isCopiedUp(UpperDir directory, String name) {
    return read(directory, name) != 0 || core.stack.marks().hasOverlayOrigin(directory, name);
  }

  /** Whether an xattr's value is what a union keeps as an origin; no path is. */
  static boolean isValue(byte[] value) {
    return value.length == LENGTH && value[0] == FORMAT;
  }

  private long read(LayerDir directory, String name) {
    byte[] value = core.stack.marks().origin(directory, name);
    return value == null || !isValue(value) ? 0 : ByteBuffer.wrap(value).getLong(1);
  }
}
