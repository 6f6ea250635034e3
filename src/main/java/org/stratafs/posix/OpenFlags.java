package org.stratafs.posix;

/**
 * Flags of open(2) as on x86_64 (include/uapi/asm-generic/fcntl.h). aarch64 differs in O_DIRECTORY,
 * O_NOFOLLOW and O_DIRECT; the constants follow the machine the process runs on.
 */
public final class OpenFlags {
  private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");

  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_ACCMODE = 3;
  public static final int O_CREAT = 0x40;
  public static final int O_EXCL = 0x80;
  public static final int O_NOCTTY = 0x100;
  public static final int O_TRUNC = 0x200;
  public static final int O_APPEND = 0x400;
  public static final int O_NONBLOCK = 0x800;
  public static final int O_DSYNC = 0x1000;
  public static final int O_DIRECT = ARM ? 0x10000 : 0x4000;
  public static final int O_LARGEFILE = ARM ? 0x20000 : 0x8000;
  public static final int O_DIRECTORY = ARM ? 0x4000 : 0x10000;
  public static final int O_NOFOLLOW = ARM ? 0x8000 : 0x20000;
  public static final int O_NOATIME = 0x40000;
  public static final int O_CLOEXEC = 0x80000;
  public static final int O_SYNC = 0x101000;
  public static final int O_PATH = 0x200000;
  public static final int O_TMPFILE = 0x400000 | O_DIRECTORY;

  private OpenFlags() {}

  /** Whether the access mode allows writing. */
  public static boolean isWrite(int flags) {
    return (flags & O_ACCMODE) != O_RDONLY;
  }
}
