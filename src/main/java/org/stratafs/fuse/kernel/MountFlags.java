package org.stratafs.fuse.kernel;

/** Flags of mount(2) (MS_*, include/uapi/linux/mount.h), and what fusermount3 calls them. */
public final class MountFlags {
  public static final int RDONLY = 1;
  public static final int NOSUID = 2;
  public static final int NODEV = 4;
  public static final int NOEXEC = 8;
  public static final int NOATIME = 0x400;
  public static final int NODIRATIME = 0x800;
  public static final int RELATIME = 1 << 21;
  public static final int STRICTATIME = 1 << 24;

  private MountFlags() {}

  /**
   * As options in a row, each with a comma behind it. relatime and strictatime are left out:
   * fusermount3 3.14 does not know them, and FUSE keeps access times itself.
   */
  static String asOptions(int flags) {
    StringBuilder options = new StringBuilder();
    append(options, flags, RDONLY, "ro,");
    append(options, flags, NOSUID, "nosuid,");
    append(options, flags, NODEV, "nodev,");
    append(options, flags, NOEXEC, "noexec,");
    append(options, flags, NOATIME, "noatime,");
    append(options, flags, NODIRATIME, "nodiratime,");
    return options.toString();
  }

  private static void append(StringBuilder options, int flags, int flag, String option) {
    if ((flags & flag) != 0) {
      options.append(option);
    }
  }
}
