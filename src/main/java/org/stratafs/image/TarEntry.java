package org.stratafs.image;

import java.util.List;
import java.util.Map;
import org.stratafs.posix.Mode;
import org.stratafs.sys.DeviceNumbers;

/**
 * One entry of a tar, all its headers taken together. Names and values are bytes in Latin-1
 * Strings.
 *
 * @param name as the archive has it
 * @param kind what it makes
 * @param link the target of a link, else empty
 * @param permissions of chmod(2)
 * @param uid up to 2^32 - 2, as unsigned
 * @param mtimeNsec 0 to 999,999,999
 * @param rdev of a device, as makedev(3) has it
 * @param size of the file with its holes, in bytes
 * @param extents what of it the archive holds, in order; the whole file where it is not sparse
 * @param xattrs in the order of the archive
 * @param namedAcls further ones, which take {@link Accounts} to have a value
 */
record TarEntry(
    String name,
    Kind kind,
    String link,
    int permissions,
    int uid,
    int gid,
    long mtimeSec,
    int mtimeNsec,
    long rdev,
    long size,
    List<Extent> extents,
    Map<String, String> xattrs,
    Map<String, AclText> namedAcls) {
  /** What an entry makes. */
  enum Kind {
    FILE(Mode.S_IFREG),
    DIRECTORY(Mode.S_IFDIR),
    SYMLINK(Mode.S_IFLNK),
    CHAR_DEVICE(Mode.S_IFCHR),
    BLOCK_DEVICE(Mode.S_IFBLK),
    FIFO(Mode.S_IFIFO),
    /** A further name of something that came before. */
    HARD_LINK(0);

    /** The file type bits of st_mode; 0 for a further name. */
    final int type;

    Kind(int type) {
      this.type = type;
    }
  }

  static long device(int major, int minor) {
    return DeviceNumbers.make(major, minor);
  }

  /** How many bytes of content the archive holds. */
  long stored() {
    long sum = 0;
    for (Extent extent : extents) {
      sum += extent.length();
    }
    return sum;
  }
}
