package org.stratafs.union;

import org.stratafs.fs.Caller;
import org.stratafs.fs.OpenResult;
import org.stratafs.layer.LowerDir;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/** Opening files, and what is done through handles: the data. */
final class FileIo implements FileHandle.Opener {
  private static final int FS_IOC_GETFLAGS = 0x80086601;
  private static final int FS_IOC_SETFLAGS = 0x40086602;
  private static final int FS_IOC_FSGETXATTR = 0x801c581f;
  private static final int FS_IOC_FSSETXATTR = 0x401c5820;

  private final Core core;
  private final Places places;
  private final Attributes attributes;
  private final CopyUp copyUp;

  FileIo(Core core, Places places, Attributes attributes, CopyUp copyUp) {
    this.core = core;
    this.places = places;
    this.attributes = attributes;
    this.copyUp = copyUp;
  }

  void open(Caller caller, long nodeid, int flags, boolean killSuidGid, OpenResult out) {
    Node any = core.nodes.get(nodeid);
    if (!(any instanceof FileNode node)) {
      throw new FsException(Errno.EISDIR);
    }
    if (node.type() != Mode.S_IFREG) {
      throw new FsException(Errno.ENXIO); // the kernel opens devices, fifos and sockets itself
    }
    boolean truncate = (flags & OpenFlags.O_TRUNC) != 0;
    if (OpenFlags.isWrite(flags) || truncate) {
      copyUp.ensureUpper(caller, node, truncate ? CopyUp.Data.NONE : CopyUp.Data.ALL);
    }
    FileHandle handle = openWhereItIs(node, nodeid, access(flags), out.wantsLowerBacking);
    if (truncate) {
      truncateOpened(node, handle, killSuidGid);
    }
    publish(caller, handle, out);
  }

  private FileHandle openWhereItIs(
      FileNode node, long nodeid, int access, boolean wantsLowerBacking) {
    boolean counted =
        core.options.lowerPassthrough() && wantsLowerBacking && core.nodes.countLowerOpen(node);
    if (!counted && node.hasUpperData()) {
      if (node.nodeid != nodeid) {
        throw new FsException(Errno.ESTALE); // the kernel looks the name up and opens what it finds
      }
      return FileHandle.onUpper(core.sys, node, access, openUpper(node, access));
    }
    boolean done = false;
    try {
      LowerFile data = node.lowerData();
      int fd = data != null ? data.open() : openLower(node);
      done = true;
      NodeTable countedIn = counted ? core.nodes : null;
      return FileHandle.onLower(core.sys, node, nodeid, countedIn, access, fd, this);
    } finally {
      if (counted && !done) {
        core.nodes.uncountLowerOpen(node);
      }
    }
  }

  private int openLower(FileNode node) {
    try (LowerDir lower = core.directories.lower(node.lowerParent, node.lowerIndex)) {
      return lower.openFile(node.lowerName, OpenFlags.O_RDONLY);
    }
  }

  /** Makes a handle known. */
  void publish(Caller caller, FileHandle handle, OpenResult out) {
    publish(caller, handle, null, out);
  }

  /**
   * The same of a file whose attributes are known.
   *
   * @param attr null if they are not
   */
  void publish(Caller caller, FileHandle handle, Stat attr, OpenResult out) {
    core.handles.add(handle);
    out.handle = handle.number();
    out.keepCache = core.options.keepCache();
    out.cacheDirectory = false;
    out.noFlush = !handle.isWritable() || !core.stack.upper().hasFlush();
    out.lower = !handle.isOnUpper();
    boolean wanted = out.lower ? out.wantsLowerBacking : out.wantsBacking;
    out.backing = wanted && mayBack(caller, handle, attr) ? handle.fd() : -1;
    if (out.backing >= 0 && handle.isWritable()) {
      handle.setWritten(); // the kernel may write and nobody would see it
    }
  }

  /**
   * Whether the kernel may read and write by itself. A lower file on a writable mount only if that
   * is asked for, since its readers do not see the copy once it is copied up. And not where a write
   * has to clear suid and sgid: the kernel leaves that to us, and to backing files it writes as us,
   * who are privileged (linux fs/fuse/dir.c, fuse_setattr; fs/backing-file.c).
   */
  private boolean mayBack(Caller caller, FileHandle handle, Stat attr) {
    if (!handle.isOnUpper()) {
      return core.stack.upper() == null || handle.isCounted();
    }
    if (handle.isWritable() && caller.uid() != 0) {
      return false;
    }
    if (core.stack.upper() != null && core.stack.upper().overridesModes()) {
      return false;
    }
    Stat stat = attr;
    if (stat == null) {
      stat = new Stat();
      try {
        core.sys.fstat(handle.fd(), stat);
      } catch (FsException e) {
        return false; // an open that has succeeded does not fail for this
      }
    }
    return (stat.mode & (Mode.S_ISUID | Mode.S_ISGID)) == 0;
  }

  /**
   * The access mode to open the file below with. The kernel turns O_APPEND into offsets, and on
   * Linux O_APPEND would make pwrite(2) ignore them; O_DIRECT would ask alignment of us; O_SYNC
   * comes with each write.
   */
  int access(int flags) {
    int access = flags & OpenFlags.O_ACCMODE;
    if (access == OpenFlags.O_ACCMODE) {
      access = OpenFlags.O_RDWR; // 3: for ioctl only
    }
    boolean readBack = core.options.writeback() && access == OpenFlags.O_WRONLY;
    return readBack ? OpenFlags.O_RDWR : access;
  }

  /** For a handle whose file was copied up meanwhile, too. */
  @Override
  public int openUpper(FileNode node, int access) {
    return places.openUpper(node, access);
  }

