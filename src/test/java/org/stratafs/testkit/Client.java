package org.stratafs.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.stratafs.fs.Caller;
import org.stratafs.fs.DirSink;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.OpenResult;
import org.stratafs.fs.SetAttr;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.RenameFlags;
import org.stratafs.posix.Stat;

/**
 * A program above a {@link FileSystem}, with the kernel in between: it looks names up, keeps what
 * it found, counts lookups and gives them back as the kernel's VFS and FUSE client do (linux
 * fs/namei.c, fs/fuse/dir.c), and makes the checks that never reach a daemon. {@link #close} checks
 * that every node is gone once it is forgotten (I7).
 *
 * <p>Where the kernel may do one thing or another (cached or fresh, READDIR or READDIRPLUS, with a
 * handle or without) the seed decides.
 */
public final class Client implements PosixTree, AutoCloseable {
  private final FileSystem fs;
  private final Random choice;
  private final TestCaller caller = new TestCaller();
  private final Map<Long, Inode> inodes = new HashMap<>();
  private final Set<String> forgotten = new HashSet<>();
  private final Map<Integer, Open> opens = new HashMap<>();
  private final Dentry root;
  private int nextFd = 1000;
  private int umask;

  /** A nodeid the kernel knows. */
  private static final class Inode {
    final long nodeid;
    final long generation;
    final int type;
    long lookups;
    int references;

    Inode(long nodeid, long generation, int type) {
      this.nodeid = nodeid;
      this.generation = generation;
      this.type = type;
    }
  }

  /** A name the kernel has cached. */
  private static final class Dentry {
    final Map<String, Dentry> children = new LinkedHashMap<>();
    Dentry parent;
    String name;
    final Inode inode;

    Dentry(Dentry parent, String name, Inode inode) {
      this.parent = parent;
      this.name = name;
      this.inode = inode;
    }
  }

  private record Open(Inode inode, long handle, int flags) {}

  public Client(FileSystem fs, long seed) {
    this.fs = fs;
    this.choice = new Random(seed);
    Inode inode = new Inode(FileSystem.ROOT, 0, Mode.S_IFDIR);
    inode.references = 1;
    inodes.put(FileSystem.ROOT, inode);
    this.root = new Dentry(null, "", inode);
  }

  /** Whom the following calls come from. */
  public void become(int uid, int gid) {
    caller.uid = uid;
    caller.gid = gid;
  }

  public void umask(int mask) {
    umask = mask;
  }

  public TestCaller caller() {
    return caller;
  }

  /** The nodeid of a name, looked up as any call does. */
  public long nodeid(String path) {
    return walk(path).inode.nodeid;
  }

  /** The handle behind a descriptor. */
  public long handle(int fd) {
    return opened(fd).handle;
  }

  // names

  private Dentry walk(String path) {
    Dentry at = root;
    if (path.isEmpty()) {
      return at;
    }
    for (String name : path.split("/", -1)) {
      Dentry next = child(at, name);
      if (next == null) {
        throw new FsException(Errno.ENOENT);
      }
      at = next;
    }
    return at;
  }

