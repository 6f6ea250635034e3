package org.stratafs.testkit;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.stratafs.fs.Caller;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Stat;

/**
 * The names and nodes a client of a {@link FileSystem} knows, as the kernel's dentry and inode
 * caches do. A node is forgotten when no name and no descriptor refers to it; what must hold of
 * nodeids (I2, I7, I8) is checked on the way.
 */
final class Dcache {
  private final FileSystem fs;
  private final Caller caller;
  private final Random choice;
  private final Map<Long, Inode> inodes = new HashMap<>();
  private final Set<Long> gone = new HashSet<>();
  private final Set<Long> lingering = new HashSet<>();
  private final Dentry root;
  private boolean shared;
  private boolean looksAgain;
  private boolean layersChange;

  /** A nodeid the kernel knows. */
  static final class Inode {
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
  static final class Dentry {
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

  Dcache(FileSystem fs, Caller caller, Random choice) {
    this.fs = fs;
    this.caller = caller;
    this.choice = choice;
    Inode inode = new Inode(FileSystem.ROOT, 0, Mode.S_IFDIR);
    inode.references = 1;
    inodes.put(FileSystem.ROOT, inode);
    this.root = new Dentry(null, "", inode);
  }

  /** Other clients know the same nodes: one may be gone and come again. */
  void share() {
    shared = true;
  }

  /** Layers are changed behind the mount; with timeout=0 no name is believed without asking. */
  void layersChange(boolean timeoutZero) {
    looksAgain = timeoutZero;
    layersChange = true;
  }

  Dentry root() {
    return root;
  }

  Dentry walk(String path) {
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

  Dentry walkParent(String path) {
    int slash = path.lastIndexOf('/');
    Dentry parent = slash < 0 ? root : walk(path.substring(0, slash));
    if (parent.inode.type != Mode.S_IFDIR) {
      throw new FsException(Errno.ENOTDIR);
    }
    return parent;
  }

  static String last(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** Null if the name is absent. */
  Dentry child(Dentry parent, String name) {
    if (parent.inode.type != Mode.S_IFDIR) {
      throw new FsException(Errno.ENOTDIR);
    }
    Dentry cached = parent.children.get(name);
    if (cached != null && !looksAgain) {
      return cached;
    }
    Entry entry = new Entry();
    fs.lookup(caller, parent.inode.nodeid, name, entry);
    if (entry.nodeid == 0) {
      if (cached != null) {
        drop(cached);
      }
      return null;
    }
    return instantiate(parent, name, entry);
  }

  /** Takes an entry the file system filled: counts the lookup and caches the name. */
  Dentry instantiate(Dentry parent, String name, Entry entry) {
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

  Inode count(Entry entry) {
    check(entry.nodeid > 0, "nodeid " + entry.nodeid);
    int type = Mode.type(entry.attr.mode);
    Inode inode = inodes.get(entry.nodeid);
    if (inode == null) {
      check(shared || !gone.contains(entry.nodeid), "I8: nodeid " + entry.nodeid + " came again");
      lingering.remove(entry.nodeid);
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

  void drop(Dentry dentry) {
    for (Dentry child : List.copyOf(dentry.children.values())) {
      drop(child);
    }
    if (dentry.parent != null && dentry.parent.children.get(dentry.name) == dentry) {
      dentry.parent.children.remove(dentry.name);
    }
    release(dentry.inode);
  }

  void release(Inode inode) {
    inode.references--;
    if (inode.references > 0) {
      return;
    }
    inodes.remove(inode.nodeid);
    // In parts, as the kernel may: a node must live until its last lookup is given back.
    if (inode.lookups > 1 && choice.nextBoolean()) {
      fs.forget(inode.nodeid, inode.lookups - 1);
      check(
          layersChange || !isGone(inode.nodeid),
          "I7: node " + inode.nodeid + " went before its last forget");
      fs.forget(inode.nodeid, 1);
    } else {
      fs.forget(inode.nodeid, inode.lookups);
    }
    // A node may stay for the sake of a child that is known by another name.
    (isGone(inode.nodeid) ? gone : lingering).add(inode.nodeid);
  }

  private boolean isGone(long nodeid) {
    try {
      fs.getattr(caller, nodeid, 0, new Stat());
      return false;
    } catch (FsException e) {
      // Other errnos come of injected faults.
      return e.errno() == Errno.ESTALE;
    }
  }

  /** Drops every cached name. */
  void dropAll() {
    for (Dentry child : List.copyOf(root.children.values())) {
      drop(child);
    }
  }

  void checkEmpty() {
    check(inodes.size() == 1, "nodes left: " + inodes.keySet());
    for (long nodeid : lingering) {
      check(isGone(nodeid), "I7: node " + nodeid + " lives on after the last forget");
    }
  }

  static void move(Dentry dentry, Dentry parent, String name) {
    dentry.parent = parent;
    dentry.name = name;
    parent.children.put(name, dentry);
  }

  static void check(boolean claim, String otherwise) {
    if (!claim) {
      throw new AssertionError(otherwise);
    }
  }
}
