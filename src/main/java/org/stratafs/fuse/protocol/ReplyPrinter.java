package org.stratafs.fuse.protocol;

import java.nio.ByteBuffer;
import org.stratafs.fuse.protocol.ReplyLayout.Attr;
import org.stratafs.fuse.protocol.ReplyLayout.AttrOut;
import org.stratafs.fuse.protocol.ReplyLayout.CopyFileRangeOut;
import org.stratafs.fuse.protocol.ReplyLayout.Dirent;
import org.stratafs.fuse.protocol.ReplyLayout.Direntplus;
import org.stratafs.fuse.protocol.ReplyLayout.EntryOut;
import org.stratafs.fuse.protocol.ReplyLayout.GetxattrOut;
import org.stratafs.fuse.protocol.ReplyLayout.InitOut;
import org.stratafs.fuse.protocol.ReplyLayout.IoctlOut;
import org.stratafs.fuse.protocol.ReplyLayout.Kstatfs;
import org.stratafs.fuse.protocol.ReplyLayout.LseekOut;
import org.stratafs.fuse.protocol.ReplyLayout.OpenOut;
import org.stratafs.fuse.protocol.ReplyLayout.OutHeader;
import org.stratafs.fuse.protocol.ReplyLayout.Statx;
import org.stratafs.fuse.protocol.ReplyLayout.StatxOut;
import org.stratafs.fuse.protocol.ReplyLayout.WriteOut;
import org.stratafs.fuse.protocol.RequestLayout.GetxattrIn;
import org.stratafs.posix.Errno;
import org.stratafs.posix.Names;

/**
 * The completed reply to a request as a line of text, for {@code -o debug}: the errno, or what the
 * kernel is told, with the nodeids and handles that later requests come with.
 */
final class ReplyPrinter {
  private static final int PAYLOAD = OutHeader.SIZE;

  private final Request in;
  private final ByteBuffer out;
  private final int length;
  private final TextLine line = new TextLine();

  private ReplyPrinter(Exchange x, int length) {
    in = x.in;
    out = x.out.bytes();
    this.length = length;
  }

  /**
   * What became of the request that {@code x} still holds.
   *
   * @param length of the reply in bytes, 0 if there is none
   */
  static String reply(Exchange x, Opcode opcode, int length) {
    ReplyPrinter printer = new ReplyPrinter(x, length);
    printer.line.word("<-").id(x.in.unique()).word(RequestPrinter.name(opcode, x.in));
    if (length == 0) {
      printer.line.word("no reply");
    } else if (x.out.errno() != 0) {
      printer.line.word(Errno.name(x.out.errno())).size(length);
    } else {
      printer.line.word("ok").size(length);
      printer.payload(opcode);
    }
    return printer.line.toString();
  }

  private void payload(Opcode opcode) {
    switch (opcode) {
      case LOOKUP, SYMLINK, MKNOD, MKDIR, LINK -> entry(PAYLOAD);
      case CREATE, TMPFILE -> {
        entry(PAYLOAD);
        opened(PAYLOAD + EntryOut.SIZE);
      }
      case OPEN, OPENDIR -> opened(PAYLOAD);
      case GETATTR, SETATTR -> attr(PAYLOAD + AttrOut.ATTR);
      case STATX -> statx(PAYLOAD + StatxOut.STAT);
      case READLINK -> line.quoted(text(PAYLOAD, length - PAYLOAD));
      case GETXATTR, LISTXATTR -> {
        if (in.u32(GetxattrIn.SIZE_BYTES) == 0) {
          line.unsigned("needs", u32(PAYLOAD + GetxattrOut.SIZE_BYTES));
        }
      }
      case WRITE -> line.unsigned("written", u32(PAYLOAD + WriteOut.SIZE_BYTES));
      case COPY_FILE_RANGE -> line.unsigned("copied", u32(PAYLOAD + WriteOut.SIZE_BYTES));
      case COPY_FILE_RANGE_64 ->
          line.unsigned("copied", out.getLong(PAYLOAD + CopyFileRangeOut.BYTES_COPIED));
      case LSEEK -> line.unsigned("offset", out.getLong(PAYLOAD + LseekOut.OFFSET));
      case IOCTL -> line.word("result").word("" + out.getInt(PAYLOAD + IoctlOut.RESULT));
      case STATFS ->
          line.unsigned("blocks", out.getLong(PAYLOAD + Kstatfs.BLOCKS))
              .unsigned("free", out.getLong(PAYLOAD + Kstatfs.BFREE))
              .unsigned("of", u32(PAYLOAD + Kstatfs.BSIZE));
      case READDIR -> listed(0);
      case READDIRPLUS -> listed(Direntplus.DIRENT);
      case INIT -> init();
      default -> {
        // ok says it all, and data is the reader's.
      }
    }
  }

  private void entry(int at) {
    long nodeid = out.getLong(at + EntryOut.NODEID);
    if (nodeid == 0) {
      line.word("absent");
    } else {
      line.unsigned("node", nodeid);
      attr(at + EntryOut.ATTR);
    }
  }

  private void attr(int at) {
    line.octal("mode", out.getInt(at + Attr.MODE));
    line.word("of").owner(out.getInt(at + Attr.UID), out.getInt(at + Attr.GID));
    line.unsigned("size", out.getLong(at + Attr.SIZE_BYTES));
    line.unsigned("links", u32(at + Attr.NLINK)).unsigned("ino", out.getLong(at + Attr.INO));
  }

  private void statx(int at) {
    line.octal("mode", Short.toUnsignedInt(out.getShort(at + Statx.MODE)));
    line.word("of").owner(out.getInt(at + Statx.UID), out.getInt(at + Statx.GID));
    line.unsigned("size", out.getLong(at + Statx.SIZE_BYTES));
    line.unsigned("links", u32(at + Statx.NLINK)).unsigned("ino", out.getLong(at + Statx.INO));
  }

  private void opened(int at) {
    int flags = out.getInt(at + OpenOut.OPEN_FLAGS);
    line.unsigned("handle", out.getLong(at + OpenOut.FH)).hex("flags", flags);
    if ((flags & OpenOut.FOPEN_PASSTHROUGH) != 0) {
      line.unsigned("backing", u32(at + OpenOut.BACKING_ID));
    }
  }

  /**
   * Names, and the nodeids that READDIRPLUS makes known.
   *
   * @param before bytes in front of each struct fuse_dirent
   */
  private void listed(int before) {
    int at = PAYLOAD;
    while (at < length) {
      int dirent = at + before;
      int nameBytes = out.getInt(dirent + Dirent.NAMELEN);
      line.quoted(text(dirent + Dirent.SIZE, nameBytes));
      if (before != 0 && out.getLong(at + EntryOut.NODEID) != 0) {
        line.unsigned("node", out.getLong(at + EntryOut.NODEID));
      }
      at = dirent + Dirent.SIZE + DirectoryReply.aligned(nameBytes);
    }
  }

  private void init() {
    line.word("protocol").word(u32(PAYLOAD + InitOut.MAJOR) + "." + u32(PAYLOAD + InitOut.MINOR));
    line.hex("flags", out.getInt(PAYLOAD + InitOut.FLAGS));
    line.hex("flags2", out.getInt(PAYLOAD + InitOut.FLAGS2));
    line.unsigned("max_write", u32(PAYLOAD + InitOut.MAX_WRITE));
  }

  private String text(int at, int size) {
    byte[] bytes = new byte[size];
    out.get(at, bytes);
    return Names.fromBytes(bytes);
  }

  private long u32(int at) {
    return Integer.toUnsignedLong(out.getInt(at));
  }
}
