package org.stratafs.layer;

import org.stratafs.posix.Stat;

/**
 * Under which name WORKDIR/{@value WorkDir#LINKS} keeps the copy of a lower inode that has several
 * names: made of the number of its file system within the mount, its st_ino and its birth time, so
 * that a number that was used again finds nothing.
 */
public final class LinkKey {
  private LinkKey() {}

  /**
   * The key of a lower file.
   *
   * @param fsid {@link Layer#fsid()} of its layer
   */
  public static String of(int fsid, Stat stat) {
    return Integer.toHexString(fsid) + '-' + inode(stat);
  }

  /** What of a key tells inodes of one file system apart. */
  public static String inode(Stat stat) {
    return Long.toHexString(stat.ino)
        + "-"
        + (stat.hasBtime ? Long.toHexString(stat.btimeSec) + "." + stat.btimeNsec : "0");
  }

  /** That part of a key. */
  public static String inode(String key) {
    return key.substring(key.indexOf('-') + 1);
  }
}
