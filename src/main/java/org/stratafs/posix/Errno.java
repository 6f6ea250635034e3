package org.stratafs.posix;

/**
 * The errno values StrataFS meets or makes, and the named sets of them that code may ask for.
 *
 * <p>Values are those of Linux on x86_64 and aarch64 (include/uapi/asm-generic/errno-base.h and
 * errno.h).
 */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int ENXIO = 6;
  public static final int E2BIG = 7;
  public static final int EBADF = 9;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EFAULT = 14;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int EXDEV = 18;
  public static final int ENODEV = 19;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int ENFILE = 23;
  public static final int EMFILE = 24;
  public static final int ENOTTY = 25;
  public static final int ETXTBSY = 26;
  public static final int EFBIG = 27;
  public static final int ENOSPC = 28;
  public static final int ESPIPE = 29;
  public static final int EROFS = 30;
  public static final int EMLINK = 31;
  public static final int ERANGE = 34;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOSYS = 38;
  public static final int ENOTEMPTY = 39;
  public static final int ELOOP = 40;
  public static final int ENODATA = 61;
  public static final int EPROTO = 71;
  public static final int EOVERFLOW = 75;
  public static final int EOPNOTSUPP = 95;
  public static final int ENOTCONN = 107;
  public static final int ESTALE = 116;
  public static final int EDQUOT = 122;

  private static final String[] NAMES = new String[134];

  static {
    NAMES[EPERM] = "EPERM";
    NAMES[ENOENT] = "ENOENT";
    NAMES[EINTR] = "EINTR";
    NAMES[EIO] = "EIO";
    NAMES[ENXIO] = "ENXIO";
    NAMES[E2BIG] = "E2BIG";
    NAMES[EBADF] = "EBADF";
    NAMES[EAGAIN] = "EAGAIN";
    NAMES[ENOMEM] = "ENOMEM";
    NAMES[EACCES] = "EACCES";
    NAMES[EFAULT] = "EFAULT";
    NAMES[EBUSY] = "EBUSY";
    NAMES[EEXIST] = "EEXIST";
    NAMES[EXDEV] = "EXDEV";
    NAMES[ENODEV] = "ENODEV";
    NAMES[ENOTDIR] = "ENOTDIR";
    NAMES[EISDIR] = "EISDIR";
    NAMES[EINVAL] = "EINVAL";
    NAMES[ENFILE] = "ENFILE";
    NAMES[EMFILE] = "EMFILE";
    NAMES[ENOTTY] = "ENOTTY";
    NAMES[ETXTBSY] = "ETXTBSY";
    NAMES[EFBIG] = "EFBIG";
    NAMES[ENOSPC] = "ENOSPC";
    NAMES[ESPIPE] = "ESPIPE";
    NAMES[EROFS] = "EROFS";
    NAMES[EMLINK] = "EMLINK";
    NAMES[ERANGE] = "ERANGE";
    NAMES[ENAMETOOLONG] = "ENAMETOOLONG";
    NAMES[ENOSYS] = "ENOSYS";
    NAMES[ENOTEMPTY] = "ENOTEMPTY";
    NAMES[ELOOP] = "ELOOP";
    NAMES[ENODATA] = "ENODATA";
    NAMES[EPROTO] = "EPROTO";
    NAMES[EOVERFLOW] = "EOVERFLOW";
    NAMES[EOPNOTSUPP] = "EOPNOTSUPP";
    NAMES[ENOTCONN] = "ENOTCONN";
    NAMES[ESTALE] = "ESTALE";
    NAMES[EDQUOT] = "EDQUOT";
  }

  private Errno() {}

  /** The symbolic name, such as {@code ENOENT}, or {@code errno 77} for one without a name here. */
  public static String name(int errno) {
    String name = errno >= 0 && errno < NAMES.length ? NAMES[errno] : null;
    return name != null ? name : "errno " + errno;
  }

  /** The name cannot exist there: ENOENT, or a name longer than that file system allows. */
  public static boolean isAbsent(int errno) {
    return errno == ENOENT || errno == ENAMETOOLONG;
  }

  /** This file system or kernel cannot do that at all, so that a fall-back is right. */
  public static boolean isUnsupported(int errno) {
    return errno == EOPNOTSUPP
        || errno == ENOSYS
        || errno == ENOTTY
        || errno == EINVAL
        || errno == EXDEV;
  }

  /** No room: the disk or the quota is full. */
  public static boolean isOutOfSpace(int errno) {
    return errno == ENOSPC || errno == EDQUOT;
  }

  /** There is no such xattr, or the file system keeps none of that kind. */
  public static boolean isNoXattr(int errno) {
    return errno == ENODATA || errno == EOPNOTSUPP;
  }
}
