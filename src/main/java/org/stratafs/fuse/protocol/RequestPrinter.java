package org.stratafs.fuse.protocol;

import org.stratafs.fuse.protocol.RequestLayout.AccessIn;
import org.stratafs.fuse.protocol.RequestLayout.BatchForgetIn;
import org.stratafs.fuse.protocol.RequestLayout.CopyFileRangeIn;
import org.stratafs.fuse.protocol.RequestLayout.CreateIn;
import org.stratafs.fuse.protocol.RequestLayout.FallocateIn;
import org.stratafs.fuse.protocol.RequestLayout.FlushIn;
import org.stratafs.fuse.protocol.RequestLayout.ForgetIn;
import org.stratafs.fuse.protocol.RequestLayout.ForgetOne;
import org.stratafs.fuse.protocol.RequestLayout.FsyncIn;
import org.stratafs.fuse.protocol.RequestLayout.GetattrIn;
import org.stratafs.fuse.protocol.RequestLayout.GetxattrIn;
import org.stratafs.fuse.protocol.RequestLayout.InitIn;
import org.stratafs.fuse.protocol.RequestLayout.InterruptIn;
import org.stratafs.fuse.protocol.RequestLayout.IoctlIn;
import org.stratafs.fuse.protocol.RequestLayout.LinkIn;
import org.stratafs.fuse.protocol.RequestLayout.LseekIn;
import org.stratafs.fuse.protocol.RequestLayout.MkdirIn;
import org.stratafs.fuse.protocol.RequestLayout.MknodIn;
import org.stratafs.fuse.protocol.RequestLayout.OpenIn;
import org.stratafs.fuse.protocol.RequestLayout.ReadIn;
import org.stratafs.fuse.protocol.RequestLayout.ReleaseIn;
import org.stratafs.fuse.protocol.RequestLayout.Rename2In;
import org.stratafs.fuse.protocol.RequestLayout.RenameIn;
import org.stratafs.fuse.protocol.RequestLayout.SetattrIn;
import org.stratafs.fuse.protocol.RequestLayout.SetxattrIn;
import org.stratafs.fuse.protocol.RequestLayout.StatxIn;
import org.stratafs.fuse.protocol.RequestLayout.WriteIn;
import org.stratafs.posix.FsException;

/**
 * A request as a line of text, for {@code -o debug} and for messages: who asks what of which node,
 * with the arguments that the handler of the opcode reads. Nothing is read beyond the request, and
 * it can be served afterwards.
 */
final class RequestPrinter {
  private final Request in;
  private final TextLine line = new TextLine();

  private RequestPrinter(Request in) {
    this.in = in;
  }

  /** {@code LOOKUP #6 node 1 by 1000:1000 pid 77}. */
  static String header(Request in, Opcode opcode) {
    RequestPrinter printer = new RequestPrinter(in);
    printer.header(opcode);
    return printer.line.toString();
  }

  /**
   * The header, the size in bytes, and the arguments.
   *
   * @param settled by INIT; null before
   */
  static String request(Request in, Opcode opcode, int length, Negotiated settled) {
    RequestPrinter printer = new RequestPrinter(in);
    printer.line.word("->");
    printer.header(opcode);
    printer.line.size(length);
    if (opcode != null) {
      printer.arguments(opcode, settled != null && settled.has(InitFlags.SETXATTR_EXT));
    }
    return printer.line.toString();
  }

  /** The opcode's name, or its number if it has none. */
  static String name(Opcode opcode, Request in) {
    return opcode != null ? opcode.name() : "opcode " + Integer.toUnsignedString(in.opcode());
  }

  private void header(Opcode opcode) {
    line.word(name(opcode, in)).id(in.unique()).unsigned("node", in.nodeid());
    line.word("by").owner(in.uid(), in.gid()).unsigned("pid", unsigned(in.pid()));
  }

  private void arguments(Opcode opcode, boolean setxattrExtended) {
    int struct =
        opcode == Opcode.SETXATTR && setxattrExtended ? SetxattrIn.SIZE : opcode.requestSize();
    if (!in.takeStruct(struct)) {
      line.word("(too short)");
      return;
    }
    try {
      arguments(opcode);
    } catch (FsException e) {
      // The dispatcher refuses the request next and says so in the reply.
      line.word("(malformed name)");
    }
  }

