package org.stratafs.union;

import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Mode;

/**
 * An inode of the union: what one nodeid means.
 *
 * <p>It holds no descriptor as long as it has a name. An upper inode that loses its last name is
 * pinned by one just before, and from then on is reached through it.
 */
abstract sealed class Node permits DirectoryNode, FileNode {
  private static final int KIND_SHIFT = 12;

  /** The type, kept in few bytes: there may be a million nodes. */
  private final byte kind;

  /**
   * By what the kernel knows it. Written by {@link NodeTable} only, which may give a file another
   * one when its data becomes upper ({@link FormerIds}).
   */
  volatile long nodeid;

  /** st_ino, the same before and after a copy-up. */
  final long ino;

  /** Lookups the kernel has not given back (I7). Guarded by NodeTable. */
  long nlookup;

  /** Set once, under copyUpLock or before the node is known to anyone (I3). */
  private volatile boolean upper;

  /**
   * One of the names; null for the root and for a node that has none left. Written under renameLock
   * (exclusive, or shared with the dirLock of the directory the name is in) and inside NodeTable.
   */
  private volatile Link link;

  /**
   * The upper inode itself, once it has lost its last name. Set at most once; closed when the node
   * leaves the table.
   */
  private volatile UpperDir pinned;

  private RankedLock copyUpLock; // made on first use; guarded by this

  Node(long nodeid, int type, long ino, boolean upper) {
    this.nodeid = nodeid;
    this.kind = (byte) (type >>> KIND_SHIFT);
    this.ino = ino;
    this.upper = upper;
  }

  /** The file type bits of st_mode (I2). */
  final int type() {
    return kind << KIND_SHIFT;
  }

  final boolean isDirectory() {
    return type() == Mode.S_IFDIR;
  }

  final boolean isUpper() {
    return upper;
  }

  final void becomeUpper() {
    upper = true;
  }

  final Link link() {
    return link;
  }

  final void setLink(Link link) {
    this.link = link;
  }

  final UpperDir pinned() {
    return pinned;
  }

  final void pin(UpperDir inode) {
    assert pinned == null;
    pinned = inode;
  }

  final void unpin() {
    UpperDir inode = pinned;
    if (inode != null) {
      pinned = null;
      inode.close();
    }
  }

  final synchronized RankedLock copyUpLock(Locks locks) {
    if (copyUpLock == null) {
      copyUpLock = locks.make(RankedLock.Rank.COPY_UP);
    }
    return copyUpLock;
  }
}
