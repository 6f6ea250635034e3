package org.stratafs.fuse.protocol;

/**
 * Where the fields of the structs in replies lie, in wire order; a constant is the field's offset
 * in bytes from the beginning of its struct.
 *
 * <p>Source: include/uapi/linux/fuse.h. native-tests/abi.c prints the same from the C header.
 */
final class ReplyLayout {
  private ReplyLayout() {}

  /** struct fuse_out_header, in front of every reply */
  static final class OutHeader {
    static final int LEN = 0;
    static final int ERROR = 4;
    static final int UNIQUE = 8;
    static final int SIZE = 16;

    private OutHeader() {}
  }

  /** struct fuse_notify_inval_inode_out */
  static final class NotifyInvalInodeOut {
    static final int INO = 0;
    static final int OFF = 8;
    static final int LEN = 16;
    static final int SIZE = 24;

    private NotifyInvalInodeOut() {}
  }

  /** struct fuse_attr, part of other structs */
  static final class Attr {
    static final int INO = 0;
    static final int SIZE_BYTES = 8;
    static final int BLOCKS = 16;
    static final int ATIME = 24;
    static final int MTIME = 32;
    static final int CTIME = 40;
    static final int ATIMENSEC = 48;
    static final int MTIMENSEC = 52;
    static final int CTIMENSEC = 56;
    static final int MODE = 60;
    static final int NLINK = 64;
    static final int UID = 68;
    static final int GID = 72;
    static final int RDEV = 76;
    static final int BLKSIZE = 80;
    static final int FLAGS = 84;
    static final int SIZE = 88;

    private Attr() {}
  }

  /** struct fuse_entry_out */
  static final class EntryOut {
    static final int NODEID = 0;
    static final int GENERATION = 8;
    static final int ENTRY_VALID = 16;
    static final int ATTR_VALID = 24;
    static final int ENTRY_VALID_NSEC = 32;
    static final int ATTR_VALID_NSEC = 36;
    static final int ATTR = 40;
    static final int SIZE = 128;

    private EntryOut() {}
  }

  /** struct fuse_attr_out */
  static final class AttrOut {
    static final int ATTR_VALID = 0;
    static final int ATTR_VALID_NSEC = 8;
    static final int ATTR = 16;
    static final int SIZE = 104;

    private AttrOut() {}
  }

  /** struct fuse_statx (7.39), part of fuse_statx_out */
  static final class Statx {
    static final int MASK = 0;
    static final int BLKSIZE = 4;
    static final int ATTRIBUTES = 8;
    static final int NLINK = 16;
    static final int UID = 20;
    static final int GID = 24;
    static final int MODE = 28;
    static final int INO = 32;
    static final int SIZE_BYTES = 40;
    static final int BLOCKS = 48;
    static final int ATTRIBUTES_MASK = 56;
    static final int ATIME = 64;
    static final int BTIME = 80;
    static final int CTIME = 96;
    static final int MTIME = 112;
    static final int RDEV_MAJOR = 128;
    static final int RDEV_MINOR = 132;
    static final int DEV_MAJOR = 136;
    static final int DEV_MINOR = 140;
    static final int SIZE = 256;

    /** Within the times, struct fuse_sx_time: seconds at 0, nanoseconds here. */
    static final int TV_NSEC = 8;

    static final int STATX_BASIC_STATS = 0x7ff;
    static final int STATX_BTIME = 0x800;

    private Statx() {}
  }

  /** struct fuse_statx_out (7.39) */
  static final class StatxOut {
    static final int ATTR_VALID = 0;
    static final int ATTR_VALID_NSEC = 8;
    static final int FLAGS = 12;
    static final int STAT = 32;
    static final int SIZE = 288;

    private StatxOut() {}
  }

  /** struct fuse_open_out */
  static final class OpenOut {
    static final int FH = 0;
    static final int OPEN_FLAGS = 8;
    static final int BACKING_ID = 12;
    static final int SIZE = 16;

    static final int FOPEN_KEEP_CACHE = 1 << 1;
    static final int FOPEN_CACHE_DIR = 1 << 3;
    static final int FOPEN_NOFLUSH = 1 << 5;
    static final int FOPEN_PASSTHROUGH = 1 << 7;

    private OpenOut() {}
  }

  /** struct fuse_write_out */
  static final class WriteOut {
    static final int SIZE_BYTES = 0;
    static final int SIZE = 8;

    private WriteOut() {}
  }

  /** struct fuse_kstatfs, all of fuse_statfs_out */
  static final class Kstatfs {
    static final int BLOCKS = 0;
    static final int BFREE = 8;
    static final int BAVAIL = 16;
    static final int FILES = 24;
    static final int FFREE = 32;
    static final int BSIZE = 40;
    static final int NAMELEN = 44;
    static final int FRSIZE = 48;
    static final int SIZE = 80;

    private Kstatfs() {}
  }

  /** struct fuse_statfs_out */
  static final class StatfsOut {
    static final int ST = 0;
    static final int SIZE = 80;

    private StatfsOut() {}
  }

  /** struct fuse_getxattr_out */
  static final class GetxattrOut {
    static final int SIZE_BYTES = 0;
    static final int SIZE = 8;

    private GetxattrOut() {}
  }

  /** struct fuse_init_out (max_stack_depth since 7.40, request_timeout since 7.43) */
  static final class InitOut {
    static final int MAJOR = 0;
    static final int MINOR = 4;
    static final int MAX_READAHEAD = 8;
    static final int FLAGS = 12;
    static final int MAX_BACKGROUND = 16;
    static final int CONGESTION_THRESHOLD = 18;
    static final int MAX_WRITE = 20;
    static final int TIME_GRAN = 24;
    static final int MAX_PAGES = 28;
    static final int MAP_ALIGNMENT = 30;
    static final int FLAGS2 = 32;
    static final int MAX_STACK_DEPTH = 36;
    static final int REQUEST_TIMEOUT = 40;
    static final int SIZE = 64;

    private InitOut() {}
  }

  /** struct fuse_ioctl_out */
  static final class IoctlOut {
    static final int RESULT = 0;
    static final int FLAGS = 4;
    static final int IN_IOVS = 8;
    static final int OUT_IOVS = 12;
    static final int SIZE = 16;

    private IoctlOut() {}
  }

  /** struct fuse_dirent, the name follows */
  static final class Dirent {
    static final int INO = 0;
    static final int OFF = 8;
    static final int NAMELEN = 16;
    static final int TYPE = 20;
    static final int SIZE = 24;

    private Dirent() {}
  }

  /** struct fuse_direntplus, the name follows */
  static final class Direntplus {
    static final int ENTRY_OUT = 0;
    static final int DIRENT = 128;
    static final int SIZE = 152;

    private Direntplus() {}
  }

  /** struct fuse_lseek_out */
  static final class LseekOut {
    static final int OFFSET = 0;
    static final int SIZE = 8;

    private LseekOut() {}
  }

  /** struct fuse_copy_file_range_out (7.45) */
  static final class CopyFileRangeOut {
    static final int BYTES_COPIED = 0;
    static final int SIZE = 8;

    private CopyFileRangeOut() {}
  }
}
