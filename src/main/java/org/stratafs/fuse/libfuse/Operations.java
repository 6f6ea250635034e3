package org.stratafs.fuse.libfuse;

import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import jnr.ffi.annotations.Delegate;
import org.stratafs.fs.FileSystem;
import ru.serce.jnrfuse.struct.FuseOperations;

/**
 * libfuse's table of callbacks (struct fuse_operations of fuse.h), filled with ours.
 *
 * <p>What is not set stays with the kernel (locks, poll, bmap), or is never asked because of
 * default_permissions (access). jnr-fuse's AbstractFuseFS would fill the table too; it is not used
 * because it brings mounting, unmounting by path and a shutdown hook with it.
 */
final class Operations {
  /** The 32 bits of flags: no paths for what has a handle, and utimens knows UTIME_OMIT. */
  private static final int FLAGS_OFFSET = 304;

  private static final int NULLPATH_OK = 1;
  private static final int NOPATH = 2;
  private static final int UTIME_OMIT_OK = 4;

  private static final int FSYNCDIR_OFFSET = 224;

  /** struct fuse_conn_info: capabilities wanted, and how many background requests may wait. */
  private static final int WANT_OFFSET = 24;

  private static final int MAX_BACKGROUND_OFFSET = 28;
  private static final int CONGESTION_THRESHOLD_OFFSET = 32;
  private static final int MAX_BACKGROUND = 64;

  /** The umask is ours to apply: not where the parent has a default ACL. */
  private static final int FUSE_CAP_DONT_MASK = 1 << 6;

  final FuseOperations table = new FuseOperations(Runtime.getSystemRuntime());

  /** Referred to from here, since native code does not keep it alive. */
  private final FsyncdirCallback fsyncdir;

  Operations(FileSystem fs, Calls calls, OpenFiles openFiles) {
    Paths paths = new Paths(fs, openFiles);
    NameCallbacks names = new NameCallbacks(fs, calls, paths, openFiles);
    FileCallbacks files = new FileCallbacks(fs, calls, paths, openFiles);
    fsyncdir = files::fsyncdir;
    set(names);
    set(files);
    table.init.set(Operations::init);
    Struct.getMemory(table).putInt(FLAGS_OFFSET, NULLPATH_OK | NOPATH | UTIME_OMIT_OK);
  }

  private void set(NameCallbacks names) {
    table.getattr.set(names::getattr);
    table.readlink.set(names::readlink);
    table.mknod.set(names::mknod);
    table.mkdir.set(names::mkdir);
    table.unlink.set(names::unlink);
    table.rmdir.set(names::rmdir);
    table.symlink.set(names::symlink);
    table.rename.set(names::rename);
    table.link.set(names::link);
    table.chmod.set(names::chmod);
    table.chown.set(names::chown);
    table.truncate.set(names::truncate);
    table.utimens.set(names::utimens);
    table.statfs.set(names::statfs);
    table.setxattr.set(names::setxattr);
    table.getxattr.set(names::getxattr);
    table.listxattr.set(names::listxattr);
    table.removexattr.set(names::removexattr);
  }

  private void set(FileCallbacks files) {
    table.open.set(files::open);
    table.create.set(files::create);
    table.fgetattr.set(files::fgetattr);
    table.ftruncate.set(files::ftruncate);
    table.read.set(files::read);
    table.write.set(files::write);
    table.flush.set(files::flush);
    table.release.set(files::release);
    table.fsync.set(files::fsync);
    table.fallocate.set(files::fallocate);
    table.ioctl.set(files::ioctl);
    table.opendir.set(files::opendir);
    table.readdir.set(files::readdir);
    table.releasedir.set(files::releasedir);
    // jnr-fuse's own type for it lacks the second of three arguments.
    Pointer address =
        Runtime.getSystemRuntime()
            .getClosureManager()
            .getClosurePointer(FsyncdirCallback.class, fsyncdir);
    Struct.getMemory(table).putPointer(FSYNCDIR_OFFSET, address);
  }

  private static Pointer init(Pointer connection) {
    connection.putInt(WANT_OFFSET, connection.getInt(WANT_OFFSET) | FUSE_CAP_DONT_MASK);
    connection.putInt(MAX_BACKGROUND_OFFSET, MAX_BACKGROUND);
    connection.putInt(CONGESTION_THRESHOLD_OFFSET, MAX_BACKGROUND * 3 / 4);
    return null;
  }

  /** {@code int (*fsyncdir)(const char *, int, struct fuse_file_info *)}. */
  public interface FsyncdirCallback {
    @Delegate
    int fsyncdir(String path, int dataOnly, Pointer info);
  }
}
