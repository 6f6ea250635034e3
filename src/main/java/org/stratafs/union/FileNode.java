package org.stratafs.union;

import java.util.ArrayList;
import java.util.List;

/**
 * An inode that is not a directory.
 *
 * <p>Its lower file, where it has one, is named by the directory node it was found in, the index of
 * that directory's lower and the name it had there. None of these change when the file or its
 * directory is renamed.
 */
final class FileNode extends Node {
  /** Immutable; null for a file that never was in a lower. */
  final DirectoryNode lowerParent;

  /** Index into {@code lowerParent.lowers}. Immutable. */
  final int lowerIndex;

  /** Immutable; null with {@link #lowerParent}. */
  final String lowerName;

  /**
   * The lower file that has the data, where that is not in the file itself, upper or lower: a
   * metacopy. Once the file is upper this may turn null, under copyUpLock, and stays so; see {@link
   * #hasUpperData}.
   */
  private volatile LowerFile lowerData;

  /** Names besides {@link #link()}; null in the common case of none. Guarded by NodeTable. */
  private List<Link> otherLinks;

  /**
   * The upper inode number under which NodeTable finds the node by any of its hard links, and by
   * which {@link Recheck} knows it again; 0 if it was not needed yet.
   */
  long upperIno; // guarded by NodeTable

  /**
   * Under which name the index keeps the copy of a lower inode that has several names; null for a
   * file without, or where hard links are not kept. Immutable.
   */
  private final String indexKey;

  /** How many names an indexed copy has, in upper and in lowers together; see {@link HardLinks}. */
  private volatile int names;

  /**
   * How many names of a lower hard link were removed before it was copied up. Guarded by renameLock
   * and dirLock of each.
   */
  private volatile int lowerNamesRemoved;

  /** How often a name was met that is not in upper, though the file is. Guarded by this. */
  private volatile int aliasesMet;

  /** Up to which of these {@link CopyUp} has brought them there. Guarded by this. */
  private volatile int aliasesBrought;

  /**
   * How many descriptors are open through which the kernel may read the lower file by itself.
   * Guarded by NodeTable.
   */
  int lowerOpens;

  /** How many other nodeids the kernel still knows the node by. Guarded by NodeTable. */
  int formerIds;

  /** A file in upper with no index. */
  FileNode(long nodeid, int type, long ino) {
    this(nodeid, type, ino, true, null, -1, null, null);
  }

  FileNode(
      long nodeid,
      int type,
      long ino,
      boolean upper,
      DirectoryNode lowerParent,
      int lowerIndex,
      String lowerName,
      String indexKey) {
    super(nodeid, type, ino, upper);
    this.lowerParent = lowerParent;
    this.lowerIndex = lowerIndex;
    this.lowerName = lowerName;
    this.indexKey = indexKey;
  }

  LowerFile lowerData() {
    return lowerData;
  }

  /** Before the node is known to anyone, or under copyUpLock. */
  void setLowerData(LowerFile data) {
    lowerData = data;
  }

  /** In upper, data included. Stays true once it is. */
  boolean hasUpperData() {
    return isUpper() && lowerData == null; // in this order: see NodeTable.becomeUpper
  }

  String indexKey() {
    return indexKey;
  }

  /**
   * Whether the upper inode is found in the index, whatever names it has; until it lost the last
   * one.
   */
  boolean isIndexed() {
    return indexKey != null && isUpper() && pinned() == null;
  }

  /** Whether other names lead to the upper inode, or may. Under NodeTable or renameLock. */
  boolean hasSeveralNames() {
    return indexKey != null || upperIno != 0;
  }

  int names() {
    return names;
  }

  void setNames(int names) {
    this.names = names;
  }

  int lowerNamesRemoved() {
    return lowerNamesRemoved;
  }

  void setLowerNamesRemoved(int removed) {
    lowerNamesRemoved = removed;
  }

  /**
   * Whether a name may not be in upper, though the file is: it is brought there before a change.
   */
  boolean aliasesPending() {
    return aliasesMet != aliasesBrought;
  }

  int aliasesMet() {
    return aliasesMet;
  }

  synchronized void meetAlias() {
    aliasesMet++;
  }

  /** All names met until then are in upper. Those met meanwhile stay pending. */
  synchronized void aliasesBrought(int met) {
    aliasesBrought = Math.max(aliasesBrought, met);
  }

  /** Called by NodeTable only, which is the lock. */
  void addLink(Link added) {
    if (link() == null) {
      setLink(added);
    } else if (!link().equals(added)) {
      if (otherLinks == null) {
        otherLinks = new ArrayList<>(2);
      }
      if (!otherLinks.contains(added)) {
        otherLinks.add(added);
      }
    }
  }

  /** Called by NodeTable only, which is the lock. */
  void removeLink(Link removed) {
    if (removed.equals(link())) {
      setLink(otherLinks == null || otherLinks.isEmpty() ? null : otherLinks.remove(0));
    } else if (otherLinks != null) {
      otherLinks.remove(removed);
    }
  }

  /** Whether this is the last name that is known. Called under NodeTable. */
  boolean isOnlyLink(Link candidate) {
    return candidate.equals(link()) && (otherLinks == null || otherLinks.isEmpty());
  }

  /** All names that are known. Called under NodeTable. */
  List<Link> links() {
    List<Link> all = new ArrayList<>();
    if (link() != null) {
      all.add(link());
    }
    if (otherLinks != null) {
      all.addAll(otherLinks);
    }
    return all;
  }
}
