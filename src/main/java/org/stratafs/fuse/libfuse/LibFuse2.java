package org.stratafs.fuse.libfuse;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import jnr.ffi.annotations.Delegate;
import jnr.ffi.provider.jffi.ClosureHelper;
import jnr.ffi.types.size_t;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import ru.serce.jnrfuse.struct.FuseContext;
import ru.serce.jnrfuse.struct.FuseOperations;

/**
 * The functions of libfuse 2 that serve a connection which somebody else has mounted
 * (fuse_lowlevel.h and fuse.h of libfuse 2.9).
 *
 * <p>jnr-fuse's own binding knows fuse_main_real only, which mounts by itself, starts threads of
 * its own and unmounts by path at its end.
 */
final class LibFuse2 {
  private static final String NAME = "libfuse.so.2";
  private static final int RTLD_NOW = 2;

  private final Functions functions;

  private LibFuse2(Functions functions) {
    this.functions = functions;
  }

  /** Loads the library. ENOENT with what to install if it is not there. */
  static LibFuse2 load() {
    try {
      return new LibFuse2(LibraryLoader.create(Functions.class).failImmediately().load(NAME));
    } catch (UnsatisfiedLinkError e) {
      throw new FsException(
          Errno.ENOENT, "transport=libfuse needs " + NAME + ": apt-get install libfuse2");
    }
  }

  /**
   * fuse_new as of version 2.6 of the library's interface. A plain dlsym(3) finds the unversioned
   * one of version 1, which takes other arguments. To be called once there are callbacks:
   * jnr-fuse's ClosureHelper takes over the class loader that jnr-ffi made for them.
   */
  private static FuseNew fuseNew() {
    Linker linker = LibraryLoader.create(Linker.class).failImmediately().load("libc.so.6");
    Pointer library = linker.dlopen(NAME, RTLD_NOW);
    Pointer address = library == null ? null : linker.dlvsym(library, "fuse_new", "FUSE_2.6");
    if (address == null) {
      throw new FsException(
          Errno.ENOSYS, NAME + " is too old for transport=libfuse: 2.9 is wanted");
    }
    ClosureHelper helper = ClosureHelper.getInstance();
    return helper
        .getNativeConveter(FuseNew.class)
        .fromNative(address, helper.getFromNativeContext());
  }

  /** A channel on an open, mounted descriptor of /dev/fuse, which it takes over. */
  Pointer fuse_kern_chan_new(int fd) {
    return functions.fuse_kern_chan_new(fd);
  }

  /** A channel with operations of ours (struct fuse_chan_ops). */
  Pointer fuse_chan_new(Pointer operations, int fd, long bufferSize) {
    return functions.fuse_chan_new(operations, fd, bufferSize, null);
  }

  /** Frees a channel that belongs to no session. */
  void fuse_chan_destroy(Pointer channel) {
    functions.fuse_chan_destroy(channel);
  }

  /**
   * A file system on a channel.
   *
   * @param options of libfuse, without {@code -o}
   * @return null if libfuse does not like the options
   */
  Pointer fuse_new(Pointer channel, String options, FuseOperations operations) {
    Runtime runtime = Runtime.getSystemRuntime();
    Pointer program = text(runtime, "stratafs");
    Pointer flag = text(runtime, "-o");
    Pointer value = text(runtime, options);
    Pointer vector = Memory.allocateDirect(runtime, 4 * 8);
    vector.putPointer(0, program);
    vector.putPointer(8, flag);
    vector.putPointer(16, value);
    vector.putAddress(24, 0);
    // struct fuse_args: argc, argv, allocated
    Pointer args = Memory.allocateDirect(runtime, 24);
    args.putInt(0, 3);
    args.putPointer(8, vector);
    args.putInt(16, 0);
    return fuseNew()
        .call(channel, args, Struct.getMemory(operations), Struct.size(operations), null);
  }

  private static Pointer text(Runtime runtime, String text) {
    Pointer memory = Memory.allocateDirect(runtime, text.length() + 1);
    for (int i = 0; i < text.length(); i++) {
      memory.putByte(i, (byte) text.charAt(i));
    }
    memory.putByte(text.length(), (byte) 0);
    return memory;
  }

  Pointer fuse_get_session(Pointer fuse) {
    return functions.fuse_get_session(fuse);
  }

  /** Serves one request that has been read: its callbacks, and the reply. */
  void fuse_session_process(Pointer session, long request, int length, Pointer channel) {
    functions.fuse_session_process(session, request, length, channel);
  }

  /** Whether the request that this thread serves has been interrupted. */
  int fuse_interrupted() {
    return functions.fuse_interrupted();
  }

  /** About the request that this thread serves. */
  FuseContext fuse_get_context() {
    return functions.fuse_get_context();
  }

  /** Ends a file system; closes the descriptor of its channel. */
  void fuse_destroy(Pointer fuse) {
    functions.fuse_destroy(fuse);
  }

  /** Public, as jnr-ffi wants it. */
  public interface Functions {
    Pointer fuse_kern_chan_new(int fd);

    Pointer fuse_chan_new(Pointer operations, int fd, @size_t long bufferSize, Pointer data);

    void fuse_chan_destroy(Pointer channel);

    Pointer fuse_get_session(Pointer fuse);

    void fuse_session_process(Pointer session, long request, @size_t long length, Pointer channel);

    int fuse_interrupted();

    FuseContext fuse_get_context();

    void fuse_destroy(Pointer fuse);
  }

  /** Public, as jnr-ffi wants it: dlopen(3) and dlvsym(3). */
  public interface Linker {
    Pointer dlopen(String name, int flags);

    Pointer dlvsym(Pointer library, String symbol, String version);
  }

  /** {@code struct fuse *fuse_new(chan, args, op, op_size, user_data)}. */
  public interface FuseNew {
    @Delegate
    Pointer call(
        Pointer channel, Pointer args, Pointer operations, @size_t long size, Pointer userData);
  }
}
