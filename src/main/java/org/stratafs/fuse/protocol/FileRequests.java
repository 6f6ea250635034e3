package org.stratafs.fuse.protocol;

import org.stratafs.fs.FileSystem;
import org.stratafs.fs.OpenResult;
import org.stratafs.fuse.protocol.ReplyLayout.CopyFileRangeOut;
import org.stratafs.fuse.protocol.ReplyLayout.IoctlOut;
import org.stratafs.fuse.protocol.ReplyLayout.LseekOut;
import org.stratafs.fuse.protocol.ReplyLayout.OpenOut;
import org.stratafs.fuse.protocol.ReplyLayout.WriteOut;
import org.stratafs.fuse.protocol.RequestLayout.CopyFileRangeIn;
import org.stratafs.fuse.protocol.RequestLayout.CreateIn;
import org.stratafs.fuse.protocol.RequestLayout.FallocateIn;
import org.stratafs.fuse.protocol.RequestLayout.FlushIn;
import org.stratafs.fuse.protocol.RequestLayout.FsyncIn;
import org.stratafs.fuse.protocol.RequestLayout.IoctlIn;
import org.stratafs.fuse.protocol.RequestLayout.LseekIn;
import org.stratafs.fuse.protocol.RequestLayout.OpenIn;
import org.stratafs.fuse.protocol.RequestLayout.ReadIn;
import org.stratafs.fuse.protocol.RequestLayout.ReleaseIn;
import org.stratafs.fuse.protocol.RequestLayout.WriteIn;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

/** Serves the requests that open files and work through their handles. */
final class FileRequests {
  /** fuse_write_out counts in 32 bits; the kernel's own limit for one call (MAX_RW_COUNT). */
  private static final long MAX_COPY = 0x7fff_f000L;

  private final FileSystem fs;
  private final AttrEncoder encoder;
  private final BackingFiles backing;

  FileRequests(FileSystem fs, AttrEncoder encoder, BackingFiles backing) {
    this.fs = fs;
    this.encoder = encoder;
    this.backing = backing;
  }

  void open(Exchange x) {
    backing.ask(x.opened);
    boolean killSuidGid = (x.in.u32(OpenIn.OPEN_FLAGS) & OpenIn.FUSE_OPEN_KILL_SUIDGID) != 0;
    fs.open(x.caller, x.in.nodeid(), x.in.u32(OpenIn.FLAGS), killSuidGid, x.opened);
    openedFile(x, x.in.nodeid());
  }

  void create(Exchange x) {
    int flags = x.in.u32(CreateIn.FLAGS);
    int mode = x.in.u32(CreateIn.MODE);
    int umask = x.in.u32(CreateIn.UMASK);
    String name = x.in.name();
    backing.ask(x.opened);
    fs.create(x.caller, x.in.nodeid(), name, flags, mode, umask, x.entry, x.opened);
    created(x);
  }

  /** TMPFILE; a name follows the struct here too, but it is the kernel's own and means nothing. */
  void tmpfile(Exchange x) {
    int flags = x.in.u32(CreateIn.FLAGS);
    int mode = x.in.u32(CreateIn.MODE);
    int umask = x.in.u32(CreateIn.UMASK);
    backing.ask(x.opened);
    fs.tmpfile(x.caller, x.in.nodeid(), flags, mode, umask, x.entry, x.opened);
    created(x);
  }

  private void created(Exchange x) {
    encoder.entry(x.out, x.entry);
    boolean done = false;
    try {
      openedFile(x, x.entry.nodeid);
      done = true;
    } finally {
      if (!done) {
        fs.forget(x.entry.nodeid, 1);
      }
    }
  }

  private void openedFile(Exchange x, long nodeid) {
    int id;
    try {
      id = backing.opened(nodeid, x.opened);
    } catch (FsException e) {
      fs.release(nodeid, x.opened.handle);
      throw e;
    }
    if (id != 0) {
      x.opened.keepCache = false; // EIO otherwise: there is no cache
    }
    int at = opened(x.out, x.opened);
    if (id != 0) {
      x.out.u32(at + OpenOut.BACKING_ID, id);
      x.out.u32(
          at + OpenOut.OPEN_FLAGS,
          OpenOut.FOPEN_PASSTHROUGH | (x.opened.noFlush ? OpenOut.FOPEN_NOFLUSH : 0));
    }
  }

  /** Appends a fuse_open_out; where it begins. */
  static int opened(Reply out, OpenResult opened) {
    int at = out.append(OpenOut.SIZE);
    out.u64(at + OpenOut.FH, opened.handle);
    int flags =
        (opened.keepCache ? OpenOut.FOPEN_KEEP_CACHE : 0)
            | (opened.cacheDirectory ? OpenOut.FOPEN_CACHE_DIR : 0)
            | (opened.noFlush ? OpenOut.FOPEN_NOFLUSH : 0);
    out.u32(at + OpenOut.OPEN_FLAGS, flags);
    return at;
  }

