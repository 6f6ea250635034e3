package org.stratafs.union;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

/**
 * All nodes: by nodeid, by name within a directory, and by upper inode for hard links.
 *
 * <p>Its monitor is a leaf lock, held for memory only. A node stays while the kernel has lookups of
 * it (I7), and a directory also while a child stays, so that one directory is never two nodes.
 */
final class NodeTable {
  /** How many nodes are worth a collection: some 20 MB. */
  private static final int MANY = 100_000;

  private final NodeMap byId = new NodeMap();
  private final Map<Long, FileNode> byUpperIno = new HashMap<>();
  private final Map<String, FileNode> byIndexKey = new HashMap<>();
  private final FormerIds formerIds = new FormerIds();
  private final DirectoryCache directories;
  private long nextId = FileSystem.ROOT;

  /** The most nodes there were since {@link #hasShrunk} was true. */
  private int peak;

  NodeTable(DirectoryCache directories) {
    this.directories = directories;
  }

  /** A nodeid never given before (I8). The first is the root's. */
  synchronized long newId() {
    return nextId++;
  }

  /** Adds the root, which has no name and never goes away. */
  synchronized void addRoot(DirectoryNode root) {
    root.nlookup = 1;
    byId.put(root);
  }

  /** The node of a nodeid, be it a former one; ESTALE if there is none. */
  synchronized Node get(long nodeid) {
    Node node = byId.get(nodeid);
    if (node == null) {
      node = formerIds.node(nodeid);
    }
    if (node == null) {
      throw new FsException(Errno.ESTALE);
    }
    return node;
  }

  /** Whether a node has another nodeid now. */
  synchronized boolean isFormer(long nodeid) {
    return formerIds.node(nodeid) != null;
  }

  /** All nodeids by which the kernel may know a node. */
  synchronized long[] ids(Node node) {
    long[] former = node instanceof FileNode file ? formerIds.of(file) : new long[0];
    long[] all = Arrays.copyOf(former, former.length + 1);
    all[former.length] = node.nodeid;
    return all;
  }

  /**
   * Counts a descriptor by which the kernel may read the lower file by itself, until {@link
   * #uncountLowerOpen}; false, and it is not counted, if the data is in upper.
   */
  synchronized boolean countLowerOpen(FileNode node) {
    if (node.hasUpperData()) {
      return false;
    }
    node.countLowerOpens(1);
    return true;
  }

  synchronized void uncountLowerOpen(FileNode node) {
    node.countLowerOpens(-1);
  }

  /**
   * A file is in upper from now on, its data too unless {@code lowerData} says where that was left.
   * The caller holds copyUpLock.
   *
   * <p>If the kernel may be reading the lower file by itself, the node gets another nodeid in the
   * same step: whoever sees the data in upper sees the new nodeid (I10).
   */
  synchronized void becomeUpper(FileNode node, LowerFile lowerData) {
    if (lowerData == null && node.lowerOpens() > 0) {
      replaceId(node);
    }
    // Whoever sees the node upper sees also where its data is (FileNode.hasUpperData); before that,
    // either place is right.
    if (lowerData != null) {
      node.setLowerData(lowerData);
    }
    node.becomeUpper();
    node.setLowerData(lowerData);
  }

  private void replaceId(FileNode node) {
    byId.remove(node.nodeid);
    if (node.nlookup > 0) {
      formerIds.add(node);
    }
    node.nodeid = newId();
    node.nlookup = 0;
    byId.put(node);
  }

  /** The directory of a nodeid; ESTALE, ENOTDIR. */
  DirectoryNode directory(long nodeid) {
    if (get(nodeid) instanceof DirectoryNode directory) {
      return directory;
    }
    throw new FsException(Errno.ENOTDIR);
  }

  /** The node a name leads to, if one is known. */
  synchronized Node child(DirectoryNode parent, String name) {
    return parent.child(name);
  }

  /** Counts one lookup of a node that is in the table or has just left it; fills its nodeid. */
  synchronized void reference(Node node, Entry out) {
    out.nodeid = node.nodeid;
    node.nlookup++;
    if (byId.get(node.nodeid) != null) {
      return;
    }
    byId.put(node);
    if (node instanceof FileNode file) {
      if (file.upperIno() != 0) {
        byUpperIno.put(file.upperIno(), file);
      }
      if (file.indexKey() != null) {
        byIndexKey.put(file.indexKey(), file);
      }
    }
  }

  /**
   * The node a name leads to, if one is known, with one lookup counted in the same step and its
   * nodeid filled: a forget that came between the two would leave a node that its name does not
   * lead to, and the next lookup would make a second one of the same file.
   */
  synchronized Node acquireChild(DirectoryNode parent, String name, Entry out) {
    Node node = parent.child(name);
    if (node != null) {
      reference(node, out);
    }
    return node;
  }

