package org.stratafs.union;

/**
 * st_ino of the merged view: a function of the layer's file system and the real inode number, not
 * of the order of lookups.
 *
 * <p>With all layers on one file system it is the real number. Otherwise the number of the file
 * system goes into the high bits (linux fs/overlayfs/inode.c, ovl_map_dev_ino with xino); real
 * numbers that use those bits themselves are mixed in place of composed, which is unique with
 * overwhelming probability and never zero.
 */
final class InodeNumbers {
  private final int bits;
  private final boolean fold;

  /**
   * @param fileSystems how many file systems the layers are on
   * @param fold to 32 bits, for programs without large-file support (ino32_t)
   */
  InodeNumbers(int fileSystems, boolean fold) {
    this.bits = 32 - Integer.numberOfLeadingZeros(fileSystems - 1);
    this.fold = fold;
  }

  /** The st_ino of an inode on the layers' file system number {@code fsid}. */
  long compose(int fsid, long ino) {
    return fold(bits == 0 ? ino : composed(fsid, ino));
  }

  private long composed(int fsid, long ino) {
    if (ino >>> (64 - bits) == 0) {
      return ((long) fsid << (64 - bits)) | ino;
    }
    long mixed = (ino ^ (fsid + 1) * 0x9E3779B97F4A7C15L) * 0xD6E8FEB86659FD93L;
    return (mixed ^ (mixed >>> 32)) | 1L << 63;
  }

  private long fold(long ino) {
    if (!fold) {
      return ino;
    }
    long folded = (ino ^ (ino >>> 32)) & 0xFFFFFFFFL;
    return folded == 0 ? 1 : folded;
  }
}
