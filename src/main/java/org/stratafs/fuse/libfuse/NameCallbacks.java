package org.stratafs.fuse.libfuse;

import jnr.ffi.Pointer;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.SetAttr;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.sys.Syscalls;

/** The callbacks about names and attributes: each walks to its places and makes one call. */
final class NameCallbacks {
  /** struct timespec on 64-bit machines: tv_sec, tv_nsec. */
  private static final int TV_NSEC = 8;

  private static final int TIMESPEC = 16;

  private final FileSystem fs;
  private final Calls calls;
  private final Paths paths;
  private final OpenFiles files;

  NameCallbacks(FileSystem fs, Calls calls, Paths paths, OpenFiles files) {
    this.fs = fs;
    this.calls = calls;
    this.paths = paths;
    this.files = files;
  }

  int getattr(String path, Pointer out) {
    return calls.run(
        "getattr",
        r -> {
          try (Place place = paths.find(r, path)) {
            fs.getattr(r, place.nodeid(), 0, r.stat);
            if (files.isHidden(place.nodeid(), r.nodeid())) {
              r.stat.nlink++; // libfuse takes its hidden name off again
            }
          }
          Structs.put(r.stat, out);
        });
  }

  int readlink(String path, Pointer out, long size) {
    return calls.run(
        "readlink",
        r -> {
          byte[] target;
          try (Place place = paths.find(r, path)) {
            target = Names.toBytes(fs.readlink(r, place.nodeid()));
          }
          int length = (int) Math.min(target.length, size - 1);
          out.put(0, target, 0, length);
          out.putByte(length, (byte) 0);
        });
  }

  int mknod(String path, long mode, long rdev) {
    return calls.run(
        "mknod",
        r -> {
          int umask = r.umask();
          try (Place in = paths.parent(r, path)) {
            String name = Paths.name(path);
            fs.mknod(r, in.nodeid(), name, (int) mode, umask, rdev & 0xffff_ffffL, r.entry);
          }
          made(r);
        });
  }

  int mkdir(String path, long mode) {
    return calls.run(
        "mkdir",
        r -> {
          int umask = r.umask();
          try (Place in = paths.parent(r, path)) {
            fs.mkdir(r, in.nodeid(), Paths.name(path), (int) mode, umask, r.entry);
          }
          made(r);
        });
  }

  int symlink(String target, String path) {
    return calls.run(
        "symlink",
        r -> {
          try (Place in = paths.parent(r, path)) {
            fs.symlink(r, in.nodeid(), Paths.name(path), target, r.entry);
          }
          made(r);
        });
  }

  int link(String path, String newPath) {
    return calls.run(
        "link",
        r -> {
          try (Place place = paths.find(r, path);
              Place in = paths.parent(r, newPath)) {
            fs.link(r, place.nodeid(), in.nodeid(), Paths.name(newPath), r.entry);
          }
          made(r);
        });
  }

  /** Gives back the lookup of what was made: libfuse looks it up by its path. */
  private void made(Request r) {
    fs.forget(r.entry.nodeid, 1);
  }

  int unlink(String path) {
    return calls.run(
        "unlink",
        r -> {
          String name = Paths.name(path);
          if (Paths.mayBeHidden(name) && !r.unlinks(name)) {
            // libfuse cleans up after the last close of a hidden file: it had no name any more.
            return;
          }
          try (Place in = paths.parent(r, path)) {
            fs.unlink(r, in.nodeid(), name);
          }
        });
  }

  int rmdir(String path) {
    return calls.run(
        "rmdir",
        r -> {
          try (Place in = paths.parent(r, path)) {
            fs.rmdir(r, in.nodeid(), Paths.name(path));
          }
        });
  }

  int rename(String path, String newPath) {
    return calls.run(
        "rename",
        r -> {
          String newName = Paths.name(newPath);
          if (Paths.mayBeHidden(newName) && !r.renamesTo(newName)) {
            hide(r, path, newName);
            return;
          }
          try (Place in = paths.parent(r, path);
              Place to = paths.parent(r, newPath)) {
            fs.rename(r, in.nodeid(), Paths.name(path), to.nodeid(), newName, 0);
          }
        });
  }

