package org.stratafs.posix;

/** What statfs(2) tells of a file system. */
public final class StatFs {
  /** The magic number of the file system type. */
  public long type;

  /** Size of a block in bytes. */
  public long bsize;

  /** Fragment size in bytes, the unit of the three block counts. */
  public long frsize;

  public long blocks;
  public long bfree;
  public long bavail;
  public long files;
  public long ffree;

  /** The longest name in bytes. */
  public long namelen;
}
