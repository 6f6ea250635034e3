package org.stratafs.fuse.protocol;

/**
 * Where the fields of the structs in requests lie, in wire order; a constant is the field's offset
 * in bytes from the beginning of its struct. Fields without a use are left out of the names but not
 * of the sizes.
 *
 * <p>Source: include/uapi/linux/fuse.h. native-tests/abi.c prints the same from the C header.
 */
final class RequestLayout {
  private RequestLayout() {}

  /** struct fuse_in_header, in front of every request */
  static final class InHeader {
    static final int LEN = 0;
    static final int OPCODE = 4;
    static final int UNIQUE = 8;
    static final int NODEID = 16;
    static final int UID = 24;
    static final int GID = 28;
    static final int PID = 32;
    static final int TOTAL_EXTLEN = 36;
    static final int SIZE = 40;

    private InHeader() {}
  }

  /** struct fuse_forget_in */
  static final class ForgetIn {
    static final int NLOOKUP = 0;
    static final int SIZE = 8;

    private ForgetIn() {}
  }

  /** struct fuse_forget_one, one of BATCH_FORGET */
  static final class ForgetOne {
    static final int NODEID = 0;
    static final int NLOOKUP = 8;
    static final int SIZE = 16;

    private ForgetOne() {}
  }

  /** struct fuse_batch_forget_in */
  static final class BatchForgetIn {
    static final int COUNT = 0;
    static final int SIZE = 8;

    private BatchForgetIn() {}
  }

  /** struct fuse_getattr_in */
  static final class GetattrIn {
    static final int GETATTR_FLAGS = 0;
    static final int FH = 8;
    static final int SIZE = 16;

    static final int FUSE_GETATTR_FH = 1;

    private GetattrIn() {}
  }

  /** struct fuse_statx_in (7.39) */
  static final class StatxIn {
    static final int GETATTR_FLAGS = 0;
    static final int FH = 8;
    static final int SX_FLAGS = 16;
    static final int SX_MASK = 20;
    static final int SIZE = 24;

    private StatxIn() {}
  }

  /** struct fuse_mknod_in */
  static final class MknodIn {
    static final int MODE = 0;
    static final int RDEV = 4;
    static final int UMASK = 8;
    static final int SIZE = 16;

    private MknodIn() {}
  }

  /** struct fuse_mkdir_in */
  static final class MkdirIn {
    static final int MODE = 0;
    static final int UMASK = 4;
    static final int SIZE = 8;

    private MkdirIn() {}
  }

  /** struct fuse_rename_in */
  static final class RenameIn {
    static final int NEWDIR = 0;
    static final int SIZE = 8;

    private RenameIn() {}
  }

  /** struct fuse_rename2_in */
  static final class Rename2In {
    static final int NEWDIR = 0;
    static final int FLAGS = 8;
    static final int SIZE = 16;

    private Rename2In() {}
  }

  /** struct fuse_link_in */
  static final class LinkIn {
    static final int OLDNODEID = 0;
    static final int SIZE = 8;

    private LinkIn() {}
  }

  /** struct fuse_setattr_in */
  static final class SetattrIn {
    static final int VALID = 0;
    static final int FH = 8;
    static final int SIZE_BYTES = 16;
    static final int LOCK_OWNER = 24;
    static final int ATIME = 32;
    static final int MTIME = 40;
    static final int CTIME = 48;
    static final int ATIMENSEC = 56;
    static final int MTIMENSEC = 60;
    static final int CTIMENSEC = 64;
    static final int MODE = 68;
    static final int UID = 76;
    static final int GID = 80;
    static final int SIZE = 88;

    static final int FATTR_MODE = 1;
    static final int FATTR_UID = 1 << 1;
    static final int FATTR_GID = 1 << 2;
    static final int FATTR_SIZE = 1 << 3;
    static final int FATTR_ATIME = 1 << 4;
    static final int FATTR_MTIME = 1 << 5;
    static final int FATTR_FH = 1 << 6;
    static final int FATTR_ATIME_NOW = 1 << 7;
    static final int FATTR_MTIME_NOW = 1 << 8;
    static final int FATTR_KILL_SUIDGID = 1 << 11;

    private SetattrIn() {}
  }

  /** struct fuse_open_in */
  static final class OpenIn {
    static final int FLAGS = 0;
    static final int OPEN_FLAGS = 4;
    static final int SIZE = 8;

    static final int FUSE_OPEN_KILL_SUIDGID = 1;

    private OpenIn() {}
  }

  /** struct fuse_create_in */
  static final class CreateIn {
    static final int FLAGS = 0;
    static final int MODE = 4;
    static final int UMASK = 8;
    static final int OPEN_FLAGS = 12;
    static final int SIZE = 16;

