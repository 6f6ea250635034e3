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

  private long read(LayerDir directory, String name) {
    byte[] value = core.stack.marks().origin(directory, name);
    if (value == null || value.length != LENGTH || value[0] != FORMAT) {
      return 0;
    }
    return ByteBuffer.wrap(value).getLong(1);
  }
}
