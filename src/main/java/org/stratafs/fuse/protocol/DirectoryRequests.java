package org.stratafs.fuse.protocol;

import org.stratafs.fs.FileSystem;
import org.stratafs.fuse.protocol.ReplyLayout.OutHeader;
import org.stratafs.fuse.protocol.RequestLayout.FsyncIn;
import org.stratafs.fuse.protocol.RequestLayout.OpenIn;
import org.stratafs.fuse.protocol.RequestLayout.ReadIn;
import org.stratafs.fuse.protocol.RequestLayout.ReleaseIn;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

/** Serves the requests that list directories. */
final class DirectoryRequests {
  private final FileSystem fs;

  DirectoryRequests(FileSystem fs) {
    this.fs = fs;
  }

  /**
   * OPENDIR. Where the kernel can do without, ENOSYS tells it never to ask again: it opens, caches
   * and closes directories by itself, and READDIR comes with handle 0 (fs/fuse/file.c,
   * fuse_file_open).
   */
  void opendir(Exchange x, boolean canDoWithout) {
    if (canDoWithout) {
      throw new FsException(Errno.ENOSYS);
    }
    fs.opendir(x.caller, x.in.nodeid(), x.in.u32(OpenIn.FLAGS), x.opened);
    FileRequests.opened(x.out, x.opened);
  }

  void readdir(Exchange x, boolean plus) {
    int size = x.in.u32(ReadIn.SIZE_BYTES);
    if (size < 0 || size > x.out.room()) {
      throw new FsException(Errno.EINVAL);
    }
    x.directory.begin(plus, size);
    long handle = x.in.u64(ReadIn.FH);
    long offset = x.in.u64(ReadIn.OFFSET);
    try {
      if (plus) {
        fs.readdirplus(x.caller, x.in.nodeid(), handle, offset, x.directory);
      } else {
        fs.readdir(x.caller, x.in.nodeid(), handle, offset, x.directory);
      }
    } catch (FsException e) {
      // As in getdents(2): what was read so far is delivered, the next call meets the error again.
      // An error reply would also lose the lookups counted for these entries (I7).
      if (x.out.length() == OutHeader.SIZE) {
        throw e;
      }
    }
  }

  void releasedir(Exchange x) {
    fs.releasedir(x.in.nodeid(), x.in.u64(ReleaseIn.FH));
  }

  void fsyncdir(Exchange x) {
    boolean dataOnly = (x.in.u32(FsyncIn.FSYNC_FLAGS) & FsyncIn.FUSE_FSYNC_FDATASYNC) != 0;
    fs.fsyncdir(x.caller, x.in.nodeid(), x.in.u64(FsyncIn.FH), dataOnly);
  }
}
