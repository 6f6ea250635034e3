package org.stratafs.fuse.libfuse;

import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.Delegate;
import jnr.ffi.types.size_t;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.sys.NativeBuffer;
import org.stratafs.sys.Syscalls;

/**
 * A channel for the replies to requests about a node: "no such file" becomes ESTALE.
 *
 * <p>libfuse answers ENOENT if a node has no path any more, as when rename(2) replaced the file
 * between the kernel's LOOKUP and its OPEN. The kernel would hand that to the program, though the
 * name is there all the time; upon ESTALE it looks the name up once more (fs/namei.c,
 * do_filp_open).
 */
final class StaleReplies {
  /** struct iovec: base, length. */
  private static final int IOVEC = 16;

  private static final int IOV_LEN = 8;

  /** struct fuse_out_header. */
  private static final int ERROR = 4;

  private static final int HEADER = 16;

  /** struct fuse_chan_ops: receive, send, destroy. */
  private static final int OPS_SEND = 8;

  private static final int OPS_SIZE = 24;

  private final Syscalls sys;
  private final int fd;
  private final Calls calls;

  /** Referred to from here, since native code does not keep it alive. */
  private final Send send = this::send;

  StaleReplies(Syscalls sys, int fd, Calls calls) {
    this.sys = sys;
    this.fd = fd;
    this.calls = calls;
  }

  /** The channel: it can send and nothing else, and does not own the descriptor. */
  Pointer open(LibFuse2 libfuse) {
    Runtime runtime = Runtime.getSystemRuntime();
    Pointer operations = Memory.allocateDirect(runtime, OPS_SIZE, /* clear= */ true);
    operations.putPointer(
        OPS_SEND, runtime.getClosureManager().getClosurePointer(Send.class, send));
    return libfuse.fuse_chan_new(operations, fd, Worker.BUFFER_SIZE);
  }

  private int send(Pointer channel, Pointer vector, long count) {
    return calls.run(
        "a reply",
        request -> {
          NativeBuffer reply = request.reply();
          int length = gather(vector, (int) count, reply);
          if (length == HEADER && reply.bytes().getInt(ERROR) == -Errno.ENOENT) {
            reply.bytes().putInt(ERROR, -Errno.ESTALE);
          }
          sys.write(fd, reply.address(), length);
        });
  }

  private static int gather(Pointer vector, int count, NativeBuffer reply) {
    int length = 0;
    for (int i = 0; i < count; i++) {
      int size = (int) vector.getLongLong((long) i * IOVEC + IOV_LEN);
      if (size > reply.size() - length) {
        throw new FsException(Errno.ENOMEM);
      }
      byte[] part = new byte[size];
      if (size > 0) {
        vector.getPointer((long) i * IOVEC).get(0, part, 0, size);
      }
      reply.bytes().put(length, part);
      length += size;
    }
    return length;
  }

  /** {@code int (*send)(struct fuse_chan *, const struct iovec *, size_t)}. */
  public interface Send {
    @Delegate
    int send(Pointer channel, Pointer vector, @size_t long count);
  }
}
