package org.stratafs.sys;

/**
 * The numbers of the system calls on x86_64 (arch/x86/entry/syscalls/syscall_64.tbl) and aarch64
 * (include/uapi/asm-generic/unistd.h).
 */
final class SyscallNumbers {
  private static final String ARCH = System.getProperty("os.arch", "");
  private static final boolean ARM = ARCH.equals("aarch64");

  /** Whether this machine is one of the two. */
  static final boolean KNOWN = ARM || ARCH.equals("amd64") || ARCH.equals("x86_64");

  static final int CHDIR = ARM ? 49 : 80;
  static final int CLOSE = ARM ? 57 : 3;
  static final int DUP3 = ARM ? 24 : 292;
  static final int FALLOCATE = ARM ? 47 : 285;
  static final int FCHMODAT = ARM ? 53 : 268;
  static final int FCHMODAT2 = 452;
  static final int FCHOWNAT = ARM ? 54 : 260;
  static final int FCNTL = ARM ? 25 : 72;
  static final int FDATASYNC = ARM ? 83 : 75;
  static final int FLOCK = ARM ? 32 : 73;
  static final int FSTATFS = ARM ? 44 : 138;
  static final int FSYNC = ARM ? 82 : 74;
  static final int FTRUNCATE = ARM ? 46 : 77;
  static final int GETDENTS64 = ARM ? 61 : 217;
  static final int GETEGID = ARM ? 177 : 108;
  static final int GETEUID = ARM ? 175 : 107;
  static final int GETXATTR = ARM ? 8 : 191;
  static final int GETXATTRAT = 464;
  static final int IOCTL = ARM ? 29 : 16;
  static final int LGETXATTR = ARM ? 9 : 192;
  static final int LINKAT = ARM ? 37 : 265;
  static final int LISTXATTR = ARM ? 11 : 194;
  static final int LISTXATTRAT = 465;
  static final int LLISTXATTR = ARM ? 12 : 195;
  static final int LREMOVEXATTR = ARM ? 15 : 198;
  static final int LSEEK = ARM ? 62 : 8;
  static final int LSETXATTR = ARM ? 6 : 189;
  static final int MKDIRAT = ARM ? 34 : 258;
  static final int MKNODAT = ARM ? 33 : 259;
  static final int MOUNT = ARM ? 40 : 165;
  static final int MOUNT_SETATTR = 442;
  static final int OPENAT = ARM ? 56 : 257;
  static final int OPENAT2 = 437;
  static final int OPEN_TREE = 428;
  static final int PREAD64 = ARM ? 67 : 17;
  static final int PWRITE64 = ARM ? 68 : 18;
  static final int READ = ARM ? 63 : 0;
  static final int READLINKAT = ARM ? 78 : 267;
  static final int RECVMSG = ARM ? 212 : 47;
  static final int REMOVEXATTR = ARM ? 14 : 197;
  static final int RENAMEAT2 = ARM ? 276 : 316;
  static final int SETXATTR = ARM ? 5 : 188;
  static final int SOCKETPAIR = ARM ? 199 : 53;
  static final int STATX = ARM ? 291 : 332;
  static final int SYMLINKAT = ARM ? 36 : 266;
  static final int SYNCFS = ARM ? 267 : 306;
  static final int UMASK = ARM ? 166 : 95;
  static final int UMOUNT2 = ARM ? 39 : 166;
  static final int UNLINKAT = ARM ? 35 : 263;
  static final int UTIMENSAT = ARM ? 88 : 280;
  static final int WAIT4 = ARM ? 260 : 61;
  static final int WRITE = ARM ? 64 : 1;

  private SyscallNumbers() {}
}
