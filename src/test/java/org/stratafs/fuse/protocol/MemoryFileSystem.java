package org.stratafs.fuse.protocol;

import com.kenai.jffi.MemoryIO;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.stratafs.fs.Caller;
import org.stratafs.fs.DirSink;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.OpenResult;
import org.stratafs.fs.SetAttr;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.RenameFlags;
import org.stratafs.posix.Stat;
import org.stratafs.posix.StatFs;

/**
 * A small file system in memory that keeps the contract of {@link FileSystem}, so that a transport
 * can be tested without layers. It keeps count of lookups and handles.
 */
public class MemoryFileSystem implements FileSystem {
  private static final int MAX_FILE = 64 << 20;

  private static final class Node {
    final long id;
    final Stat stat = new Stat();
    final TreeMap<String, Long> children = new TreeMap<>();
    final TreeMap<String, byte[]> xattrs = new TreeMap<>();
    byte[] data = new byte[0];
    String target;
    long lookups;

    Node(long id, int mode) {
      this.id = id;
      stat.ino = id;
      stat.mode = mode;
      stat.nlink = Mode.isDirectory(mode) ? 2 : 1;
      stat.blksize = 4096;
      stat.btimeSec = 1_000_000_000L;
      stat.hasBtime = true;
    }
  }

  private final Map<Long, Node> nodes = new HashMap<>();
  private final Set<Long> handles = new HashSet<>();
  private long nextId = 2;
  private long nextHandle = 1;
  private boolean destroyed;

  /** An empty root directory. */
  public MemoryFileSystem() {
    nodes.put(ROOT, new Node(ROOT, Mode.S_IFDIR | 0755));
  }

  /** Puts a file into the root directory. */
  public synchronized void file(String name, byte[] content) {
    Node node = make(ROOT, name, Mode.S_IFREG | 0644);
    node.data = content;
    node.stat.size = content.length;
  }

  /** Lookups that have not been given back. */
  public synchronized long lookups() {
    long sum = 0;
    for (Node node : nodes.values()) {
      sum += node.lookups;
    }
    return sum;
  }

  /** Handles that have not been released. */
  public synchronized int openHandles() {
    return handles.size();
  }

  /** Whether {@link #destroy} was called. */
  public synchronized boolean isDestroyed() {
    return destroyed;
  }

  private Node node(long id) {
    Node node = nodes.get(id);
    if (node == null) {
      throw new FsException(Errno.ESTALE);
    }
    return node;
  }

  private Node directory(long id) {
    Node node = node(id);
    if (!Mode.isDirectory(node.stat.mode)) {
      throw new FsException(Errno.ENOTDIR);
    }
    return node;
  }

  private Node child(long parent, String name) {
    Long id = directory(parent).children.get(name);
    if (id == null) {
      throw new FsException(Errno.ENOENT);
    }
    return node(id);
  }

  private Node make(long parent, String name, int mode) {
    Node directory = directory(parent);
    if (directory.children.containsKey(name)) {
      throw new FsException(Errno.EEXIST);
    }
    Node node = new Node(nextId++, mode);
    nodes.put(node.id, node);
    directory.children.put(name, node.id);
    return node;
  }

  private void requireHandle(long handle) {
    if (!handles.contains(handle)) {
      throw new FsException(Errno.EBADF);
    }
  }

  /** Handle 0 is that of a directory which the kernel opened without OPENDIR. */
  private void requireHandleUnlessOpenedWithout(long handle) {
    if (handle != 0) {
      requireHandle(handle);
    }
  }

  private void newHandle(OpenResult out) {
    out.handle = nextHandle++;
    out.keepCache = true;
    out.cacheDirectory = false;
    handles.add(out.handle);
  }

  private static void entry(Node node, Entry out) {
    node.lookups++;
    out.nodeid = node.id;
    out.generation = 1;
    out.attr.set(node.stat);
  }

  @Override
  public synchronized void lookup(Caller caller, long parent, String name, Entry out) {
    if (name.equals(".") || name.equals("..")) {
      entry(directory(parent), out);
      return;
    }
    Long id = directory(parent).children.get(name);
    if (id == null) {
      out.nodeid = 0;
    } else {
      entry(node(id), out);
    }
  }

  @Override
  public synchronized void forget(long nodeid, long lookups) {
    Node node = nodes.get(nodeid);
    if (node != null) {
      node.lookups -= lookups;
    }
  }

  @Override
  public synchronized void getattr(Caller caller, long nodeid, long handle, Stat out) {
    out.set(node(nodeid).stat);
  }

