package org.stratafs.fuse.libfuse;

import jnr.ffi.Pointer;
import org.stratafs.fs.FileSystem;
import org.stratafs.posix.FsException;
import ru.serce.jnrfuse.struct.FuseFileInfo;

/**
 * The callbacks about open files. libfuse gives them no path (flag_nopath), only the number in
 * {@code fuse_file_info.fh}.
 */
final class FileCallbacks {
  /** Bits of an ioctl's number (include/uapi/asm-generic/ioctl.h). */
  private static final int IOC_SIZE_SHIFT = 16;

  private static final int IOC_SIZE_MASK = 0x3fff;
  private static final int IOC_WRITE = 1 << 30;
  private static final int IOC_READ = 1 << 31;

  /** FS_IOC_GETFLAGS and SETFLAGS say long and mean int (linux fs/ioctl.c). */
  private static final int FLAGS_SIZE = 4;

  private static final int FS_IOC_GETFLAGS = 0x80086601;
  private static final int FS_IOC_SETFLAGS = 0x40086602;

  private final FileSystem fs;
  private final Calls calls;
  private final Paths paths;
  private final OpenFiles files;

  FileCallbacks(FileSystem fs, Calls calls, Paths paths, OpenFiles files) {
    this.fs = fs;
    this.calls = calls;
    this.paths = paths;
    this.files = files;
  }

  private OpenFile file(FuseFileInfo fi) {
    return files.get(fi.fh.get());
  }

  int open(String path, Pointer info) {
    return calls.run(
        "open",
        r -> {
          FuseFileInfo fi = FuseFileInfo.of(info);
          try (Place place = paths.find(r, path)) {
            fs.open(r, place.nodeid(), fi.flags.get(), /* killSuidGid= */ false, r.opened);
            fi.fh.set(files.add(place, r.opened.handle));
          }
        });
  }

  int create(String path, long mode, Pointer info) {
    return calls.run(
        "create",
        r -> {
          FuseFileInfo fi = FuseFileInfo.of(info);
          int umask = r.umask();
          try (Place in = paths.parent(r, path)) {
            String name = Paths.name(path);
            int flags = fi.flags.get();
            fs.create(r, in.nodeid(), name, flags, (int) mode, umask, r.entry, r.opened);
          }
          Place place = new Place(fs, r.entry.nodeid, /* counted= */ true);
          fi.fh.set(files.add(place, r.opened.handle));
        });
  }

  int fgetattr(String path, Pointer out, Pointer info) {
    return calls.run(
        "fgetattr",
        r -> {
          OpenFile file = file(FuseFileInfo.of(info));
          fs.getattr(r, file.node.nodeid, file.handle, r.stat);
          if (files.isHidden(file.node.nodeid, r.nodeid())) {
            r.stat.nlink++; // as in getattr
          }
          Structs.put(r.stat, out);
        });
  }

  int ftruncate(String path, long size, Pointer info) {
    return calls.run(
        "ftruncate",
        r -> {
          OpenFile file = file(FuseFileInfo.of(info));
          r.change.clear();
          r.change.setSize = true;
          r.change.size = size;
          r.change.handle = file.handle;
          fs.setattr(r, file.node.nodeid, r.change, r.stat);
        });
  }

  int read(String path, Pointer out, long size, long offset, Pointer info) {
    return calls.result(
        "read",
        r -> {
          OpenFile file = file(FuseFileInfo.of(info));
          return fs.read(r, file.node.nodeid, file.handle, offset, out.address(), (int) size);
        });
  }

  int write(String path, Pointer data, long size, long offset, Pointer info) {
    return calls.result(
        "write",
        r -> {
          FuseFileInfo fi = FuseFileInfo.of(info);
          OpenFile file = file(fi);
          return fs.write(
              r,
              file.node.nodeid,
              file.handle,
              offset,
              data.address(),
              (int) size,
              fi.flags.get(),
              /* killSuidGid= */ false);
        });
  }

  int flush(String path, Pointer info) {
    return calls.run(
        "flush",
        r -> {
          OpenFile file = file(FuseFileInfo.of(info));
          fs.flush(r, file.node.nodeid, file.handle);
        });
  }

  int release(String path, Pointer info) {
    return calls.run(
        "release",
        r -> {
          long number = FuseFileInfo.of(info).fh.get();
          OpenFile file = files.get(number);
          try {
            fs.release(file.node.nodeid, file.handle);
          } finally {
            files.remove(number);
          }
        });
  }

  int fsync(String path, int dataOnly, Pointer info) {
    return calls.run(
        "fsync",
        r -> {
          OpenFile file = file(FuseFileInfo.of(info));
          fs.fsync(r, file.node.nodeid, file.handle, dataOnly != 0);
        });
  }

  int fallocate(String path, int mode, long offset, long length, Pointer info) {
    return calls.run(
        "fallocate",
        r -> {
          OpenFile file = file(FuseFileInfo.of(info));
          fs.fallocate(r, file.node.nodeid, file.handle, mode, offset, length);
        });
  }

  /** {@code data} holds the input and takes the output. */
  int ioctl(String path, int command, Pointer arg, Pointer info, long flags, Pointer data) {
    return calls.result(
        "ioctl",
        r -> {
          OpenFile file = file(FuseFileInfo.of(info));
          int size = command >>> IOC_SIZE_SHIFT & IOC_SIZE_MASK;
          if (command == FS_IOC_GETFLAGS || command == FS_IOC_SETFLAGS) {
            size = FLAGS_SIZE;
          }
          return fs.ioctl(
              r,
              file.node.nodeid,
              file.handle,
              command & 0xffff_ffffL,
              data == null ? 0 : data.address(),
              (command & IOC_WRITE) != 0 ? size : 0,
              (command & IOC_READ) != 0 ? size : 0);
        });
  }

  int opendir(String path, Pointer info) {
    return calls.run(
        "opendir",
        r -> {
          FuseFileInfo fi = FuseFileInfo.of(info);
          try (Place place = paths.find(r, path)) {
            fs.opendir(r, place.nodeid(), fi.flags.get(), r.opened);
            fi.fh.set(files.add(place, r.opened.handle));
          }
        });
  }

  int readdir(String path, Pointer buffer, Pointer filler, long offset, Pointer info) {
    return calls.run(
        "readdir",
        r -> {
          OpenFile file = file(FuseFileInfo.of(info));
          DirectoryFill fill = new DirectoryFill(filler, buffer, r);
          try {
            fs.readdir(r, file.node.nodeid, file.handle, offset, fill);
          } catch (FsException e) {
            // As in getdents(2): what was read so far is delivered, the next call meets the error.
            if (fill.isEmpty()) {
              throw e;
            }
          }
        });
  }

  int releasedir(String path, Pointer info) {
    return calls.run(
        "releasedir",
        r -> {
          long number = FuseFileInfo.of(info).fh.get();
          OpenFile file = files.get(number);
          try {
            fs.releasedir(file.node.nodeid, file.handle);
          } finally {
            files.remove(number);
          }
        });
  }

  int fsyncdir(String path, int dataOnly, Pointer info) {
    return calls.run(
        "fsyncdir",
        r -> {
          OpenFile file = file(FuseFileInfo.of(info));
          fs.fsyncdir(r, file.node.nodeid, file.handle, dataOnly != 0);
        });
  }
}
