package org.stratafs.fuse.protocol;

/**
 * The requests of the protocol (enum fuse_opcode): number, the least size of what follows the two
 * headers, and whether the kernel waits for a reply.
 *
 * <p>Requests that the kernel may send but StrataFS does not serve have an entry too, so that they
 * are counted and printed by name; they are answered ENOSYS, after which the kernel handles them
 * itself or stops asking.
 */
public enum Opcode {
  LOOKUP(1, 0, ReplyLayout.EntryOut.SIZE),
  FORGET(2, RequestLayout.ForgetIn.SIZE, Opcode.NO_REPLY),
  GETATTR(3, RequestLayout.GetattrIn.SIZE, ReplyLayout.AttrOut.SIZE),
  SETATTR(4, RequestLayout.SetattrIn.SIZE, ReplyLayout.AttrOut.SIZE),
  READLINK(5, 0, 0),
  SYMLINK(6, 0, ReplyLayout.EntryOut.SIZE),
  MKNOD(8, RequestLayout.MknodIn.SIZE, ReplyLayout.EntryOut.SIZE),
  MKDIR(9, RequestLayout.MkdirIn.SIZE, ReplyLayout.EntryOut.SIZE),
  UNLINK(10, 0, 0),
  RMDIR(11, 0, 0),
  RENAME(12, RequestLayout.RenameIn.SIZE, 0),
  LINK(13, RequestLayout.LinkIn.SIZE, ReplyLayout.EntryOut.SIZE),
  OPEN(14, RequestLayout.OpenIn.SIZE, ReplyLayout.OpenOut.SIZE),
  READ(15, RequestLayout.ReadIn.SIZE, 0),
  WRITE(16, RequestLayout.WriteIn.SIZE, ReplyLayout.WriteOut.SIZE),
  STATFS(17, 0, ReplyLayout.StatfsOut.SIZE),
  RELEASE(18, RequestLayout.ReleaseIn.SIZE, 0),
  FSYNC(20, RequestLayout.FsyncIn.SIZE, 0),
  SETXATTR(21, RequestLayout.SetxattrIn.COMPAT_SIZE, 0),
  GETXATTR(22, RequestLayout.GetxattrIn.SIZE, 0),
  LISTXATTR(23, RequestLayout.GetxattrIn.SIZE, 0),
  REMOVEXATTR(24, 0, 0),
  FLUSH(25, RequestLayout.FlushIn.SIZE, 0),
  INIT(26, RequestLayout.InitIn.COMPAT_SIZE, ReplyLayout.InitOut.SIZE),
  OPENDIR(27, RequestLayout.OpenIn.SIZE, ReplyLayout.OpenOut.SIZE),
  READDIR(28, RequestLayout.ReadIn.SIZE, 0),
  RELEASEDIR(29, RequestLayout.ReleaseIn.SIZE, 0),
  FSYNCDIR(30, RequestLayout.FsyncIn.SIZE, 0),
  GETLK(31, 0, 0),
  SETLK(32, 0, 0),
  SETLKW(33, 0, 0),
  ACCESS(34, RequestLayout.AccessIn.SIZE, 0),
  CREATE(35, RequestLayout.CreateIn.SIZE, ReplyLayout.EntryOut.SIZE + ReplyLayout.OpenOut.SIZE),
  INTERRUPT(36, RequestLayout.InterruptIn.SIZE, Opcode.NO_REPLY),
  BMAP(37, 0, 0),
  DESTROY(38, 0, 0),
  IOCTL(39, RequestLayout.IoctlIn.SIZE, ReplyLayout.IoctlOut.SIZE),
  POLL(40, 0, 0),
  NOTIFY_REPLY(41, 0, Opcode.NO_REPLY),
  BATCH_FORGET(42, RequestLayout.BatchForgetIn.SIZE, Opcode.NO_REPLY),
  FALLOCATE(43, RequestLayout.FallocateIn.SIZE, 0),
  READDIRPLUS(44, RequestLayout.ReadIn.SIZE, 0),
  RENAME2(45, RequestLayout.Rename2In.SIZE, 0),
  LSEEK(46, RequestLayout.LseekIn.SIZE, ReplyLayout.LseekOut.SIZE),
  COPY_FILE_RANGE(47, RequestLayout.CopyFileRangeIn.SIZE, ReplyLayout.WriteOut.SIZE),
  SETUPMAPPING(48, 0, 0),
  REMOVEMAPPING(49, 0, 0),
  SYNCFS(50, RequestLayout.SyncfsIn.SIZE, 0),
  TMPFILE(51, RequestLayout.CreateIn.SIZE, ReplyLayout.EntryOut.SIZE + ReplyLayout.OpenOut.SIZE),
  STATX(52, RequestLayout.StatxIn.SIZE, ReplyLayout.StatxOut.SIZE),
  COPY_FILE_RANGE_64(53, RequestLayout.CopyFileRangeIn.SIZE, ReplyLayout.CopyFileRangeOut.SIZE);

  private static final int NO_REPLY = -1;

  /** One more than the greatest number. */
  static final int LIMIT = 54;

  private static final Opcode[] BY_NUMBER = new Opcode[LIMIT];

  static {
    for (Opcode opcode : values()) {
      BY_NUMBER[opcode.number] = opcode;
    }
  }

  private final int number;
  private final int requestSize;
  private final int replySize;

  Opcode(int number, int requestSize, int replySize) {
    this.number = number;
    this.requestSize = requestSize;
    this.replySize = replySize;
  }

  /** The request with that number, or null if there is none. */
  static Opcode of(int number) {
    return number >= 0 && number < LIMIT ? BY_NUMBER[number] : null;
  }

  /** The number on the wire. */
  public int number() {
    return number;
  }

  /** The least number of bytes after fuse_in_header. */
  int requestSize() {
    return requestSize;
  }

  /** The least number of bytes after fuse_out_header in a reply that is not an error. */
  int replySize() {
    return Math.max(replySize, 0);
  }

  /** Whether the kernel waits for a reply, which it then gets exactly once (invariant I9). */
  public boolean hasReply() {
    return replySize != NO_REPLY;
  }
}
