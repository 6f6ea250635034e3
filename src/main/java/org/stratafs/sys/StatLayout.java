package org.stratafs.sys;

import java.nio.ByteBuffer;
import org.stratafs.posix.Stat;
import org.stratafs.posix.StatFs;

/**
 * struct statx (include/uapi/linux/stat.h, the same on every architecture) and struct statfs
 * (64-bit ones, include/uapi/asm-generic/statfs.h): offsets in bytes and their reading.
 */
final class StatLayout {
  static final int STATX_SIZE = 256;
  static final int STATFS_SIZE = 120;

  /** STATX_BASIC_STATS, STATX_BTIME, STATX_MNT_ID. */
  static final int STATX_MASK = 0x7ff | 0x800 | 0x1000;

  private static final int STATX_BTIME = 0x800;
  private static final int STATX_MNT_ID = 0x1000;
  private static final int STATX_MNT_ID_UNIQUE = 0x4000;

  /** For the device and the mount alone. */
  static final int STATX_MOUNT_MASK = STATX_MNT_ID | STATX_MNT_ID_UNIQUE;

  // struct statx
  private static final int MASK = 0;
  private static final int BLKSIZE = 4;
  private static final int NLINK = 16;
  private static final int UID = 20;
  private static final int GID = 24;
  private static final int MODE = 28;
  private static final int INO = 32;
  private static final int SIZE = 40;
  private static final int BLOCKS = 48;
  private static final int ATIME = 64;
  private static final int BTIME = 80;
  private static final int CTIME = 96;
  private static final int MTIME = 112;
  private static final int RDEV_MAJOR = 128;
  private static final int RDEV_MINOR = 132;
  private static final int DEV_MAJOR = 136;
  private static final int DEV_MINOR = 140;
  private static final int MNT_ID = 144;

  // struct statx_timestamp
  private static final int NSEC = 8;

  // struct statfs
  private static final int F_TYPE = 0;
  private static final int F_BSIZE = 8;
  private static final int F_BLOCKS = 16;
  private static final int F_BFREE = 24;
  private static final int F_BAVAIL = 32;
  private static final int F_FILES = 40;
  private static final int F_FFREE = 48;
  private static final int F_NAMELEN = 64;
  private static final int F_FRSIZE = 72;

  private StatLayout() {}

  /** Reads the struct statx at {@code base}. */
  static void readStatx(ByteBuffer memory, int base, Stat out) {
    int mask = memory.getInt(base + MASK);
    out.dev = DeviceNumbers.make(memory.getInt(base + DEV_MAJOR), memory.getInt(base + DEV_MINOR));
    out.ino = memory.getLong(base + INO);
    out.mode = Short.toUnsignedInt(memory.getShort(base + MODE));
    out.nlink = memory.getInt(base + NLINK);
    out.uid = memory.getInt(base + UID);
    out.gid = memory.getInt(base + GID);
    out.rdev =
        DeviceNumbers.make(memory.getInt(base + RDEV_MAJOR), memory.getInt(base + RDEV_MINOR));
    out.size = memory.getLong(base + SIZE);
    out.blocks = memory.getLong(base + BLOCKS);
    out.blksize = memory.getInt(base + BLKSIZE);
    out.atimeSec = memory.getLong(base + ATIME);
    out.atimeNsec = memory.getInt(base + ATIME + NSEC);
    out.mtimeSec = memory.getLong(base + MTIME);
    out.mtimeNsec = memory.getInt(base + MTIME + NSEC);
    out.ctimeSec = memory.getLong(base + CTIME);
    out.ctimeNsec = memory.getInt(base + CTIME + NSEC);
    out.hasBtime = (mask & STATX_BTIME) != 0;
    out.btimeSec = out.hasBtime ? memory.getLong(base + BTIME) : 0;
    out.btimeNsec = out.hasBtime ? memory.getInt(base + BTIME + NSEC) : 0;
    out.mountId = mountId(memory, base, mask);
  }

  /** Reads of the struct statx at {@code base} the device and the mount. */
  static void readMount(ByteBuffer memory, int base, Stat out) {
    out.dev = DeviceNumbers.make(memory.getInt(base + DEV_MAJOR), memory.getInt(base + DEV_MINOR));
    out.mountId = mountId(memory, base, memory.getInt(base + MASK));
  }

  private static long mountId(ByteBuffer memory, int base, int mask) {
    return (mask & STATX_MOUNT_MASK) != 0 ? memory.getLong(base + MNT_ID) : 0;
  }

  /** Reads the struct statfs at {@code base}. */
  static void readStatfs(ByteBuffer memory, int base, StatFs out) {
    out.type = memory.getLong(base + F_TYPE);
    out.bsize = memory.getLong(base + F_BSIZE);
    out.blocks = memory.getLong(base + F_BLOCKS);
    out.bfree = memory.getLong(base + F_BFREE);
    out.bavail = memory.getLong(base + F_BAVAIL);
    out.files = memory.getLong(base + F_FILES);
    out.ffree = memory.getLong(base + F_FFREE);
    out.namelen = memory.getLong(base + F_NAMELEN);
    out.frsize = memory.getLong(base + F_FRSIZE);
  }
}
