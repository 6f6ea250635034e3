package org.stratafs.posix;

/** Flags of renameat2(2) (include/uapi/linux/fs.h). */
public final class RenameFlags {
  public static final int NOREPLACE = 1;
  public static final int EXCHANGE = 2;
  public static final int WHITEOUT = 4;

  private RenameFlags() {}
}
