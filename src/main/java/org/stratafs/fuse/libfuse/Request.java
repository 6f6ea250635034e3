package org.stratafs.fuse.libfuse;

import java.nio.ByteBuffer;
import jnr.ffi.Runtime;
import org.stratafs.fs.Caller;
import org.stratafs.fs.Entry;
import org.stratafs.fs.OpenResult;
import org.stratafs.fs.SetAttr;
import org.stratafs.posix.Stat;
import org.stratafs.posix.StatFs;
import org.stratafs.sys.NativeBuffer;
import ru.serce.jnrfuse.struct.FileStat;

/**
 * The request that one worker has read and libfuse is working on, with what its callbacks need
 * again and again. Confined to the worker's thread.
 *
 * <p>libfuse's callbacks do not tell why they are called, so the header is looked at in place
 * (struct fuse_in_header, include/uapi/linux/fuse.h).
 */
final class Request implements Caller {
  static final int LOOKUP = 1;
  private static final int GETATTR = 3;
  private static final int SETATTR = 4;
  private static final int READLINK = 5;
  static final int UNLINK = 10;
  static final int RENAME = 12;
  private static final int OPEN = 14;
  private static final int SETXATTR = 21;
  private static final int REMOVEXATTR = 24;
  static final int INIT = 26;
  private static final int OPENDIR = 27;

  private static final int OPCODE = 4;
  private static final int NODEID = 16;
  private static final int UID = 24;
  private static final int GID = 28;
  private static final int PID = 32;
  private static final int HEADER = 40;

  /** struct fuse_rename_in: the new directory, then both names. */
  private static final int RENAME_NAMES = HEADER + 8;

  /** The member {@code size} of struct fuse_read_in. */
  private static final int READ_SIZE = HEADER + 16;

  final NativeBuffer buffer;
  final Entry entry = new Entry();
  final Stat stat = new Stat();
  final StatFs statFs = new StatFs();
  final SetAttr change = new SetAttr();
  final OpenResult opened = new OpenResult();

  /** For the entries of a listing: libfuse takes inode number and type from it. */
  final FileStat listed = new FileStat(Runtime.getSystemRuntime());

  /** The largest such reply: the value of an xattr (XATTR_SIZE_MAX), with its header. */
  private static final int REPLY_SIZE = 65536 + 4096;

  private final LibFuse2 libfuse;
  private final ByteBuffer bytes;
  private NativeBuffer reply;
  private int length;

  Request(LibFuse2 libfuse, NativeBuffer buffer) {
    this.libfuse = libfuse;
    this.buffer = buffer;
    bytes = buffer.bytes();
  }

  /** A request of that many bytes has been read. */
  void begin(int size) {
    length = size;
  }

  int opcode() {
    return length < HEADER ? 0 : bytes.getInt(OPCODE);
  }

  /** Whether it asks for or changes something of the node itself, without a name. */
  boolean isAboutNode() {
    int opcode = opcode();
    return switch (opcode) {
      case GETATTR, SETATTR, READLINK, OPEN, OPENDIR -> true;
      default -> opcode >= SETXATTR && opcode <= REMOVEXATTR;
    };
  }

  /** Where a reply can be put together: made on first use. */
  NativeBuffer reply() {
    if (reply == null) {
      reply = NativeBuffer.allocate(REPLY_SIZE);
    }
    return reply;
  }

  /** libfuse's number for the node. */
  long nodeid() {
    return length < HEADER ? 0 : bytes.getLong(NODEID);
  }

  @Override
  public int uid() {
    return bytes.getInt(UID);
  }

  @Override
  public int gid() {
    return bytes.getInt(GID);
  }

  @Override
  public int pid() {
    return bytes.getInt(PID);
  }

  @Override
  public boolean interrupted() {
    return libfuse.fuse_interrupted() != 0;
  }

  /** The umask of the caller: only for callbacks that make something. */
  int umask() {
    return libfuse.fuse_get_context().umask.intValue();
  }

  /** The room in bytes that a READDIR has for its answer. */
  int listingSize() {
    return length < READ_SIZE + 4 ? 0 : bytes.getInt(READ_SIZE);
  }

  /** Whether this is an UNLINK of that name. */
  boolean unlinks(String name) {
    return opcode() == UNLINK && isAt(HEADER, name);
  }

  /** Whether this is a RENAME to that name. */
  boolean renamesTo(String name) {
    if (opcode() != RENAME) {
      return false;
    }
    int at = RENAME_NAMES;
    while (at < length && bytes.get(at) != 0) {
      at++;
    }
    return isAt(at + 1, name);
  }

  private boolean isAt(int offset, String name) {
    if (offset + name.length() >= length || bytes.get(offset + name.length()) != 0) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if ((bytes.get(offset + i) & 0xff) != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
