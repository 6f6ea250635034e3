package org.stratafs.posix;

/**
 * st_mode: the file type and permission bits (inode(7)), and the d_type that goes with a file type
 * (readdir(3)).
 */
public final class Mode {
  public static final int S_IFMT = 0xF000;
  public static final int S_IFSOCK = 0xC000;
  public static final int S_IFLNK = 0xA000;
  public static final int S_IFREG = 0x8000;
  public static final int S_IFBLK = 0x6000;
  public static final int S_IFDIR = 0x4000;
  public static final int S_IFCHR = 0x2000;
  public static final int S_IFIFO = 0x1000;

  public static final int S_ISUID = 0x800;
  public static final int S_ISGID = 0x400;
  public static final int S_ISVTX = 0x200;
  public static final int S_IXGRP = 0x8;

  /** All that chmod(2) may change: suid, sgid, sticky and the nine permission bits. */
  public static final int PERMISSIONS = 0xFFF;

  public static final int DT_UNKNOWN = 0;

  private Mode() {}

  /** The file type bits of a mode. */
  public static int type(int mode) {
    return mode & S_IFMT;
  }

  public static boolean isDirectory(int mode) {
    return (mode & S_IFMT) == S_IFDIR;
  }

  public static boolean isRegular(int mode) {
    return (mode & S_IFMT) == S_IFREG;
  }

  public static boolean isSymlink(int mode) {
    return (mode & S_IFMT) == S_IFLNK;
  }

  public static boolean isCharDevice(int mode) {
    return (mode & S_IFMT) == S_IFCHR;
  }

  /** The d_type of a mode: the type bits shifted down by 12 (IFTODT in dirent.h). */
  public static int toDirentType(int mode) {
    return (mode & S_IFMT) >>> 12;
  }

  /** The file type bits for a d_type; 0 for DT_UNKNOWN. */
  public static int fromDirentType(int type) {
    return type << 12;
  }
}