  private void arguments(Opcode opcode) {
    switch (opcode) {
      case LOOKUP, UNLINK, RMDIR, REMOVEXATTR -> line.quoted(in.string());
      case SYMLINK -> line.quoted(in.string()).word("to").quoted(in.string());
      case MKNOD -> {
        modes(MknodIn.MODE, MknodIn.UMASK);
        line.hex("rdev", in.u32(MknodIn.RDEV)).quoted(in.string());
      }
      case MKDIR -> {
        modes(MkdirIn.MODE, MkdirIn.UMASK);
        line.quoted(in.string());
      }
      case CREATE -> {
        created();
        line.quoted(in.string());
      }
      case TMPFILE -> created();
      case RENAME -> renamed(in.u64(RenameIn.NEWDIR), 0);
      case RENAME2 -> renamed(in.u64(Rename2In.NEWDIR), in.u32(Rename2In.FLAGS));
      case LINK -> line.unsigned("from", in.u64(LinkIn.OLDNODEID)).quoted(in.string());
      case FORGET -> line.unsigned("lookups", in.u64(ForgetIn.NLOOKUP));
      case BATCH_FORGET -> forgotten();
      case SETXATTR -> {
        line.unsigned("value", u32(SetxattrIn.SIZE_BYTES)).hex("flags", in.u32(SetxattrIn.FLAGS));
        line.quoted(in.string());
      }
      case GETXATTR -> line.unsigned("room", u32(GetxattrIn.SIZE_BYTES)).quoted(in.string());
      case LISTXATTR -> line.unsigned("room", u32(GetxattrIn.SIZE_BYTES));
      case GETATTR ->
          handleIf(in.u32(GetattrIn.GETATTR_FLAGS), GetattrIn.FUSE_GETATTR_FH, GetattrIn.FH);
      case STATX -> {
        handleIf(in.u32(StatxIn.GETATTR_FLAGS), GetattrIn.FUSE_GETATTR_FH, StatxIn.FH);
        line.hex("mask", in.u32(StatxIn.SX_MASK));
      }
      case SETATTR -> changed(in.u32(SetattrIn.VALID));
      case ACCESS -> line.hex("mask", in.u32(AccessIn.MASK));
      case INIT -> line.word("protocol").word(u32(InitIn.MAJOR) + "." + u32(InitIn.MINOR));
      case INTERRUPT -> line.id(in.u64(InterruptIn.UNIQUE));
      case READLINK, STATFS, SYNCFS, DESTROY, NOTIFY_REPLY -> {
        // The header says it all.
      }
      case GETLK, SETLK, SETLKW, BMAP, POLL, SETUPMAPPING, REMOVEMAPPING -> {
        // Not served.
      }
      default -> file(opcode);
    }
  }

  /** What goes by a handle or makes one. */
  private void file(Opcode opcode) {
    switch (opcode) {
      case OPEN, OPENDIR -> {
        line.hex("flags", in.u32(OpenIn.FLAGS));
        line.flag("kill-suid", in.u32(OpenIn.OPEN_FLAGS), OpenIn.FUSE_OPEN_KILL_SUIDGID);
      }
      case READ, READDIR, READDIRPLUS -> {
        handle(ReadIn.FH);
        range(ReadIn.OFFSET, u32(ReadIn.SIZE_BYTES));
      }
      case WRITE -> {
        handle(WriteIn.FH);
        range(WriteIn.OFFSET, u32(WriteIn.SIZE_BYTES));
        line.flag("kill-suid", in.u32(WriteIn.WRITE_FLAGS), WriteIn.FUSE_WRITE_KILL_SUIDGID);
      }
      case FLUSH -> handle(FlushIn.FH);
      case RELEASE, RELEASEDIR -> handle(ReleaseIn.FH);
      case FSYNC, FSYNCDIR -> {
        handle(FsyncIn.FH);
        line.flag("data-only", in.u32(FsyncIn.FSYNC_FLAGS), FsyncIn.FUSE_FSYNC_FDATASYNC);
      }
      case FALLOCATE -> {
        handle(FallocateIn.FH);
        line.hex("mode", in.u32(FallocateIn.MODE));
        range(FallocateIn.OFFSET, in.u64(FallocateIn.LENGTH));
      }
      case LSEEK -> {
        handle(LseekIn.FH);
        line.unsigned("offset", in.u64(LseekIn.OFFSET)).word(whence(in.u32(LseekIn.WHENCE)));
      }
      case COPY_FILE_RANGE, COPY_FILE_RANGE_64 -> {
        handle(CopyFileRangeIn.FH_IN);
        range(CopyFileRangeIn.OFF_IN, in.u64(CopyFileRangeIn.LEN));
        line.unsigned("to", in.u64(CopyFileRangeIn.NODEID_OUT));
        handle(CopyFileRangeIn.FH_OUT);
        line.unsigned("offset", in.u64(CopyFileRangeIn.OFF_OUT));
      }
      case IOCTL -> {
        handle(IoctlIn.FH);
        line.hex("command", in.u32(IoctlIn.CMD));
        line.unsigned("in", u32(IoctlIn.IN_SIZE)).unsigned("out", u32(IoctlIn.OUT_SIZE));
      }
      default -> throw new IllegalArgumentException(opcode.name());
    }
  }