  private void truncateOpened(FileNode node, FileHandle handle, boolean killSuidGid) {
    boolean done = false;
    try {
      if (killSuidGid) {
        attributes.clearPrivileges(node);
      }
      if (handle.isWritable()) {
        core.sys.ftruncate(handle.fd(), 0);
      } else {
        int fd = openUpper(node, OpenFlags.O_WRONLY); // O_RDONLY|O_TRUNC truncates on Linux
        try {
          core.sys.ftruncate(fd, 0);
        } finally {
          core.sys.close(fd);
        }
      }
      done = true;
    } finally {
      if (!done) {
        handle.close();
      }
    }
  }

  String readlink(Node any) {
    if (!(any instanceof FileNode node) || node.type() != Mode.S_IFLNK) {
      throw new FsException(Errno.EINVAL);
    }
    if (node.isUpper()) {
      return places.onUpper(
          node,
          new Places.UpperAction<String>() {
            @Override
            public String apply(UpperDir directory, String name) {
              return directory.readlink(name);
            }
          });
    }
    try (LowerDir lower = core.directories.lower(node.lowerParent, node.lowerIndex)) {
      return lower.readlink(node.lowerName);
    }
  }

  int read(long handle, long offset, long address, int size) {
    int fd = core.handles.file(handle).fd();
    int done = 0;
    while (done < size) {
      int n = core.sys.pread(fd, address + done, size - done, offset + done);
      if (n == 0) {
        break;
      }
      done += n;
    }
    return done;
  }

  int write(long number, long offset, long address, int size, int openFlags, boolean killSuidGid) {
    FileHandle handle = core.handles.file(number);
    int fd = handle.writableFd();
    if (killSuidGid) {
      attributes.clearPrivileges(handle.node);
    }
    handle.setWritten();
    int done = 0;
    while (done < size) {
      try {
        done += core.sys.pwrite(fd, address + done, size - done, offset + done);
      } catch (FsException e) {
        if (done == 0) {
          throw e;
        }
        break; // what was written counts; the error comes with the next write
      }
    }
    if ((openFlags & OpenFlags.O_SYNC) != 0 && core.options.durable()) {
      if ((openFlags & OpenFlags.O_SYNC) == OpenFlags.O_SYNC) {
        core.sys.fsync(fd);
      } else {
        core.sys.fdatasync(fd);
      }
    }
    return done;
  }

  /** Asks the file system below for late write errors, but only where something was written. */
  void flush(long number) {
    FileHandle handle = core.handles.file(number);
    if (handle.isWritten()) {
      core.sys.flush(handle.fd());
    }
  }

  void fsync(long number, boolean dataOnly) {
    FileHandle handle = core.handles.file(number);
    if (!core.options.durable() || !handle.node.isUpper()) {
      return;
    }
    if (!handle.node.hasUpperData()) {
      fsyncMetadata(handle.node, dataOnly);
    } else if (dataOnly) {
      core.sys.fdatasync(handle.fd());
    } else {
      core.sys.fsync(handle.fd());
    }
  }

  /** Of a metacopy: its data is in a lower, which is not ours to sync (ovl_fsync). */
  private void fsyncMetadata(FileNode node, boolean dataOnly) {
    if (dataOnly) {
      return;
    }
    int fd = openUpper(node, OpenFlags.O_RDONLY);
    try {
      core.sys.fsync(fd);
    } finally {
      core.sys.close(fd);
    }
  }

  void fallocate(long number, int mode, long offset, long length) {
    FileHandle handle = core.handles.file(number);
    core.sys.fallocate(handle.writableFd(), mode, offset, length);
    handle.setWritten();
    attributes.clearPrivileges(handle.node);
  }

  long lseek(long handle, long offset, int whence) {
    if (whence != Syscalls.SEEK_DATA && whence != Syscalls.SEEK_HOLE) {
      throw new FsException(Errno.EINVAL);
    }
    return core.sys.lseek(core.handles.file(handle).fd(), offset, whence);
  }

  long copyFileRange(long handleIn, long offsetIn, long handleOut, long offsetOut, long length) {
    FileHandle in = core.handles.file(handleIn);
    FileHandle out = core.handles.file(handleOut);
    int target = out.writableFd();
    out.setWritten();
    attributes.clearPrivileges(out.node);
    return core.sys.copyFileRange(in.fd(), offsetIn, target, offsetOut, length);
  }

  int ioctl(Caller caller, long nodeid, long command, long address) {
    Node node = core.nodes.get(nodeid);
    int number = (int) command;
    boolean sets = number == FS_IOC_SETFLAGS || number == FS_IOC_FSSETXATTR;
    if (!sets && number != FS_IOC_GETFLAGS && number != FS_IOC_FSGETXATTR) {
      throw new FsException(Errno.ENOTTY);
    }
    if (node.type() != Mode.S_IFREG && node.type() != Mode.S_IFDIR) {
      throw new FsException(Errno.ENOTTY);
    }
    if (sets) {
      copyUp.ensureUpper(caller, node, CopyUp.Data.ALL);
    }
    int fd = openAny(node);
    try {
      return core.sys.ioctl(fd, command, address);
    } finally {
      core.sys.close(fd);
    }
  }

  /** Opens a file or directory for reading, wherever it is. */
  int openAny(Node node) {
    if (node.isUpper()) {
      int directory = node.isDirectory() ? OpenFlags.O_DIRECTORY : 0;
      return places.openUpper(node, OpenFlags.O_RDONLY | directory);
    }
    if (node instanceof DirectoryNode directory) {
      try (LowerDir lower = core.directories.lower(directory, 0)) {
        return lower.openFile(".", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
      }
    }
    return openLower((FileNode) node);
  }
}
