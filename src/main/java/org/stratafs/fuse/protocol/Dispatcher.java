package org.stratafs.fuse.protocol;

import org.stratafs.fs.FileSystem;
import org.stratafs.fs.StatusReport;
import org.stratafs.fuse.protocol.ReplyLayout.OutHeader;
import org.stratafs.fuse.protocol.RequestLayout.InHeader;
import org.stratafs.fuse.protocol.RequestLayout.InterruptIn;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;

/**
 * Serves requests: request bytes in, one {@link FileSystem} call, reply bytes out.
 *
 * <p>This is the one place where an errno becomes a reply. Any other Throwable becomes EIO and one
 * log line that names the request; the daemon never dies of a request. Whatever the request's bytes
 * are, nothing outside of the two buffers is read or written, and each request gets one reply, or
 * none where the kernel waits for none (I9). Shared by all workers; each brings its own {@link
 * Exchange}.
 */
public final class Dispatcher {
  private final Log log;

  /** Takes a line for each request and each reply; null when nobody debugs. */
  private final Log trace;

  private final AttrEncoder encoder;
  private final InitNegotiation init;
  private final NamespaceRequests namespace;
  private final AttributeRequests attributes;
  private final XattrRequests xattrs;
  private final FileRequests files;
  private final DirectoryRequests directories;
  private final LostReply lost;
  private final BackingFiles backing;
  private final SlowRequests slow = new SlowRequests();
  private final Interrupts interrupts = new Interrupts();

  /** Set once, by INIT. */
  private volatile Negotiated negotiated;

  /** Why INIT was refused; null while it was not. */
  private volatile FsException initFailure;

  /**
   * A dispatcher for one connection.
   *
   * @param trace takes a line for each request and each reply; null for none
   * @param registry takes backing files; null: the kernel gets none
   */
  public Dispatcher(
      FileSystem fs, FuseOptions options, Log log, Log trace, BackingRegistry registry) {
    this.log = log;
    this.trace = trace;
    encoder = new AttrEncoder(options);
    init = new InitNegotiation(options);
    namespace = new NamespaceRequests(fs, encoder);
    attributes = new AttributeRequests(fs, encoder);
    xattrs = new XattrRequests(fs);
    backing = new BackingFiles(registry);
    files = new FileRequests(fs, encoder, backing);
    directories = new DirectoryRequests(fs);
    lost = new LostReply(fs, backing);
  }

  /** Makes what a worker needs to call {@link #dispatch}; {@link #close} takes it back. */
  public Exchange open(Memory request, Memory reply) {
    Exchange x = new Exchange(request, reply, encoder);
    interrupts.add(x.caller);
    return x;
  }

  /** The worker serves no more. */
  public void close(Exchange x) {
    interrupts.remove(x.caller);
  }

  /** What INIT settled, null before. */
  public Negotiated negotiated() {
    return negotiated;
  }

  /** Why INIT was refused, null if it was not. */
  public FsException initFailure() {
    return initFailure;
  }

  /**
   * Serves one request.
   *
   * @param length bytes that were read into the request memory
   * @return bytes in the reply memory to be written; 0: the kernel waits for no reply
   */
  public int dispatch(Exchange x, int length) {
    long start = System.nanoTime();
    x.out.begin();
    if (length < InHeader.SIZE) {
      log.warn("dropped a FUSE request of " + length + " bytes, shorter than its header");
      return 0;
    }
    boolean sound = x.in.begin(length);
    Opcode opcode = Opcode.of(x.in.opcode());
    long unique = x.in.unique();
    if (trace != null) {
      trace.warn(RequestPrinter.request(x.in, opcode, length, negotiated));
    }
    int errno = opcode == null ? Errno.ENOSYS : serve(x, opcode, sound, unique);
    // A reply with id 0 would be a notification (fs/fuse/dev.c, fuse_dev_do_write).
    int replyLength = 0;
    if (unique != 0 && (opcode == null || opcode.hasReply())) {
      replyLength = errno == 0 ? x.out.finish(unique) : x.out.finishError(unique, errno);
    }
    if (trace != null) {
      trace.warn(ReplyPrinter.reply(x, opcode, replyLength));
    }
    slow.served(opcode, x.in.nodeid(), start);
    return replyLength;
  }

  /** Adds passthrough and slow requests. */
  public void describe(StatusReport report) {
    report.add("passthrough", backing.state());
    slow.describe(report.group("slow_requests"));
  }

  /**
   * The kernel did not take the reply that {@link #dispatch} made last: what it handed out is taken
   * back.
   */
  public void lost(Exchange x) {
    Opcode opcode = Opcode.of(x.in.opcode());
    if (opcode == null) {
      return;
    }
    try {
      lost.giveBack(opcode, x);
    } catch (FsException e) {
      // Only release(2) of a handle can fail here, and nobody is left to be told.
      return;
    } catch (RuntimeException | Error e) {
      logDefect(x.in, opcode, e);
    }
  }

