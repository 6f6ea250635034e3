package org.stratafs.fs;

import java.util.List;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Stat;
import org.stratafs.posix.StatFs;

/**
 * The operations of a mounted file system, nodeid based, as the FUSE protocol has them.
 *
 * <p><b>Errors.</b> Every method throws {@link FsException} with the errno for the caller, and then
 * the visible tree is the tree before the call (invariant I12). ESTALE stands for a nodeid that is
 * not known, EBADF for a handle that is not.
 *
 * <p><b>Lookup counts.</b> An {@link Entry} with a nodeid other than 0 that a method fills counts
 * as one lookup, to be given back by {@link #forget} (I7). {@link #ROOT} needs none and never goes
 * away.
 *
 * <p><b>Names</b> are Latin-1 Strings of 1 to 255 bytes ({@link org.stratafs.posix.Names}); longer
 * ones give ENAMETOOLONG. <b>Memory</b> is given as a native address with a size in bytes and is
 * borrowed for the length of the call. <b>Permissions</b> are the kernel's business
 * (default_permissions). <b>Threads</b>: every method may be called by any number of threads at
 * once. No method replies or notifies while it holds a lock.
 */
public interface FileSystem {
  /** The nodeid of the root directory (FUSE_ROOT_ID). */
  long ROOT = 1;

  /** Called once, before the first request, by a transport that can notify the kernel. */
  default void start(Notifications notifications) {}

  /**
   * Looks up a name in a directory. "." and ".." are answered too (FUSE_EXPORT_SUPPORT).
   *
   * <p>A name that is absent fills nodeid 0 and does not throw.
   *
   * @throws FsException ENOTDIR, ENAMETOOLONG, ESTALE, or what the layers say (EIO, EACCES)
   */
  void lookup(Caller caller, long parent, String name, Entry out);

  /** Gives back lookups; never throws, an unknown nodeid is ignored. */
  void forget(long nodeid, long lookups);

  /** The attributes of a node; {@code handle} 0 if the request came without one. */
  void getattr(Caller caller, long nodeid, long handle, Stat out);

  /**
   * Whether the node has another nodeid now, by which its attributes may change without a request
   * for this one: the kernel is not to remember them.
   */
  default boolean isReplaced(long nodeid) {
    return false;
  }

  /**
   * Changes attributes and fills those after the change. EROFS, EPERM, EINVAL, ENOSPC, EDQUOT,
   * EFBIG, EINTR.
   */
  void setattr(Caller caller, long nodeid, SetAttr change, Stat out);

  /** The target of a symbolic link. EINVAL for anything else. */
  String readlink(Caller caller, long nodeid);

  /**
   * Makes a node that is not a directory.
   *
   * @param mode type and permissions, before the umask
   * @param umask the caller's; applied unless the parent has a default ACL
   * @param rdev as makedev(3) has it
   */
  void mknod(Caller caller, long parent, String name, int mode, int umask, long rdev, Entry out);

  /** Makes a directory. */
  void mkdir(Caller caller, long parent, String name, int mode, int umask, Entry out);

  /** Makes a symbolic link to {@code target}. */
  void symlink(Caller caller, long parent, String name, String target, Entry out);

  /** Gives a node that is not a directory one more name. EEXIST, EMLINK, EPERM. */
  void link(Caller caller, long nodeid, long newParent, String newName, Entry out);

  /** Removes a name that is not a directory. EISDIR, ENOENT. */
  void unlink(Caller caller, long parent, String name);

  /** Removes an empty directory. ENOTDIR, ENOTEMPTY, ENOENT. */
  void rmdir(Caller caller, long parent, String name);

  /**
   * Renames as renameat2(2) does.
   *
   * @param flags {@link org.stratafs.posix.RenameFlags}; EINVAL for others
   */
  void rename(Caller caller, long parent, String name, long newParent, String newName, int flags);

  /**
   * Opens a file. ESTALE for a nodeid in whose place the node has another one now, which a lookup
   * of the name gives (linux fs/namei.c, do_filp_open, asks for that by itself).
   *
   * @param flags of open(2); O_CREAT and O_EXCL never come here, O_TRUNC may
   * @param killSuidGid with O_TRUNC: clear suid, sgid and capabilities (FUSE_OPEN_KILL_SUIDGID)
   */
  void open(Caller caller, long nodeid, int flags, boolean killSuidGid, OpenResult out);