  /** The node of an upper inode that has several names, if one is known. */
  synchronized FileNode byUpperInode(long ino) {
    return byUpperIno.get(ino);
  }

  /**
   * From now on the node is found by its upper inode number, whichever of its names is looked up.
   */
  synchronized void shareInode(FileNode node, long ino) {
    node.setUpperIno(ino);
    byUpperIno.put(ino, node);
  }

  /**
   * Whether this is the node's upper inode; one that was not known yet is from now on. For
   * timeout=0.
   */
  synchronized boolean isUpperInode(FileNode node, long ino) {
    if (node.upperIno() == 0) {
      node.setUpperIno(ino);
    }
    return node.upperIno() == ino;
  }

  /** The node of a lower inode that has several names, if one is known. */
  synchronized FileNode byIndexKey(String key) {
    return byIndexKey.get(key);
  }

  /** From now on the node is found by its index key, whichever of its names is looked up. */
  synchronized void shareKey(FileNode node) {
    byIndexKey.put(node.indexKey(), node);
  }

  /** All names that are known of a file. */
  synchronized List<Link> links(FileNode node) {
    return node.links();
  }

  /** Whether another name of the file is known, or may be used without being known. */
  synchronized boolean hasSeveralNames(FileNode node) {
    return node.indexKey() != null || node.links().size() > 1;
  }

  /** Adds a name to a node. The caller holds the parent's dirLock or renameLock exclusively. */
  synchronized void link(Node node, Link link) {
    if (node instanceof FileNode file) {
      file.addLink(link);
    } else {
      node.setLink(link);
    }
    link.parent().putChild(link.name(), node);
  }

  /** Takes a name from a node. The caller holds the parent's dirLock or renameLock exclusively. */
  synchronized void unlink(Node node, Link link) {
    unlinkForMove(node, link);
    dropIfUnused(node);
    dropIfUnused(link.parent());
  }

  /**
   * Takes a name from a node that is about to get another one. The caller holds renameLock
   * exclusively.
   */
  synchronized void unlinkForMove(Node node, Link link) {
    if (node instanceof FileNode file) {
      file.removeLink(link);
    } else {
      node.setLink(null);
    }
    link.parent().removeChild(link.name(), node);
  }

  /** Whether this is the only name known of a file. */
  synchronized boolean isOnlyLink(FileNode node, Link link) {
    return node.isOnlyLink(link);
  }

  /**
   * Whether, once, most of many nodes are gone: hardly anything is allocated from then on that
   * would bring the collector to see it.
   */
  synchronized boolean hasShrunk() {
    boolean shrunk = peak >= MANY && byId.size() < peak / 8;
    if (shrunk) {
      peak = byId.size();
    }
    return shrunk;
  }

  /** Gives back lookups. */
  synchronized void forget(long nodeid, long lookups) {
    peak = Math.max(peak, byId.size());
    if (nodeid == FileSystem.ROOT) {
      return;
    }
    Node node = byId.get(nodeid);
    if (node == null) {
      node = formerIds.forget(nodeid, lookups);
      if (node != null) {
        dropIfUnused(node);
      }
      return;
    }
    assert node.nlookup >= lookups : "forget of more lookups than were counted (I7)";
    node.nlookup = Math.max(0, node.nlookup - lookups);
    dropIfUnused(node);
  }

  synchronized int size() {
    return byId.size();
  }

  /**
   * A node that was made for a look and may not be needed further: drops it if nobody else counts
   * on it.
   */
  synchronized void settle(Node node) {
    dropIfUnused(node);
  }

  /** Forgets all nodes. */
  synchronized void clear() {
    byId.unpinAll();
    byId.clear();
    formerIds.clear();
    byUpperIno.clear();
    byIndexKey.clear();
  }

  private void dropIfUnused(Node start) {
    Node node = start;
    while (node.nlookup == 0 && node.nodeid != FileSystem.ROOT) {
      DirectoryNode parent = null;
      if (node instanceof DirectoryNode directory) {
        if (directory.hasChildren()) {
          return;
        }
        Link link = directory.link();
        if (link != null) {
          link.parent().removeChild(link.name(), directory);
          parent = link.parent();
        }
        directories.drop(directory);
      } else if (node instanceof FileNode file) {
        if (file.formerIds() > 0) {
          return;
        }
        for (Link link : file.links()) {
          link.parent().removeChild(link.name(), file);
          // With several names more than one directory may have been kept for this node alone.
          if (parent != null && parent != link.parent()) {
            dropIfUnused(parent);
          }
          parent = link.parent();
        }
        if (file.upperIno() != 0) {
          byUpperIno.remove(file.upperIno(), file);
        }
        if (file.indexKey() != null) {
          byIndexKey.remove(file.indexKey(), file);
        }
      }
      node.unpin();
      byId.remove(node.nodeid);
      if (parent == null) {
        return;
      }
      node = parent;
    }
  }
}