  /** Serves a request whose opcode is known; the errno for the reply, 0 for success. */
  private int serve(Exchange x, Opcode opcode, boolean sound, long unique) {
    x.counts.count(opcode);
    interrupts.enter(x.caller, unique);
    try {
      if (!sound || !x.in.takeStruct(opcode.requestSize())) {
        log.warn("malformed FUSE request: " + RequestPrinter.header(x.in, opcode));
        return Errno.EINVAL;
      }
      return handle(x, opcode);
    } catch (FsException e) {
      return e.errno();
    } catch (RuntimeException | Error e) {
      logDefect(x.in, opcode, e);
      if (opcode == Opcode.READDIRPLUS) {
        lost.forgetAll(x.out.bytes(), OutHeader.SIZE, x.out.length());
      }
      return Errno.EIO;
    } finally {
      x.caller.leave();
    }
  }

  private int handle(Exchange x, Opcode opcode) {
    Negotiated settled = negotiated;
    if (settled == null && opcode != Opcode.INIT) {
      return Errno.EIO;
    }
    switch (opcode) {
      case INIT -> init(x);
      case LOOKUP -> namespace.lookup(x);
      case FORGET -> namespace.forget(x);
      case BATCH_FORGET -> namespace.batchForget(x);
      case READLINK -> namespace.readlink(x);
      case SYMLINK -> namespace.symlink(x);
      case MKNOD -> namespace.mknod(x);
      case MKDIR -> namespace.mkdir(x);
      case LINK -> namespace.link(x);
      case UNLINK -> namespace.unlink(x);
      case RMDIR -> namespace.rmdir(x);
      case RENAME -> namespace.rename(x);
      case RENAME2 -> namespace.rename2(x);
      case GETATTR -> attributes.getattr(x);
      case SETATTR -> attributes.setattr(x);
      case STATX -> attributes.statx(x);
      case STATFS -> attributes.statfs(x);
      case ACCESS -> attributes.access(x);
      case SYNCFS -> attributes.syncfs(x);
      case SETXATTR -> xattrs.setxattr(x, settled.has(InitFlags.SETXATTR_EXT));
      case GETXATTR -> xattrs.getxattr(x);
      case LISTXATTR -> xattrs.listxattr(x);
      case REMOVEXATTR -> xattrs.removexattr(x);
      case OPEN -> files.open(x);
      case CREATE -> files.create(x);
      case TMPFILE -> files.tmpfile(x);
      case READ -> files.read(x);
      case WRITE -> files.write(x);
      case FLUSH -> files.flush(x);
      case RELEASE -> files.release(x);
      case FSYNC -> files.fsync(x);
      case FALLOCATE -> files.fallocate(x);
      case LSEEK -> files.lseek(x);
      case COPY_FILE_RANGE -> files.copyFileRange(x);
      case COPY_FILE_RANGE_64 -> files.copyFileRange64(x);
      case IOCTL -> files.ioctl(x);
      case OPENDIR -> directories.opendir(x, settled.has(InitFlags.NO_OPENDIR_SUPPORT));
      case READDIR -> directories.readdir(x, false);
      case READDIRPLUS -> directories.readdir(x, true);
      case RELEASEDIR -> directories.releasedir(x);
      case FSYNCDIR -> directories.fsyncdir(x);
      case INTERRUPT -> interrupts.interrupt(x.in.u64(InterruptIn.UNIQUE));
      case DESTROY, NOTIFY_REPLY -> {
        // DESTROY: the connection ends next, and the session then ends the file system.
        // NOTIFY_REPLY: nothing was asked for.
      }
      // Locks stay with the kernel (INIT offers none), and so do poll and bmap.
      case GETLK, SETLK, SETLKW, BMAP, POLL, SETUPMAPPING, REMOVEMAPPING -> {
        return Errno.ENOSYS;
      }
    }
    return 0;
  }

  private void init(Exchange x) {
    if (negotiated != null) {
      throw new FsException(Errno.EIO);
    }
    try {
      Negotiated settled = init.answer(x.in, x.out);
      if (settled != null && settled.has(InitFlags.PASSTHROUGH)) {
        backing.enable();
      }
      negotiated = settled;
    } catch (FsException e) {
      initFailure = e;
      throw e;
    }
  }

  private void logDefect(Request in, Opcode opcode, Throwable e) {
    try {
      StackTraceElement[] stack = e.getStackTrace();
      log.warn(
          "EIO for "
              + RequestPrinter.header(in, opcode)
              + ": "
              + e
              + (stack.length > 0 ? " at " + stack[0] : ""));
    } catch (OutOfMemoryError noMemory) {
      // No memory for a line: the caller's EIO has to do.
      return;
    }
  }
}
