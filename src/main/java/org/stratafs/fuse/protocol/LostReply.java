package org.stratafs.fuse.protocol;

import java.nio.ByteBuffer;
import org.stratafs.fs.FileSystem;
import org.stratafs.fuse.protocol.ReplyLayout.Dirent;
import org.stratafs.fuse.protocol.ReplyLayout.Direntplus;
import org.stratafs.fuse.protocol.ReplyLayout.EntryOut;
import org.stratafs.fuse.protocol.ReplyLayout.OpenOut;
import org.stratafs.fuse.protocol.ReplyLayout.OutHeader;

/**
 * Gives back what a reply handed to the kernel that the kernel did not take: counted lookups (I7)
 * and open handles.
 *
 * <p>The kernel refuses a reply when the request is gone (ENOENT: the connection was aborted, or a
 * request timeout of the administrator's struck).
 */
final class LostReply {
  private final FileSystem fs;
  private final BackingFiles backing;

  LostReply(FileSystem fs, BackingFiles backing) {
    this.fs = fs;
    this.backing = backing;
  }

  void giveBack(Opcode opcode, Exchange x) {
    if (x.out.errno() != 0) {
      return;
    }
    ByteBuffer reply = x.out.bytes();
    int payload = OutHeader.SIZE;
    switch (opcode) {
      case LOOKUP, SYMLINK, MKNOD, MKDIR, LINK -> forget(reply, payload);
      case CREATE, TMPFILE -> {
        long handle = reply.getLong(payload + EntryOut.SIZE + OpenOut.FH);
        release(reply.getLong(payload + EntryOut.NODEID), handle);
        forget(reply, payload);
      }
      case OPEN -> release(x.in.nodeid(), reply.getLong(payload + OpenOut.FH));
      case OPENDIR -> fs.releasedir(x.in.nodeid(), reply.getLong(payload + OpenOut.FH));
      case READDIRPLUS -> forgetAll(reply, payload, x.out.length());
      default -> {
        // Nothing was handed out.
      }
    }
  }

  private void release(long nodeid, long handle) {
    backing.released(nodeid);
    fs.release(nodeid, handle);
  }

  private void forget(ByteBuffer reply, int entry) {
    long nodeid = reply.getLong(entry + EntryOut.NODEID);
    if (nodeid != 0) {
      fs.forget(nodeid, 1);
    }
  }

  /** Gives back the lookups of the READDIRPLUS entries from {@code at} to {@code end}. */
  void forgetAll(ByteBuffer reply, int at, int end) {
    int entry = at;
    while (entry < end) {
      forget(reply, entry);
      int nameBytes = reply.getInt(entry + Direntplus.DIRENT + Dirent.NAMELEN);
      entry += Direntplus.SIZE + DirectoryReply.aligned(nameBytes);
    }
  }
}