  private Dentry walkParent(String path) {
    int slash = path.lastIndexOf('/');
    Dentry parent = slash < 0 ? root : walk(path.substring(0, slash));
    if (parent.inode.type != Mode.S_IFDIR) {
      throw new FsException(Errno.ENOTDIR);
    }
    return parent;
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** Null if the name is absent. */
  private Dentry child(Dentry parent, String name) {
    if (parent.inode.type != Mode.S_IFDIR) {
      throw new FsException(Errno.ENOTDIR);
    }
    Dentry cached = parent.children.get(name);
    if (cached != null) {
      return cached;
    }
    Entry entry = new Entry();
    fs.lookup(caller, parent.inode.nodeid, name, entry);
    return entry.nodeid == 0 ? null : instantiate(parent, name, entry);
  }

  /** Takes an entry the file system filled: counts the lookup and caches the name. */
  private Dentry instantiate(Dentry parent, String name, Entry entry) {
    Inode inode = count(entry);
    Dentry old = parent.children.get(name);
    if (old != null) {
      if (old.inode == inode) {
        return old;
      }
      drop(old);
    }
    Dentry dentry = new Dentry(parent, name, inode);
    inode.references++;
    parent.children.put(name, dentry);
    return dentry;
  }

  private Inode count(Entry entry) {
    check(entry.nodeid > 0, "nodeid " + entry.nodeid);
    int type = Mode.type(entry.attr.mode);
    Inode inode = inodes.get(entry.nodeid);
    if (inode == null) {
      check(
          !forgotten.contains(entry.nodeid + ":" + entry.generation),
          "I8: nodeid " + entry.nodeid + " came again");
      inode = new Inode(entry.nodeid, entry.generation, type);
      inodes.put(entry.nodeid, inode);
    }
    check(inode.type == type, "I2: node " + entry.nodeid + " changed its type");
    check(
        inode.generation == entry.generation || inode.nodeid == FileSystem.ROOT,
        "generation changed");
    if (inode.nodeid != FileSystem.ROOT) {
      inode.lookups++;
    }
    return inode;
  }

  private void drop(Dentry dentry) {
    for (Dentry child : List.copyOf(dentry.children.values())) {
      drop(child);
    }
    if (dentry.parent != null && dentry.parent.children.get(dentry.name) == dentry) {
      dentry.parent.children.remove(dentry.name);
    }
    release(dentry.inode);
  }

  private void release(Inode inode) {
    inode.references--;
    if (inode.references > 0) {
      return;
    }
    inodes.remove(inode.nodeid);
    forgotten.add(inode.nodeid + ":" + inode.generation);
    // In parts, as the kernel may: a node must live until its last lookup is given back.
    if (inode.lookups > 1 && choice.nextBoolean()) {
      fs.forget(inode.nodeid, inode.lookups - 1);
      fs.getattr(caller, inode.nodeid, 0, new Stat());
      fs.forget(inode.nodeid, 1);
    } else {
      fs.forget(inode.nodeid, inode.lookups);
    }
    try {
      fs.getattr(caller, inode.nodeid, 0, new Stat());
      throw new AssertionError("I7: node " + inode.nodeid + " lives on after its last forget");
    } catch (FsException e) {
      check(e.errno() == Errno.ESTALE, "a forgotten node gives " + e.getMessage());
    }
  }

  /** Drops every cached name, as memory pressure would. */
  public void dropCaches() {
    for (Dentry child : List.copyOf(root.children.values())) {
      drop(child);
    }
  }

  /** Gives everything back and checks that the file system let go of it. */
  @Override
  public void close() {
    for (int fd : List.copyOf(opens.keySet())) {
      close(fd);
    }
    dropCaches();
    check(inodes.size() == 1, "nodes left: " + inodes.keySet());
  }

  private static void check(boolean claim, String otherwise) {
    if (!claim) {
      throw new AssertionError(otherwise);
    }
  }

  /**
   * Whether to leave a check that the kernel makes first to the file system, which must make it
   * itself.
   */
  private boolean unchecked() {
    return choice.nextInt(4) == 0;
  }

  // making names

  private interface Maker {
    void make(long parent, String name, Entry out);
  }

  private Dentry make(String path, Maker maker) {
    Dentry parent = walkParent(path);
    String name = last(path);
    if (!unchecked() && child(parent, name) != null) {
      throw new FsException(Errno.EEXIST);
    }
    Entry entry = new Entry();
    maker.make(parent.inode.nodeid, name, entry);
    return instantiate(parent, name, entry);
  }

  @Override
  public void mkdir(String path, int mode) {
    make(path, (parent, name, out) -> fs.mkdir(caller, parent, name, mode, umask, out));
  }

  @Override
  public void mknod(String path, int mode, long rdev) {
    make(path, (parent, name, out) -> fs.mknod(caller, parent, name, mode, umask, rdev, out));
  }

  @Override
  public void symlink(String target, String path) {
    make(path, (parent, name, out) -> fs.symlink(caller, parent, name, target, out));
  }

  @Override
  public void link(String from, String to) {
    Dentry source = walk(from);
    if (source.inode.type == Mode.S_IFDIR && !unchecked()) {
      Dentry parent = walkParent(to);
      throw new FsException(child(parent, last(to)) == null ? Errno.EPERM : Errno.EEXIST);
    }
    linkInode(source.inode, to);
  }

  private void linkInode(Inode inode, String to) {
    Dentry made = make(to, (parent, name, out) -> fs.link(caller, inode.nodeid, parent, name, out));
    check(made.inode == inode, "link(2) gave another node");
  }

  @Override
  public void unlink(String path) {
    Dentry parent = walkParent(path);
    String name = last(path);
    Dentry cached = parent.children.get(name);
    if (!unchecked()) {
      cached = child(parent, name);
      if (cached == null) {
        throw new FsException(Errno.ENOENT);
      }
      if (cached.inode.type == Mode.S_IFDIR) {
        throw new FsException(Errno.EISDIR);
      }
    }
    fs.unlink(caller, parent.inode.nodeid, name);
    if (cached != null) {
      drop(cached);
    }
  }

  @Override
  public void rmdir(String path) {
    if (path.isEmpty()) {
      throw new FsException(Errno.EBUSY);
    }
    Dentry parent = walkParent(path);
    String name = last(path);
    Dentry cached = parent.children.get(name);
    if (!unchecked()) {
      cached = child(parent, name);
      if (cached == null) {
        throw new FsException(Errno.ENOENT);
      }
      if (cached.inode.type != Mode.S_IFDIR) {
        throw new FsException(Errno.ENOTDIR);
      }
    }
    fs.rmdir(caller, parent.inode.nodeid, name);
    if (cached != null) {
      drop(cached);
    }
  }

  @Override
  public void rename(String from, String to, int flags) {
    Dentry oldParent = walkParent(from);
    Dentry newParent = walkParent(to);
    Dentry source = child(oldParent, last(from));
    if (source == null) {
      throw new FsException(Errno.ENOENT);
    }
    Dentry target = child(newParent, last(to));
    checkRename(source, target, newParent, flags);
    if (target != null && target.inode == source.inode) {
      return;
    }
    fs.rename(caller, oldParent.inode.nodeid, source.name, newParent.inode.nodeid, last(to), flags);
    oldParent.children.remove(source.name);
    if ((flags & RenameFlags.EXCHANGE) != 0) {
      newParent.children.remove(target.name);
      move(target, oldParent, last(from));
    } else if (target != null) {
      drop(target);
    }
    move(source, newParent, last(to));
  }

  private static void move(Dentry dentry, Dentry parent, String name) {
    dentry.parent = parent;
    dentry.name = name;
    parent.children.put(name, dentry);
  }

  /** What do_renameat2 and vfs_rename look at before they ask the file system. */
  private static void checkRename(Dentry source, Dentry target, Dentry newParent, int flags) {
    boolean exchange = (flags & RenameFlags.EXCHANGE) != 0;
    if (target != null && (flags & RenameFlags.NOREPLACE) != 0) {
      throw new FsException(Errno.EEXIST);
    }
    if (target == null && exchange) {
      throw new FsException(Errno.ENOENT);
    }
    for (Dentry up = newParent; up != null; up = up.parent) {
      if (up == source) {
        throw new FsException(Errno.EINVAL);
      }
    }
    for (Dentry up = source.parent; up != null && target != null; up = up.parent) {
      if (up == target) {
        throw new FsException(exchange ? Errno.EINVAL : Errno.ENOTEMPTY);
      }
    }
    if (target != null && target.inode != source.inode && !exchange) {
      boolean sourceIsDir = source.inode.type == Mode.S_IFDIR;
      if (sourceIsDir != (target.inode.type == Mode.S_IFDIR)) {
        throw new FsException(sourceIsDir ? Errno.ENOTDIR : Errno.EISDIR);
      }
    }
  }

  // descriptors

  private int remember(Inode inode, OpenResult result, int flags) {
    check(result.handle != 0, "handle 0");
    int fd = nextFd++;
    inode.references++;
    opens.put(fd, new Open(inode, result.handle, flags));
    return fd;
  }

  private Open opened(int fd) {
    Open open = opens.get(fd);
    if (open == null) {
      throw new FsException(Errno.EBADF);
    }
    return open;
  }

  @Override
  public int open(String path, int flags, int mode) {
    Dentry parent = path.isEmpty() ? null : walkParent(path);
    Dentry dentry = parent == null ? root : child(parent, last(path));
    boolean create = (flags & OpenFlags.O_CREAT) != 0;
    OpenResult result = new OpenResult();
    if (dentry == null) {
      if (!create) {
        throw new FsException(Errno.ENOENT);
      }
      Entry entry = new Entry();
      fs.create(caller, parent.inode.nodeid, last(path), flags, mode, umask, entry, result);
      return remember(instantiate(parent, last(path), entry).inode, result, flags);
    }
    if (create && (flags & OpenFlags.O_EXCL) != 0) {
      throw new FsException(Errno.EEXIST);
    }
    switch (dentry.inode.type) {
      case Mode.S_IFDIR -> throw new FsException(Errno.EISDIR);
      case Mode.S_IFLNK -> throw new FsException(Errno.ELOOP);
      case Mode.S_IFREG -> {}
      default -> throw new FsException(Errno.ENXIO);
    }
    int plain = flags & ~(OpenFlags.O_CREAT | OpenFlags.O_EXCL);
    boolean truncateAfter = (plain & OpenFlags.O_TRUNC) != 0 && choice.nextBoolean();
    fs.open(
        caller,
        dentry.inode.nodeid,
        truncateAfter ? plain & ~OpenFlags.O_TRUNC : plain,
        false,
        result);
    int fd = remember(dentry.inode, result, plain);
    if (truncateAfter) {
      try {
        ftruncate(fd, 0);
      } catch (FsException e) {
        close(fd);
        throw e;
      }
    }
    return fd;
  }

  @Override
  public int tmpfile(String directory, int mode) {
    Dentry dentry = walk(directory);
    if (dentry.inode.type != Mode.S_IFDIR) {
      throw new FsException(Errno.ENOTDIR);
    }
    Entry entry = new Entry();
    OpenResult result = new OpenResult();
    fs.tmpfile(caller, dentry.inode.nodeid, OpenFlags.O_RDWR, mode, umask, entry, result);
    return remember(count(entry), result, OpenFlags.O_RDWR);
  }

  @Override
  public void linkOpen(int fd, String path) {
    linkInode(opened(fd).inode, path);
  }

  @Override
  public byte[] read(int fd, long offset, int size) {
    Open open = opened(fd);
    NativeBytes memory = new NativeBytes(size);
    return memory.get(
        fs.read(caller, open.inode.nodeid, open.handle, offset, memory.address(), size));
  }

  @Override
  public void write(int fd, long offset, byte[] bytes) {
    Open open = opened(fd);
    int done =
        fs.write(
            caller,
            open.inode.nodeid,
            open.handle,
            offset,
            NativeBytes.of(bytes).address(),
            bytes.length,
            open.flags,
            false);
    check(done == bytes.length, "a short write of " + done);
  }

  @Override
  public void ftruncate(int fd, long size) {
    Open open = opened(fd);
    SetAttr change = new SetAttr();
    change.setSize = true;
    change.size = size;
    change.handle = open.handle;
    fs.setattr(caller, open.inode.nodeid, change, new Stat());
  }

  @Override
  public void fstat(int fd, Stat out) {
    Open open = opened(fd);
    fs.getattr(caller, open.inode.nodeid, choice.nextBoolean() ? open.handle : 0, out);
  }

  @Override
  public void close(int fd) {
    Open open = opened(fd);
    opens.remove(fd);
    try {
      fs.flush(caller, open.inode.nodeid, open.handle);
    } finally {
      fs.release(open.inode.nodeid, open.handle);
      release(open.inode);
    }
  }

  // attributes

  private void setattr(String path, SetAttr change) {
    fs.setattr(caller, walk(path).inode.nodeid, change, new Stat());
  }

  @Override
  public void chmod(String path, int mode) {
    Dentry dentry = walk(path);
    if (dentry.inode.type == Mode.S_IFLNK) {
      throw new FsException(Errno.EOPNOTSUPP);
    }
    SetAttr change = new SetAttr();
    change.setMode = true;
    change.mode = dentry.inode.type | mode;
    setattr(path, change);
  }

  @Override
  public void chown(String path, int uid, int gid) {
    SetAttr change = new SetAttr();
    change.setUid = uid != -1;
    change.uid = uid;
    change.setGid = gid != -1;
    change.gid = gid;
    setattr(path, change);
  }

  @Override
  public void truncate(String path, long size) {
    Dentry dentry = walk(path);
    if (dentry.inode.type != Mode.S_IFREG) {
      throw new FsException(dentry.inode.type == Mode.S_IFDIR ? Errno.EISDIR : Errno.EINVAL);
    }
    SetAttr change = new SetAttr();
    change.setSize = true;
    change.size = size;
    setattr(path, change);
  }

  @Override
  public void utimens(String path, long mtimeSec, int mtimeNsec) {
    SetAttr change = new SetAttr();
    change.setMtime = true;
    change.mtimeSec = mtimeSec;
    change.mtimeNsec = mtimeNsec;
    setattr(path, change);
  }

  @Override
  public void setxattr(String path, String name, byte[] value, int flags) {
    fs.setxattr(caller, walk(path).inode.nodeid, name, value, flags, false);
  }

  @Override
  public byte[] getxattr(String path, String name) {
    return fs.getxattr(caller, walk(path).inode.nodeid, name);
  }

  @Override
  public List<String> listxattr(String path) {
    return fs.listxattr(caller, walk(path).inode.nodeid);
  }

  @Override
  public void removexattr(String path, String name) {
    fs.removexattr(caller, walk(path).inode.nodeid, name);
  }

  @Override
  public void lstat(String path, Stat out) {
    fs.getattr(caller, walk(path).inode.nodeid, 0, out);
  }

  @Override
  public String readlink(String path) {
    return fs.readlink(caller, walk(path).inode.nodeid);
  }

  // directories

  @Override
  public List<DirEntry> list(String path) {
    Dentry dentry = walk(path);
    if (dentry.inode.type != Mode.S_IFDIR) {
      throw new FsException(Errno.ENOTDIR);
    }
    OpenResult opened = new OpenResult();
    fs.opendir(caller, dentry.inode.nodeid, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, opened);
    boolean plus = choice.nextBoolean();
    int room = choice.nextBoolean() ? 1 + choice.nextInt(3) : 1000;
    List<DirEntry> entries = new ArrayList<>();
    try {
      long offset = 0;
      while (true) {
        Sink sink = new Sink(room, dentry);
        if (plus) {
          fs.readdirplus(caller, dentry.inode.nodeid, opened.handle, offset, sink);
        } else {
          fs.readdir(caller, dentry.inode.nodeid, opened.handle, offset, sink);
        }
        if (sink.entries.isEmpty()) {
          break;
        }
        offset = sink.lastOffset;
        entries.addAll(sink.entries);
      }
    } finally {
      fs.releasedir(dentry.inode.nodeid, opened.handle);
    }
    return withoutDots(dentry, entries);
  }

  private List<DirEntry> withoutDots(Dentry directory, List<DirEntry> all) {
    Stat stat = new Stat();
    fs.getattr(caller, directory.inode.nodeid, 0, stat);
    Set<String> names = new HashSet<>();
    List<DirEntry> entries = new ArrayList<>();
    for (DirEntry entry : all) {
      check(names.add(entry.name()), "listed twice: " + entry.name());
      if (entry.name().equals(".")) {
        check(entry.ino() == stat.ino, ". has d_ino " + entry.ino() + " but st_ino " + stat.ino);
      } else if (!entry.name().equals("..")) {
        entries.add(entry);
      }
    }
    check(all.size() == entries.size() + 2, "no . or .. in " + names);
    return entries;
  }

  /** A reply buffer with room for a few entries. */
  private final class Sink implements DirSink {
    final List<DirEntry> entries = new ArrayList<>();
    private final int room;
    private final Dentry directory;
    long lastOffset;

    Sink(int room, Dentry directory) {
      this.room = room;
      this.directory = directory;
    }

    @Override
    public boolean fits(int nameBytes) {
      return entries.size() < room;
    }

    @Override
    public void add(String name, long ino, int type, long nextOffset) {
      check(entries.size() < room, "added beyond the room");
      check(nextOffset != 0, "offset 0 for " + name);
      entries.add(new DirEntry(name, ino, type));
      lastOffset = nextOffset;
    }

    @Override
    public void addPlus(String name, Entry entry, long nextOffset) {
      add(name, entry.attr.ino, Mode.toDirentType(entry.attr.mode), nextOffset);
      check(!name.equals(".") && !name.equals(".."), "I11: a lookup counted for " + name);
      if (entry.nodeid != 0) {
        instantiate(directory, name, entry);
      }
    }
  }

  /** The caller of every request of a client. */
  public static final class TestCaller implements Caller {
    private volatile int uid;
    private volatile int gid;
    private volatile boolean interrupted;

    @Override
    public int uid() {
      return uid;
    }

    @Override
    public int gid() {
      return gid;
    }

    @Override
    public int pid() {
      return 4242;
    }

    @Override
    public boolean interrupted() {
      return interrupted;
    }

    /** What {@link #interrupted()} tells from now on. */
    public void interrupt(boolean value) {
      interrupted = value;
    }
  }
}
