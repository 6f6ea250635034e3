package org.stratafs.fuse.protocol;

import org.stratafs.fuse.protocol.RequestLayout.CreateIn;
import org.stratafs.fuse.protocol.RequestLayout.InitIn;
import org.stratafs.fuse.protocol.RequestLayout.LinkIn;
import org.stratafs.fuse.protocol.RequestLayout.OpenIn;
import org.stratafs.fuse.protocol.RequestLayout.ReadIn;
import org.stratafs.fuse.protocol.RequestLayout.ReleaseIn;
import org.stratafs.fuse.protocol.RequestLayout.Rename2In;
import org.stratafs.fuse.protocol.RequestLayout.RenameIn;
import org.stratafs.fuse.protocol.RequestLayout.SetattrIn;
import org.stratafs.fuse.protocol.RequestLayout.WriteIn;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;

/**
 * Puts a request, or the reply to one, into a line of text for {@code -o debug} and for messages.
 */
final class RequestPrinter {
  private RequestPrinter() {}

  /** {@code LOOKUP #6 node 1 by 1000:1000 pid 77}. */
  static String header(Request in, Opcode opcode) {
    return name(opcode, in.opcode())
        + " #"
        + Long.toUnsignedString(in.unique())
        + " node "
        + Long.toUnsignedString(in.nodeid())
        + " by "
        + Integer.toUnsignedString(in.uid())
        + ":"
        + Integer.toUnsignedString(in.gid())
        + " pid "
        + Integer.toUnsignedString(in.pid());
  }

  /** The header, the size, and what the request is about. The request can be served afterwards. */
  static String request(Request in, Opcode opcode, int length) {
    StringBuilder line = new StringBuilder(160);
    line.append("-> ").append(header(in, opcode)).append(" (").append(length).append(" bytes)");
    if (opcode != null && in.takeStruct(opcode.requestSize())) {
      details(in, opcode, line);
    }
    return line.toString();
  }

  /** What became of it. */
  static String reply(long unique, Opcode opcode, int errno, int length) {
    String id = Long.toUnsignedString(unique);
    if (length == 0) {
      return "<- #" + id + " no reply";
    }
    String outcome = errno == 0 ? "ok" : Errno.name(errno);
    return "<- #" + id + " " + name(opcode, 0) + " " + outcome + " (" + length + " bytes)";
  }

  private static String name(Opcode opcode, int number) {
    return opcode != null ? opcode.name() : "opcode " + Integer.toUnsignedString(number);
  }

  private static void details(Request in, Opcode opcode, StringBuilder line) {
    switch (opcode) {
      case LOOKUP, UNLINK, RMDIR, MKNOD, MKDIR, REMOVEXATTR, GETXATTR -> names(in, 1, line);
      case SYMLINK -> names(in, 2, line);
      case CREATE -> {
        line.append(" flags 0x").append(Integer.toHexString(in.u32(CreateIn.FLAGS)));
        names(in, 1, line);
      }
      case RENAME -> {
        line.append(" to ").append(in.u64(RenameIn.NEWDIR));
        names(in, 2, line);
      }
      case RENAME2 -> {
        line.append(" to ").append(in.u64(Rename2In.NEWDIR));
        line.append(" flags ").append(in.u32(Rename2In.FLAGS));
        names(in, 2, line);
      }
      case LINK -> {
        line.append(" from ").append(in.u64(LinkIn.OLDNODEID));
        names(in, 1, line);
      }
      case OPEN, OPENDIR ->
          line.append(" flags 0x").append(Integer.toHexString(in.u32(OpenIn.FLAGS)));
      case READ, READDIR, READDIRPLUS ->
          range(in.u64(ReadIn.FH), in.u64(ReadIn.OFFSET), in.u32(ReadIn.SIZE_BYTES), line);
      case WRITE ->
          range(in.u64(WriteIn.FH), in.u64(WriteIn.OFFSET), in.u32(WriteIn.SIZE_BYTES), line);
      case RELEASE, RELEASEDIR -> line.append(" handle ").append(in.u64(ReleaseIn.FH));
      case SETATTR -> line.append(" valid 0x").append(Integer.toHexString(in.u32(SetattrIn.VALID)));
      case INIT ->
          line.append(" protocol ")
              .append(in.u32(InitIn.MAJOR))
              .append('.')
              .append(in.u32(InitIn.MINOR));
      default -> {
        // The header says enough.
      }
    }
  }

  private static void range(long handle, long offset, int size, StringBuilder line) {
    line.append(" handle ").append(handle).append(" offset ").append(offset);
    line.append(" size ").append(Integer.toUnsignedString(size));
  }

  private static void names(Request in, int count, StringBuilder line) {
    try {
      for (int i = 0; i < count; i++) {
        line.append(" \"").append(Names.display(in.string())).append('"');
      }
    } catch (FsException e) {
      // The dispatcher refuses the request next and says so in the reply.
      line.append(" (malformed name)");
    }
  }
}