    private CreateIn() {}
  }

  /** struct fuse_release_in */
  static final class ReleaseIn {
    static final int FH = 0;
    static final int FLAGS = 8;
    static final int RELEASE_FLAGS = 12;
    static final int LOCK_OWNER = 16;
    static final int SIZE = 24;

    private ReleaseIn() {}
  }

  /** struct fuse_flush_in */
  static final class FlushIn {
    static final int FH = 0;
    static final int LOCK_OWNER = 16;
    static final int SIZE = 24;

    private FlushIn() {}
  }

  /** struct fuse_read_in */
  static final class ReadIn {
    static final int FH = 0;
    static final int OFFSET = 8;
    static final int SIZE_BYTES = 16;
    static final int READ_FLAGS = 20;
    static final int LOCK_OWNER = 24;
    static final int FLAGS = 32;
    static final int SIZE = 40;

    private ReadIn() {}
  }

  /** struct fuse_write_in */
  static final class WriteIn {
    static final int FH = 0;
    static final int OFFSET = 8;
    static final int SIZE_BYTES = 16;
    static final int WRITE_FLAGS = 20;
    static final int LOCK_OWNER = 24;
    static final int FLAGS = 32;
    static final int SIZE = 40;

    static final int FUSE_WRITE_KILL_SUIDGID = 1 << 2;

    private WriteIn() {}
  }

  /** struct fuse_fsync_in */
  static final class FsyncIn {
    static final int FH = 0;
    static final int FSYNC_FLAGS = 8;
    static final int SIZE = 16;

    static final int FUSE_FSYNC_FDATASYNC = 1;

    private FsyncIn() {}
  }

  /** struct fuse_setxattr_in */
  static final class SetxattrIn {
    static final int SIZE_BYTES = 0;
    static final int FLAGS = 4;
    static final int SETXATTR_FLAGS = 8;
    static final int SIZE = 16;

    /** Without FUSE_SETXATTR_EXT (before 7.33). */
    static final int COMPAT_SIZE = 8;

    static final int FUSE_SETXATTR_ACL_KILL_SGID = 1;

    private SetxattrIn() {}
  }

  /** struct fuse_getxattr_in */
  static final class GetxattrIn {
    static final int SIZE_BYTES = 0;
    static final int SIZE = 8;

    private GetxattrIn() {}
  }

  /** struct fuse_access_in */
  static final class AccessIn {
    static final int MASK = 0;
    static final int SIZE = 8;

    private AccessIn() {}
  }

  /** struct fuse_init_in */
  static final class InitIn {
    static final int MAJOR = 0;
    static final int MINOR = 4;
    static final int MAX_READAHEAD = 8;
    static final int FLAGS = 12;
    static final int FLAGS2 = 16;
    static final int SIZE = 64;

    /** Before 7.36. */
    static final int COMPAT_SIZE = 16;

    private InitIn() {}
  }

  /** struct fuse_interrupt_in */
  static final class InterruptIn {
    static final int UNIQUE = 0;
    static final int SIZE = 8;

    private InterruptIn() {}
  }

  /** struct fuse_ioctl_in */
  static final class IoctlIn {
    static final int FH = 0;
    static final int FLAGS = 8;
    static final int CMD = 12;
    static final int ARG = 16;
    static final int IN_SIZE = 24;
    static final int OUT_SIZE = 28;
    static final int SIZE = 32;

    private IoctlIn() {}
  }

  /** struct fuse_fallocate_in */
  static final class FallocateIn {
    static final int FH = 0;
    static final int OFFSET = 8;
    static final int LENGTH = 16;
    static final int MODE = 24;
    static final int SIZE = 32;

    private FallocateIn() {}
  }

  /** struct fuse_lseek_in */
  static final class LseekIn {
    static final int FH = 0;
    static final int OFFSET = 8;
    static final int WHENCE = 16;
    static final int SIZE = 24;

    static final int SEEK_DATA = 3;
    static final int SEEK_HOLE = 4;

    private LseekIn() {}
  }

  /** struct fuse_copy_file_range_in */
  static final class CopyFileRangeIn {
    static final int FH_IN = 0;
    static final int OFF_IN = 8;
    static final int NODEID_OUT = 16;
    static final int FH_OUT = 24;
    static final int OFF_OUT = 32;
    static final int LEN = 40;
    static final int FLAGS = 48;
    static final int SIZE = 56;

    private CopyFileRangeIn() {}
  }

  /** struct fuse_syncfs_in */
  static final class SyncfsIn {
    static final int PADDING = 0;
    static final int SIZE = 8;

    private SyncfsIn() {}
  }
}