  @Override
  public synchronized void setattr(Caller caller, long nodeid, SetAttr change, Stat out) {
    Node node = node(nodeid);
    if (change.setSize) {
      resize(node, change.size);
    }
    if (change.setMode) {
      node.stat.mode = Mode.type(node.stat.mode) | (change.mode & Mode.PERMISSIONS);
    }
    if (change.setUid) {
      node.stat.uid = change.uid;
    }
    if (change.setGid) {
      node.stat.gid = change.gid;
    }
    if (change.setMtime) {
      node.stat.mtimeSec = change.mtimeSec;
      node.stat.mtimeNsec = change.mtimeNsec;
    }
    out.set(node.stat);
  }

  private static void resize(Node node, long size) {
    if (size < 0 || size > MAX_FILE) {
      throw new FsException(Errno.EFBIG);
    }
    node.data = Arrays.copyOf(node.data, (int) size);
    node.stat.size = size;
  }

  @Override
  public synchronized String readlink(Caller caller, long nodeid) {
    String target = node(nodeid).target;
    if (target == null) {
      throw new FsException(Errno.EINVAL);
    }
    return target;
  }

  @Override
  public synchronized void mknod(
      Caller caller, long parent, String name, int mode, int umask, long rdev, Entry out) {
    Node node = make(parent, name, mode & ~umask);
    node.stat.rdev = rdev;
    entry(node, out);
  }

  @Override
  public synchronized void mkdir(
      Caller caller, long parent, String name, int mode, int umask, Entry out) {
    entry(make(parent, name, Mode.S_IFDIR | (mode & ~umask)), out);
  }

  @Override
  public synchronized void symlink(
      Caller caller, long parent, String name, String target, Entry out) {
    Node node = make(parent, name, Mode.S_IFLNK | 0777);
    node.target = target;
    node.stat.size = target.length();
    entry(node, out);
  }

  @Override
  public synchronized void link(
      Caller caller, long nodeid, long newParent, String newName, Entry out) {
    Node node = node(nodeid);
    if (directory(newParent).children.putIfAbsent(newName, nodeid) != null) {
      throw new FsException(Errno.EEXIST);
    }
    node.stat.nlink++;
    entry(node, out);
  }

  @Override
  public synchronized void unlink(Caller caller, long parent, String name) {
    Node node = child(parent, name);
    if (Mode.isDirectory(node.stat.mode)) {
      throw new FsException(Errno.EISDIR);
    }
    node(parent).children.remove(name);
    node.stat.nlink--;
  }

  @Override
  public synchronized void rmdir(Caller caller, long parent, String name) {
    Node node = child(parent, name);
    directory(node.id);
    if (!node.children.isEmpty()) {
      throw new FsException(Errno.ENOTEMPTY);
    }
    node(parent).children.remove(name);
  }

  @Override
  public synchronized void rename(
      Caller caller, long parent, String name, long newParent, String newName, int flags) {
    Node node = child(parent, name);
    Node target = directory(newParent);
    if ((flags & RenameFlags.NOREPLACE) != 0 && target.children.containsKey(newName)) {
      throw new FsException(Errno.EEXIST);
    }
    node(parent).children.remove(name);
    target.children.put(newName, node.id);
  }

  @Override
  public synchronized void open(
      Caller caller, long nodeid, int flags, boolean killSuidGid, OpenResult out) {
    node(nodeid);
    newHandle(out);
  }

  @Override
  public synchronized void create(
      Caller caller,
      long parent,
      String name,
      int flags,
      int mode,
      int umask,
      Entry out,
      OpenResult opened) {
    entry(make(parent, name, Mode.S_IFREG | (mode & ~umask & Mode.PERMISSIONS)), out);
    newHandle(opened);
  }

  @Override
  public synchronized void tmpfile(
      Caller caller, long parent, int flags, int mode, int umask, Entry out, OpenResult opened) {
    directory(parent);
    Node node = new Node(nextId++, Mode.S_IFREG | (mode & ~umask & Mode.PERMISSIONS));
    nodes.put(node.id, node);
    entry(node, out);
    newHandle(opened);
  }

  @Override
  public synchronized int read(
      Caller caller, long nodeid, long handle, long offset, long address, int size) {
    requireHandle(handle);
    byte[] data = node(nodeid).data;
    if (offset < 0) {
      throw new FsException(Errno.EINVAL);
    }
    if (offset >= data.length) {
      return 0;
    }
    int count = Math.min(size, data.length - (int) offset);
    MemoryIO.getInstance().putByteArray(address, data, (int) offset, count);
    return count;
  }

  @Override
  public synchronized int write(
      Caller caller,
      long nodeid,
      long handle,
      long offset,
      long address,
      int size,
      int openFlags,
      boolean killSuidGid) {
    requireHandle(handle);
    Node node = node(nodeid);
    if (offset < 0 || offset > MAX_FILE - size) {
      throw new FsException(Errno.EFBIG);
    }
    if (offset + size > node.data.length) {
      resize(node, offset + size);
    }
    MemoryIO.getInstance().getByteArray(address, node.data, (int) offset, size);
    return size;
  }

