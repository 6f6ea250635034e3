package org.stratafs.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.stratafs.fs.DirSink;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.OpenResult;
import org.stratafs.fs.SetAttr;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.testkit.NativeBytes;
import org.stratafs.testkit.TestCaller;

/**
 * Requests one by one, as the kernel sends them when it has the names cached: no look-up that is
 * not asked for. Everything is given back at the end.
 */
final class RawRequests implements AutoCloseable {
  private final FileSystem fs;
  private final TestCaller caller = new TestCaller();
  private final Map<String, Long> known = new HashMap<>();
  private final Map<Long, Long> lookups = new HashMap<>();
  private final NativeBytes memory = new NativeBytes(4096);
  private long handle;
  private long opened;

  RawRequests(FileSystem fs) {
    this.fs = fs;
    known.put("", FileSystem.ROOT);
  }

  /** Looks up what is not known yet of a path, all of which must be there; the nodeid. */
  long walk(String path) {
    Long nodeid = known.get(path);
    if (nodeid != null) {
      return nodeid;
    }
    int slash = path.lastIndexOf('/');
    long parent = walk(slash < 0 ? "" : path.substring(0, slash));
    long found = lookup(parent, path.substring(slash + 1));
    if (found == 0) {
      throw new AssertionError("absent: " + path);
    }
    known.put(path, found);
    return found;
  }

  long lookup(long parent, String name) {
    Entry out = new Entry();
    fs.lookup(caller, parent, name, out);
    count(out);
    return out.nodeid;
  }

  private void count(Entry entry) {
    if (entry.nodeid != 0) {
      lookups.merge(entry.nodeid, 1L, Long::sum);
    }
  }

  void absent(String path) {
    int slash = path.lastIndexOf('/');
    if (lookup(walk(path.substring(0, slash)), path.substring(slash + 1)) != 0) {
      throw new AssertionError("there: " + path);
    }
  }

  void forget(String path) {
    long nodeid = known.remove(path);
    fs.forget(nodeid, lookups.remove(nodeid));
  }

  void getattr(String path) {
    fs.getattr(caller, walk(path), 0, new Stat());
  }

  void readlink(String path) {
    fs.readlink(caller, walk(path));
  }

  void getxattr(String path, String name) {
    fs.getxattr(caller, walk(path), name);
  }

  void listxattr(String path) {
    fs.listxattr(caller, walk(path));
  }

  void chmod(String path) {
    SetAttr change = new SetAttr();
    change.setMode = true;
    change.mode = 0600;
    fs.setattr(caller, walk(path), change, new Stat());
  }

  void open(String path) {
    open(path, OpenFlags.O_RDONLY);
  }

  void openToWrite(String path) {
    open(path, OpenFlags.O_RDWR);
  }

  private void open(String path, int flags) {
    OpenResult result = new OpenResult();
    fs.open(caller, walk(path), flags, false, result);
    opened = walk(path);
    handle = result.handle;
  }

  void read() {
    fs.read(caller, opened, handle, 0, memory.address(), 4096);
  }

  void write() {
    fs.write(caller, opened, handle, 0, memory.address(), 4096, OpenFlags.O_RDWR, false);
  }

  void flush() {
    fs.flush(caller, opened, handle);
  }

  void release() {
    fs.release(opened, handle);
    handle = 0;
  }

  void create(String parent, String name) {
    Entry out = new Entry();
    OpenResult result = new OpenResult();
    fs.create(caller, walk(parent), name, OpenFlags.O_RDWR, 0640, 0, out, result);
    count(out);
    opened = out.nodeid;
    handle = result.handle;
  }

  void mkdir(String parent, String name) {
    Entry out = new Entry();
    fs.mkdir(caller, walk(parent), name, 0750, 0, out);
    count(out);
  }

  void unlink(String parent, String name) {
    fs.unlink(caller, walk(parent), name);
  }

  void rename(String from, String name, String to, String newName) {
    fs.rename(caller, walk(from), name, walk(to), newName, 0);
  }

  /** Opens a directory, reads it to its end and closes it. */
  void list(String path, boolean plus) {
    long nodeid = walk(path);
    OpenResult result = new OpenResult();
    fs.opendir(caller, nodeid, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, result);
    List<Entry> entries = new ArrayList<>();
    long[] offset = new long[1];
    DirSink sink =
        new DirSink() {
          @Override
          public boolean fits(int nameBytes) {
            return true;
          }

          @Override
          public void add(String name, long ino, int type, long nextOffset) {
            offset[0] = nextOffset;
          }

          @Override
          public void addPlus(String name, Entry entry, long nextOffset) {
            offset[0] = nextOffset;
            count(entry);
            entries.add(entry);
          }
        };
    long before;
    do {
      before = offset[0];
      if (plus) {
        fs.readdirplus(caller, nodeid, result.handle, before, sink);
      } else {
        fs.readdir(caller, nodeid, result.handle, before, sink);
      }
    } while (offset[0] != before);
    fs.releasedir(nodeid, result.handle);
    if (plus && entries.isEmpty()) {
      throw new AssertionError("nothing listed in " + path);
    }
  }

  @Override
  public void close() {
    if (handle != 0) {
      release();
    }
    lookups.forEach(fs::forget);
  }
}
