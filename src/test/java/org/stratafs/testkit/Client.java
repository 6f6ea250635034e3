package org.stratafs.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
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
  private final Map<Integer, Open> opens = new HashMap<>();
  private final Dcache names;
  private int nextFd = 1000;
  private int umask;
  private boolean fsetid = true;

  private record Open(Dcache.Inode inode, long handle, int flags) {}

  public Client(FileSystem fs, long seed) {
    this.fs = fs;
    this.choice = new Random(seed);
    this.names = new Dcache(fs, caller, choice);
  }

  /**
   * Makes the choices of what follows depend on this alone, so that they stay when a script is
   * shrunk.
   */
  public void reseed(long seed) {
    choice.setSeed(seed);
  }

  /** Other clients use the file system too. */
  public void share() {
    names.share();
  }

  /** Layers are changed behind the mount; with timeout=0 every name is looked up each time. */
  public void layersChange(boolean timeoutZero) {
    names.layersChange(timeoutZero);
  }

  /** Whom the following calls come from. */
  public void become(int uid, int gid) {
    caller.uid = uid;
    caller.gid = gid;
  }

  public void umask(int mask) {
    umask = mask;
  }

  /** From now on what changes data clears suid and sgid, as without CAP_FSETID. */
  public void dropFsetid() {
    fsetid = false;
  }

  public TestCaller caller() {
    return caller;
  }

  /** The nodeid of a name, looked up as any call does. */
  public long nodeid(String path) {
    return names.walk(path).inode.nodeid;
  }

  /** The handle behind a descriptor. */
  public long handle(int fd) {
    return opened(fd).handle;
  }

  /** Drops every cached name, as memory pressure would. */
  public void dropCaches() {
    names.dropAll();
  }

  /** Gives everything back and checks that the file system let go of it. */
  @Override
  public void close() {
    letGo();
    names.checkEmpty();
  }

  /** Gives everything back, where other clients may know the same nodes. */
  public void letGo() {
    for (int fd : List.copyOf(opens.keySet())) {
      close(fd);
    }
    names.dropAll();
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

  private Dcache.Dentry make(String path, Maker maker) {
    return make(path, unchecked(), maker);
  }

  private Dcache.Dentry make(String path, boolean unchecked, Maker maker) {
    Dcache.Dentry parent = names.walkParent(path);
    String name = Dcache.last(path);
    if (!unchecked && names.child(parent, name) != null) {
      throw new FsException(Errno.EEXIST);
    }
    Entry entry = new Entry();
    maker.make(parent.inode.nodeid, name, entry);
    return names.instantiate(parent, name, entry);
  }

  @Override
  public void mkdir(String path, int mode) {
    make(path, (parent, name, out) -> fs.mkdir(caller, parent, name, mode, umask, out));
  }

  @Override
  public void mknod(String path, int mode, long rdev) {
    make(
        path, false, (parent, name, out) -> fs.mknod(caller, parent, name, mode, umask, rdev, out));
  }

  @Override
  public void symlink(String target, String path) {
    make(path, (parent, name, out) -> fs.symlink(caller, parent, name, target, out));
  }

  @Override
  public void link(String from, String to) {
    Dcache.Dentry source = names.walk(from);
    if (source.inode.type == Mode.S_IFDIR && !unchecked()) {
      Dcache.Dentry parent = names.walkParent(to);
      throw new FsException(
          names.child(parent, Dcache.last(to)) == null ? Errno.EPERM : Errno.EEXIST);
    }
    linkInode(source.inode, to);
  }

  private void linkInode(Dcache.Inode inode, String to) {
    Dcache.Dentry made =
        make(to, (parent, name, out) -> fs.link(caller, inode.nodeid, parent, name, out));
    Dcache.check(made.inode == inode, "link(2) gave another node");
  }

  @Override
  public void unlink(String path) {
    Dcache.Dentry parent = names.walkParent(path);
    String name = Dcache.last(path);
    Dcache.Dentry cached = parent.children.get(name);
    if (!unchecked()) {
      cached = names.child(parent, name);
      if (cached == null) {
        throw new FsException(Errno.ENOENT);
      }
      if (cached.inode.type == Mode.S_IFDIR) {
        throw new FsException(Errno.EISDIR);
      }
    }
    fs.unlink(caller, parent.inode.nodeid, name);
    if (cached != null) {
      names.drop(cached);
    }
  }

  @Override
  public void rmdir(String path) {
    if (path.isEmpty()) {
      throw new FsException(Errno.EBUSY);
    }
    Dcache.Dentry parent = names.walkParent(path);
    String name = Dcache.last(path);
    Dcache.Dentry cached = parent.children.get(name);
    if (!unchecked()) {
      cached = names.child(parent, name);
      if (cached == null) {
        throw new FsException(Errno.ENOENT);
      }
      if (cached.inode.type != Mode.S_IFDIR) {
        throw new FsException(Errno.ENOTDIR);
      }
    }
    fs.rmdir(caller, parent.inode.nodeid, name);
    if (cached != null) {
      names.drop(cached);
    }
  }

  @Override
  public void rename(String from, String to, int flags) {
    Dcache.Dentry oldParent = names.walkParent(from);
    Dcache.Dentry newParent = names.walkParent(to);
    Dcache.Dentry source = names.child(oldParent, Dcache.last(from));
    if (source == null) {
      throw new FsException(Errno.ENOENT);
    }
    Dcache.Dentry target = names.child(newParent, Dcache.last(to));
    checkRename(source, target, newParent, flags);
    if (target != null && target.inode == source.inode) {
      return;
    }
    fs.rename(
        caller,
        oldParent.inode.nodeid,
        source.name,
        newParent.inode.nodeid,
        Dcache.last(to),
        flags);
    oldParent.children.remove(source.name);
    if ((flags & RenameFlags.EXCHANGE) != 0) {
      newParent.children.remove(target.name);
      Dcache.move(target, oldParent, Dcache.last(from));
    } else if (target != null) {
      names.drop(target);
    }
    Dcache.move(source, newParent, Dcache.last(to));
  }

  /** What do_renameat2 and vfs_rename look at before they ask the file system. */
  private static void checkRename(
      Dcache.Dentry source, Dcache.Dentry target, Dcache.Dentry newParent, int flags) {
    boolean exchange = (flags & RenameFlags.EXCHANGE) != 0;
    if (target != null && (flags & RenameFlags.NOREPLACE) != 0) {
      throw new FsException(Errno.EEXIST);
    }
    if (target == null && exchange) {
      throw new FsException(Errno.ENOENT);
    }
    for (Dcache.Dentry up = newParent; up != null; up = up.parent) {
      if (up == source) {
        throw new FsException(Errno.EINVAL);
      }
    }
    for (Dcache.Dentry up = source.parent; up != null && target != null; up = up.parent) {
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

  private int remember(Dcache.Inode inode, OpenResult result, int flags) {
    Dcache.check(result.handle != 0, "handle 0");
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
    Dcache.Dentry parent = path.isEmpty() ? null : names.walkParent(path);
    Dcache.Dentry dentry = parent == null ? names.root() : names.child(parent, Dcache.last(path));
    boolean create = (flags & OpenFlags.O_CREAT) != 0;
    OpenResult result = new OpenResult();
    if (dentry == null) {
      if (!create) {
        throw new FsException(Errno.ENOENT);
      }
      Entry entry = new Entry();
      fs.create(caller, parent.inode.nodeid, Dcache.last(path), flags, mode, umask, entry, result);
      return remember(names.instantiate(parent, Dcache.last(path), entry).inode, result, flags);
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
    Dcache.Dentry dentry = names.walk(directory);
    if (dentry.inode.type != Mode.S_IFDIR) {
      throw new FsException(Errno.ENOTDIR);
    }
    Entry entry = new Entry();
    OpenResult result = new OpenResult();
    fs.tmpfile(caller, dentry.inode.nodeid, OpenFlags.O_RDWR, mode, umask, entry, result);
    return remember(names.count(entry), result, OpenFlags.O_RDWR);
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
            !fsetid);
    Dcache.check(done == bytes.length, "a short write of " + done);
  }

  @Override
  public void ftruncate(int fd, long size) {
    Open open = opened(fd);
    SetAttr change = new SetAttr();
    change.killSuidGid = !fsetid;
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
      names.release(open.inode);
    }
  }

  // attributes

  private void setattr(String path, SetAttr change) {
    fs.setattr(caller, names.walk(path).inode.nodeid, change, new Stat());
  }

  @Override
  public void chmod(String path, int mode) {
    Dcache.Dentry dentry = names.walk(path);
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
    change.killSuidGid = names.walk(path).inode.type != Mode.S_IFDIR; // fuse_do_setattr
    setattr(path, change);
  }

  @Override
  public void truncate(String path, long size) {
    Dcache.Dentry dentry = names.walk(path);
    if (dentry.inode.type != Mode.S_IFREG) {
      throw new FsException(dentry.inode.type == Mode.S_IFDIR ? Errno.EISDIR : Errno.EINVAL);
    }
    SetAttr change = new SetAttr();
    change.setSize = true;
    change.size = size;
    change.killSuidGid = !fsetid;
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

  /** xattr_permission in linux fs/xattr.c: user xattrs are for files and directories. */
  private long xattrNode(String path, String name, int otherwise) {
    Dcache.Inode inode = names.walk(path).inode;
    if (name.startsWith("user.") && inode.type != Mode.S_IFREG && inode.type != Mode.S_IFDIR) {
      throw new FsException(otherwise);
    }
    return inode.nodeid;
  }

  @Override
  public void setxattr(String path, String name, byte[] value, int flags) {
    fs.setxattr(caller, xattrNode(path, name, Errno.EPERM), name, value, flags, false);
  }

  @Override
  public byte[] getxattr(String path, String name) {
    return fs.getxattr(caller, xattrNode(path, name, Errno.ENODATA), name);
  }

  @Override
  public List<String> listxattr(String path) {
    return fs.listxattr(caller, names.walk(path).inode.nodeid);
  }

  @Override
  public void removexattr(String path, String name) {
    fs.removexattr(caller, xattrNode(path, name, Errno.EPERM), name);
  }

  @Override
  public void lstat(String path, Stat out) {
    fs.getattr(caller, names.walk(path).inode.nodeid, 0, out);
  }

  @Override
  public String readlink(String path) {
    return fs.readlink(caller, names.walk(path).inode.nodeid);
  }

  // directories

  @Override
  public List<DirEntry> list(String path) {
    Dcache.Dentry dentry = names.walk(path);
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
        sink.instantiate();
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

  private List<DirEntry> withoutDots(Dcache.Dentry directory, List<DirEntry> all) {
    Stat stat = new Stat();
    fs.getattr(caller, directory.inode.nodeid, 0, stat);
    Set<String> names = new HashSet<>();
    List<DirEntry> entries = new ArrayList<>();
    for (DirEntry entry : all) {
      Dcache.check(names.add(entry.name()), "listed twice: " + entry.name());
      if (entry.name().equals(".")) {
        Dcache.check(
            entry.ino() == stat.ino, ". has d_ino " + entry.ino() + " but st_ino " + stat.ino);
      } else if (!entry.name().equals("..")) {
        entries.add(entry);
      }
    }
    Dcache.check(all.size() == entries.size() + 2, "no . or .. in " + names);
    return entries;
  }

  /**
   * A reply buffer with room for a few entries. Like the kernel it looks at them once the reply is
   * there: the file system fills it with locks held and must not be called from within.
   */
  private final class Sink implements DirSink {
    final List<DirEntry> entries = new ArrayList<>();
    private final Map<String, Entry> looked = new LinkedHashMap<>();
    private final int room;
    private final Dcache.Dentry directory;
    long lastOffset;

    Sink(int room, Dcache.Dentry directory) {
      this.room = room;
      this.directory = directory;
    }

    @Override
    public boolean fits(int nameBytes) {
      return entries.size() < room;
    }

    @Override
    public void add(String name, long ino, int type, long nextOffset) {
      Dcache.check(entries.size() < room, "added beyond the room");
      Dcache.check(nextOffset != 0, "offset 0 for " + name);
      entries.add(new DirEntry(name, ino, type));
      lastOffset = nextOffset;
    }

    @Override
    public void addPlus(String name, Entry entry, long nextOffset) {
      add(name, entry.attr.ino, Mode.toDirentType(entry.attr.mode), nextOffset);
      Dcache.check(!name.equals(".") && !name.equals(".."), "I11: a lookup counted for " + name);
      if (entry.nodeid != 0) {
        Entry copy = new Entry();
        copy.nodeid = entry.nodeid;
        copy.generation = entry.generation;
        copy.attr.set(entry.attr);
        Dcache.check(looked.put(name, copy) == null, "listed twice in one reply: " + name);
      }
    }

    void instantiate() {
      looked.forEach((name, entry) -> names.instantiate(directory, name, entry));
    }
  }
}