  /**
   * Makes a regular file and opens it. EEXIST if the name is there and flags have O_EXCL; without
   * O_EXCL it is opened.
   */
  void create(
      Caller caller,
      long parent,
      String name,
      int flags,
      int mode,
      int umask,
      Entry out,
      OpenResult opened);

  /**
   * Makes an unnamed regular file in a directory and opens it (O_TMPFILE). EOPNOTSUPP where upper
   * cannot.
   */
  void tmpfile(
      Caller caller, long parent, int flags, int mode, int umask, Entry out, OpenResult opened);

  /**
   * Reads into native memory; the number of bytes, less than {@code size} only at the end of the
   * file.
   */
  int read(Caller caller, long nodeid, long handle, long offset, long address, int size);

  /**
   * Writes from native memory; the number of bytes, which is {@code size} unless the disk filled
   * after some.
   *
   * @param openFlags the handle's flags as they are now; O_DSYNC and O_SYNC make the write durable
   *     before it returns
   * @param killSuidGid clear suid, sgid and capabilities (FUSE_WRITE_KILL_SUIDGID)
   */
  int write(
      Caller caller,
      long nodeid,
      long handle,
      long offset,
      long address,
      int size,
      int openFlags,
      boolean killSuidGid);

  /** close(2) of one descriptor of a handle: late write errors are reported here. */
  void flush(Caller caller, long nodeid, long handle);

  /** The last descriptor of a handle is gone. */
  void release(long nodeid, long handle);

  /** fsync(2), or fdatasync(2) if {@code dataOnly}. */
  void fsync(Caller caller, long nodeid, long handle, boolean dataOnly);

  /** The file system's size and room: those of upper, or of the topmost lower. */
  void statfs(Caller caller, long nodeid, StatFs out);

  /**
   * Sets an xattr.
   *
   * @param flags XATTR_CREATE, XATTR_REPLACE or 0
   * @param killSgid clear S_ISGID with it (FUSE_SETXATTR_ACL_KILL_SGID)
   */
  void setxattr(Caller caller, long nodeid, String name, byte[] value, int flags, boolean killSgid);

  /** The value of an xattr. ENODATA, EOPNOTSUPP. */
  byte[] getxattr(Caller caller, long nodeid, String name);

  /** The names of the xattrs. */
  List<String> listxattr(Caller caller, long nodeid);

  /** Removes an xattr. ENODATA, EPERM. */
  void removexattr(Caller caller, long nodeid, String name);

  /** Opens a directory. */
  void opendir(Caller caller, long nodeid, int flags, OpenResult out);

  /**
   * Lists a directory from {@code offset} (0: from its beginning, afresh) until the sink is full. A
   * handle of 0, where the transport has opened without OPENDIR, stands for any.
   */
  void readdir(Caller caller, long nodeid, long handle, long offset, DirSink sink);

  /** Like {@link #readdir}, with a counted lookup for each entry but "." and "..". */
  void readdirplus(Caller caller, long nodeid, long handle, long offset, DirSink sink);

  /** The last descriptor of a directory handle is gone. */
  void releasedir(long nodeid, long handle);

  /** fsync(2) of a directory. */
  void fsyncdir(Caller caller, long nodeid, long handle, boolean dataOnly);

  /** access(2); only asked without default_permissions. */
  void access(Caller caller, long nodeid, int mask);

  /** fallocate(2). EOPNOTSUPP where upper cannot. */
  void fallocate(Caller caller, long nodeid, long handle, int mode, long offset, long length);

  /** lseek(2) for SEEK_DATA and SEEK_HOLE; the new offset. ENXIO beyond the last. */
  long lseek(Caller caller, long nodeid, long handle, long offset, int whence);

  /** copy_file_range(2) between two handles; the number of bytes. */
  long copyFileRange(
      Caller caller,
      long nodeidIn,
      long handleIn,
      long offsetIn,
      long nodeidOut,
      long handleOut,
      long offsetOut,
      long length);

  /**
   * An ioctl with a fixed-size argument. The memory holds the request's input, {@code inSize}
   * bytes, and takes its output, {@code outSize} bytes. FS_IOC_GETFLAGS, SETFLAGS, FSGETXATTR and
   * FSSETXATTR are passed on; ENOTTY for the rest.
   *
   * @return the ioctl's result
   */
  int ioctl(
      Caller caller, long nodeid, long handle, long command, long address, int inSize, int outSize);

  /** syncfs(2): all that was written is durable. */
  void syncfs(Caller caller, long nodeid);

  /** The connection is gone: lets go of everything. */
  void destroy();
}