  /**
   * libfuse wants to keep an open file by a name of its own, since all its callbacks go by path. We
   * have the file open and need no such name: it stands for the open node as long as that is open.
   * The file's own name goes as the caller asked: by an unlink, or in one step with the rename that
   * libfuse asks for next.
   */
  private void hide(Request r, String path, String hiddenName) {
    try (Place place = paths.find(r, path);
        Place in = paths.parent(r, path)) {
      if (r.opcode() == Request.UNLINK) {
        fs.unlink(r, in.nodeid(), Paths.name(path));
      }
      files.hide(place, hiddenName);
    }
  }

  int chmod(String path, long mode) {
    return change(
        "chmod",
        path,
        change -> {
          change.setMode = true;
          change.mode = (int) mode;
        });
  }

  int chown(String path, long uid, long gid) {
    return change(
        "chown",
        path,
        change -> {
          change.setUid = (int) uid != -1;
          change.uid = (int) uid;
          change.setGid = (int) gid != -1;
          change.gid = (int) gid;
        });
  }

  int truncate(String path, long size) {
    return change(
        "truncate",
        path,
        change -> {
          change.setSize = true;
          change.size = size;
        });
  }

  int utimens(String path, Pointer times) {
    return change(
        "utimens",
        path,
        change -> {
          int atimeNsec = (int) times.getLong(TV_NSEC);
          int mtimeNsec = (int) times.getLong(TIMESPEC + TV_NSEC);
          change.setAtime = atimeNsec != Syscalls.UTIME_OMIT;
          change.atimeNow = atimeNsec == Syscalls.UTIME_NOW;
          change.atimeSec = times.getLong(0);
          change.atimeNsec = atimeNsec;
          change.setMtime = mtimeNsec != Syscalls.UTIME_OMIT;
          change.mtimeNow = mtimeNsec == Syscalls.UTIME_NOW;
          change.mtimeSec = times.getLong(TIMESPEC);
          change.mtimeNsec = mtimeNsec;
        });
  }

  private interface Filler {
    void fill(SetAttr change);
  }

  private int change(String callback, String path, Filler filler) {
    return calls.run(
        callback,
        r -> {
          r.change.clear();
          filler.fill(r.change);
          try (Place place = paths.find(r, path)) {
            fs.setattr(r, place.nodeid(), r.change, r.stat);
          }
        });
  }

  int statfs(String path, Pointer out) {
    return calls.run(
        "statfs",
        r -> {
          fs.statfs(r, FileSystem.ROOT, r.statFs);
          Structs.put(r.statFs, out);
        });
  }

  int setxattr(String path, String name, Pointer value, long size, int flags) {
    return calls.run(
        "setxattr",
        r -> {
          byte[] bytes = new byte[(int) size];
          if (bytes.length > 0) {
            value.get(0, bytes, 0, bytes.length);
          }
          try (Place place = paths.find(r, path)) {
            fs.setxattr(r, place.nodeid(), name, bytes, flags, /* killSgid= */ false);
          }
        });
  }

  int getxattr(String path, String name, Pointer out, long size) {
    return calls.result(
        "getxattr",
        r -> {
          try (Place place = paths.find(r, path)) {
            return answer(fs.getxattr(r, place.nodeid(), name), out, size);
          }
        });
  }

  int listxattr(String path, Pointer out, long size) {
    return calls.result(
        "listxattr",
        r -> {
          StringBuilder names = new StringBuilder();
          try (Place place = paths.find(r, path)) {
            for (String name : fs.listxattr(r, place.nodeid())) {
              names.append(name).append('\0');
            }
          }
          return answer(Names.toBytes(names.toString()), out, size);
        });
  }

  /** The size alone if no room was offered; ERANGE if there is too little. */
  private static int answer(byte[] value, Pointer out, long size) {
    if (size != 0) {
      if (value.length > size) {
        throw new FsException(Errno.ERANGE);
      }
      out.put(0, value, 0, value.length);
    }
    return value.length;
  }

  int removexattr(String path, String name) {
    return calls.run(
        "removexattr",
        r -> {
          try (Place place = paths.find(r, path)) {
            fs.removexattr(r, place.nodeid(), name);
          }
        });
  }
}