  /** READ, straight into the reply. */
  void read(Exchange x) {
    int size = x.in.u32(ReadIn.SIZE_BYTES);
    if (size < 0 || size > x.out.room()) {
      throw new FsException(Errno.EINVAL);
    }
    long handle = x.in.u64(ReadIn.FH);
    long offset = x.in.u64(ReadIn.OFFSET);
    int read = fs.read(x.caller, x.in.nodeid(), handle, offset, x.out.endAddress(), size);
    x.out.appended(read);
  }

  /** WRITE, straight from the request. */
  void write(Exchange x) {
    int size = x.in.u32(WriteIn.SIZE_BYTES);
    long address = x.in.dataAddress(size);
    long handle = x.in.u64(WriteIn.FH);
    long offset = x.in.u64(WriteIn.OFFSET);
    int openFlags = x.in.u32(WriteIn.FLAGS);
    boolean killSuidGid = (x.in.u32(WriteIn.WRITE_FLAGS) & WriteIn.FUSE_WRITE_KILL_SUIDGID) != 0;
    int written =
        fs.write(x.caller, x.in.nodeid(), handle, offset, address, size, openFlags, killSuidGid);
    int at = x.out.append(WriteOut.SIZE);
    x.out.u32(at + WriteOut.SIZE_BYTES, written);
  }

  void flush(Exchange x) {
    fs.flush(x.caller, x.in.nodeid(), x.in.u64(FlushIn.FH));
  }

  void release(Exchange x) {
    backing.released(x.in.nodeid());
    fs.release(x.in.nodeid(), x.in.u64(ReleaseIn.FH));
  }

  void fsync(Exchange x) {
    boolean dataOnly = (x.in.u32(FsyncIn.FSYNC_FLAGS) & FsyncIn.FUSE_FSYNC_FDATASYNC) != 0;
    fs.fsync(x.caller, x.in.nodeid(), x.in.u64(FsyncIn.FH), dataOnly);
  }

  void fallocate(Exchange x) {
    long handle = x.in.u64(FallocateIn.FH);
    long offset = x.in.u64(FallocateIn.OFFSET);
    long length = x.in.u64(FallocateIn.LENGTH);
    fs.fallocate(x.caller, x.in.nodeid(), handle, x.in.u32(FallocateIn.MODE), offset, length);
  }

  void lseek(Exchange x) {
    int whence = x.in.u32(LseekIn.WHENCE);
    if (whence != LseekIn.SEEK_DATA && whence != LseekIn.SEEK_HOLE) {
      throw new FsException(Errno.EINVAL);
    }
    long found =
        fs.lseek(x.caller, x.in.nodeid(), x.in.u64(LseekIn.FH), x.in.u64(LseekIn.OFFSET), whence);
    int at = x.out.append(LseekOut.SIZE);
    x.out.u64(at + LseekOut.OFFSET, found);
  }

  void copyFileRange(Exchange x) {
    long copied = copy(x, MAX_COPY);
    int at = x.out.append(WriteOut.SIZE);
    x.out.u32(at + WriteOut.SIZE_BYTES, (int) copied);
  }

  void copyFileRange64(Exchange x) {
    long copied = copy(x, Long.MAX_VALUE);
    int at = x.out.append(CopyFileRangeOut.SIZE);
    x.out.u64(at + CopyFileRangeOut.BYTES_COPIED, copied);
  }

  private long copy(Exchange x, long limit) {
    long length = x.in.u64(CopyFileRangeIn.LEN);
    if (length < 0 || x.in.u64(CopyFileRangeIn.FLAGS) != 0) {
      throw new FsException(Errno.EINVAL);
    }
    return fs.copyFileRange(
        x.caller,
        x.in.nodeid(),
        x.in.u64(CopyFileRangeIn.FH_IN),
        x.in.u64(CopyFileRangeIn.OFF_IN),
        x.in.u64(CopyFileRangeIn.NODEID_OUT),
        x.in.u64(CopyFileRangeIn.FH_OUT),
        x.in.u64(CopyFileRangeIn.OFF_OUT),
        Math.min(length, limit));
  }

  /** IOCTL; its argument lies in the reply, where the file system replaces input by output. */
  void ioctl(Exchange x) {
    int inSize = x.in.u32(IoctlIn.IN_SIZE);
    int outSize = x.in.u32(IoctlIn.OUT_SIZE);
    int at = x.out.append(IoctlOut.SIZE);
    if (inSize < 0 || outSize < 0 || Math.max(inSize, outSize) > x.out.room()) {
      throw new FsException(Errno.EINVAL);
    }
    if (outSize > inSize) {
      x.out.zero(x.out.length() + inSize, outSize - inSize);
    }
    x.in.copyData(inSize, x.out.bytes(), x.out.length());
    long command = x.in.u32(IoctlIn.CMD) & 0xffff_ffffL;
    int result =
        fs.ioctl(
            x.caller,
            x.in.nodeid(),
            x.in.u64(IoctlIn.FH),
            command,
            x.out.endAddress(),
            inSize,
            outSize);
    x.out.u32(at + IoctlOut.RESULT, result);
    x.out.appended(outSize);
  }
}