  private void changed(int valid) {
    if ((valid & SetattrIn.FATTR_MODE) != 0) {
      line.octal("mode", in.u32(SetattrIn.MODE));
    }
    if ((valid & SetattrIn.FATTR_UID) != 0) {
      line.unsigned("uid", u32(SetattrIn.UID));
    }
    if ((valid & SetattrIn.FATTR_GID) != 0) {
      line.unsigned("gid", u32(SetattrIn.GID));
    }
    if ((valid & SetattrIn.FATTR_SIZE) != 0) {
      line.unsigned("size", in.u64(SetattrIn.SIZE_BYTES));
    }
    if ((valid & SetattrIn.FATTR_ATIME_NOW) != 0) {
      line.word("atime now");
    } else if ((valid & SetattrIn.FATTR_ATIME) != 0) {
      line.time("atime", in.u64(SetattrIn.ATIME), in.u32(SetattrIn.ATIMENSEC));
    }
    if ((valid & SetattrIn.FATTR_MTIME_NOW) != 0) {
      line.word("mtime now");
    } else if ((valid & SetattrIn.FATTR_MTIME) != 0) {
      line.time("mtime", in.u64(SetattrIn.MTIME), in.u32(SetattrIn.MTIMENSEC));
    }
    line.flag("kill-suid", valid, SetattrIn.FATTR_KILL_SUIDGID);
    handleIf(valid, SetattrIn.FATTR_FH, SetattrIn.FH);
  }

  private void created() {
    line.hex("flags", in.u32(CreateIn.FLAGS));
    modes(CreateIn.MODE, CreateIn.UMASK);
  }

  private void renamed(long newParent, int flags) {
    line.quoted(in.string()).unsigned("to", newParent).quoted(in.string());
    line.hex("flags", flags);
  }

  private void forgotten() {
    int count = in.u32(BatchForgetIn.COUNT);
    line.unsigned("count", unsigned(count));
    if (count < 0 || count > in.remaining() / ForgetOne.SIZE) {
      line.word("(too short)");
      return;
    }
    for (int at = 0; at < count * ForgetOne.SIZE; at += ForgetOne.SIZE) {
      line.unsigned("node", in.dataU64(at + ForgetOne.NODEID));
      line.unsigned("lookups", in.dataU64(at + ForgetOne.NLOOKUP));
    }
  }

  private void modes(int modeField, int umaskField) {
    line.octal("mode", in.u32(modeField)).octal("umask", in.u32(umaskField));
  }

  private void handle(int field) {
    line.unsigned("handle", in.u64(field));
  }

  private void handleIf(int flags, int flag, int field) {
    if ((flags & flag) != 0) {
      handle(field);
    }
  }

  private void range(int field, long size) {
    line.unsigned("offset", in.u64(field)).unsigned("size", size);
  }

  private long u32(int field) {
    return unsigned(in.u32(field));
  }

  private static long unsigned(int value) {
    return Integer.toUnsignedLong(value);
  }

  private static String whence(int whence) {
    return switch (whence) {
      case LseekIn.SEEK_DATA -> "SEEK_DATA";
      case LseekIn.SEEK_HOLE -> "SEEK_HOLE";
      default -> "whence " + whence;
    };
  }
}
