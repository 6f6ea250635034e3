package org.stratafs.posix;

/**
 * What statx(2) tells of an inode. A plain holder that its owner fills again and again, so that a
 * request need not allocate one; confined to one thread at a time.
 */
public final class Stat {
  /** The device that holds the inode, as makedev(3) has it. */
  public long dev;

  public long ino;
  public int mode;
  public int nlink;
  public int uid;
  public int gid;

  /**
   * For device nodes the device they stand for, as makedev(3) has it (64 bits: glibc's encoding).
   */
  public long rdev;

  /** In bytes. */
  public long size;

  /** In units of 512 bytes. */
  public long blocks;

  /** In bytes. */
  public int blksize;

  public long atimeSec;
  public int atimeNsec;
  public long mtimeSec;
  public int mtimeNsec;
  public long ctimeSec;
  public int ctimeNsec;

  /** Birth time; {@link #hasBtime} tells whether the file system keeps it. */
  public long btimeSec;

  public int btimeNsec;
  public boolean hasBtime;

  /** The mount the inode was reached through (STATX_MNT_ID); 0 where the kernel does not tell. */
  public long mountId;

  /** Copies every field of another one. */
  public void set(Stat other) {
    dev = other.dev;
    ino = other.ino;
    mode = other.mode;
    nlink = other.nlink;
    uid = other.uid;
    gid = other.gid;
    rdev = other.rdev;
    size = other.size;
    blocks = other.blocks;
    blksize = other.blksize;
    atimeSec = other.atimeSec;
    atimeNsec = other.atimeNsec;
    mtimeSec = other.mtimeSec;
    mtimeNsec = other.mtimeNsec;
    ctimeSec = other.ctimeSec;
    ctimeNsec = other.ctimeNsec;
    btimeSec = other.btimeSec;
    btimeNsec = other.btimeNsec;
    hasBtime = other.hasBtime;
    mountId = other.mountId;
  }

  public boolean isDirectory() {
    return Mode.isDirectory(mode);
  }

  public boolean isRegular() {
    return Mode.isRegular(mode);
  }

  public boolean isSymlink() {
    return Mode.isSymlink(mode);
  }

  /** The kernel's whiteout: a character device 0:0 (linux include/linux/fs.h, IS_WHITEOUT). */
  public boolean isWhiteoutDevice() {
    return Mode.isCharDevice(mode) && rdev == 0;
  }
}