  @Override
  public synchronized void flush(Caller caller, long nodeid, long handle) {
    requireHandle(handle);
  }

  @Override
  public synchronized void release(long nodeid, long handle) {
    requireHandle(handle);
    handles.remove(handle);
  }

  @Override
  public synchronized void fsync(Caller caller, long nodeid, long handle, boolean dataOnly) {
    requireHandle(handle);
  }

  @Override
  public void statfs(Caller caller, long nodeid, StatFs out) {
    out.bsize = 4096;
    out.frsize = 4096;
    out.blocks = 1000;
    out.bfree = 500;
    out.bavail = 400;
    out.files = 100;
    out.ffree = 50;
    out.namelen = 255;
  }

  @Override
  public synchronized void setxattr(
      Caller caller, long nodeid, String name, byte[] value, int flags, boolean killSgid) {
    node(nodeid).xattrs.put(name, value);
  }

  @Override
  public synchronized byte[] getxattr(Caller caller, long nodeid, String name) {
    byte[] value = node(nodeid).xattrs.get(name);
    if (value == null) {
      throw new FsException(Errno.ENODATA);
    }
    return value;
  }

  @Override
  public synchronized List<String> listxattr(Caller caller, long nodeid) {
    return new ArrayList<>(node(nodeid).xattrs.keySet());
  }

  @Override
  public synchronized void removexattr(Caller caller, long nodeid, String name) {
    if (node(nodeid).xattrs.remove(name) == null) {
      throw new FsException(Errno.ENODATA);
    }
  }

  @Override
  public synchronized void opendir(Caller caller, long nodeid, int flags, OpenResult out) {
    directory(nodeid);
    newHandle(out);
  }

  @Override
  public synchronized void readdir(
      Caller caller, long nodeid, long handle, long offset, DirSink sink) {
    list(nodeid, handle, offset, sink, false);
  }

  @Override
  public synchronized void readdirplus(
      Caller caller, long nodeid, long handle, long offset, DirSink sink) {
    list(nodeid, handle, offset, sink, true);
  }

  private void list(long nodeid, long handle, long offset, DirSink sink, boolean plus) {
    requireHandleUnlessOpenedWithout(handle);
    List<String> names = new ArrayList<>(List.of(".", ".."));
    Node directory = directory(nodeid);
    names.addAll(directory.children.keySet());
    Entry entry = new Entry();
    for (long i = Math.max(offset, 0); i < names.size(); i++) {
      String name = names.get((int) i);
      if (!sink.fits(name.length())) {
        return;
      }
      if (i < 2) {
        sink.add(name, nodeid, Mode.toDirentType(Mode.S_IFDIR), i + 1);
        continue;
      }
      Node child = node(directory.children.get(name));
      if (plus) {
        entry(child, entry);
        sink.addPlus(name, entry, i + 1);
      } else {
        sink.add(name, child.id, Mode.toDirentType(child.stat.mode), i + 1);
      }
    }
  }

  @Override
  public synchronized void releasedir(long nodeid, long handle) {
    requireHandle(handle);
    handles.remove(handle);
  }

  @Override
  public synchronized void fsyncdir(Caller caller, long nodeid, long handle, boolean dataOnly) {
    requireHandleUnlessOpenedWithout(handle);
  }

  @Override
  public synchronized void access(Caller caller, long nodeid, int mask) {
    node(nodeid);
  }

  @Override
  public synchronized void fallocate(
      Caller caller, long nodeid, long handle, int mode, long offset, long length) {
    requireHandle(handle);
    if (mode != 0) {
      throw new FsException(Errno.EOPNOTSUPP);
    }
  }

  @Override
  public synchronized long lseek(Caller caller, long nodeid, long handle, long offset, int whence) {
    requireHandle(handle);
    if (offset < 0 || offset >= node(nodeid).data.length) {
      throw new FsException(Errno.ENXIO);
    }
    return whence == 3 ? offset : node(nodeid).data.length;
  }

  @Override
  public synchronized long copyFileRange(
      Caller caller,
      long nodeidIn,
      long handleIn,
      long offsetIn,
      long nodeidOut,
      long handleOut,
      long offsetOut,
      long length) {
    requireHandle(handleIn);
    requireHandle(handleOut);
    return length;
  }

  @Override
  public int ioctl(
      Caller caller,
      long nodeid,
      long handle,
      long command,
      long address,
      int inSize,
      int outSize) {
    throw new FsException(Errno.ENOTTY);
  }

  @Override
  public void syncfs(Caller caller, long nodeid) {
    // Memory is as durable as it gets.
  }

  @Override
  public synchronized void destroy() {
    destroyed = true;
  }
}
