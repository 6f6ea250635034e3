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

  /** Null for most files; made at most once, and not with {@link #extras()} for a mere look. */
  private volatile FileExtras extras;

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
    if (indexKey != null) {
      extras = new FileExtras(indexKey);
    }
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

  /** Makes them if there are none. */
  private synchronized FileExtras extras() {
    if (extras == null) {
      extras = new FileExtras(null);
    }
    return extras;
  }

  /** See {@link FileExtras#indexKey}. */
  String indexKey() {
    FileExtras has = extras;
    return has == null ? null : has.indexKey;
  }

  /**
   * Whether the upper inode is found in the index, whatever names it has; until it lost the last
   * one.
   */
  boolean isIndexed() {
    return indexKey() != null && isUpper() && pinned() == null;
  }

  /** See {@link FileExtras#upperIno}. */
  long upperIno() {
    FileExtras has = extras;
    return has == null ? 0 : has.upperIno;
  }

  /** Called by NodeTable only, which is the lock. */
  void setUpperIno(long ino) {
    extras().upperIno = ino;
  }

  /** Whether other names lead to the upper inode, or may. Under NodeTable or renameLock. */
  boolean hasSeveralNames() {
    return indexKey() != null || upperIno() != 0;
  }

  /** See {@link FileExtras#names}. */
  int names() {
    FileExtras has = extras;
    return has == null ? 0 : has.names;
  }

  void setNames(int names) {
    extras().names = names;
  }

  /** See {@link FileExtras#lowerNamesRemoved}. */
  int lowerNamesRemoved() {
    FileExtras has = extras;
    return has == null ? 0 : has.lowerNamesRemoved;
  }

  void setLowerNamesRemoved(int removed) {
    if (removed != lowerNamesRemoved()) {
      extras().lowerNamesRemoved = removed;
    }
  }

  /**
   * Whether a name may not be in upper, though the file is: it is brought there before a change.
   */
  boolean aliasesPending() {
    FileExtras has = extras;
    return has != null && has.aliasesMet != has.aliasesBrought;
  }

  int aliasesMet() {
    FileExtras has = extras;
    return has == null ? 0 : has.aliasesMet;
  }

  synchronized void meetAlias() {
    extras().aliasesMet++;
  }

  /** All names met until then are in upper. Those met meanwhile stay pending. */
  synchronized void aliasesBrought(int met) {
    FileExtras has = extras();
    has.aliasesBrought = Math.max(has.aliasesBrought, met);
  }

  /** See {@link FileExtras#lowerOpens}. Called by NodeTable only, which is the lock. */
  int lowerOpens() {
    FileExtras has = extras;
    return has == null ? 0 : has.lowerOpens;
  }

  /** Called by NodeTable only, which is the lock. */
  void countLowerOpens(int change) {
    extras().lowerOpens += change;
  }

  /** See {@link FileExtras#formerIds}. Called by NodeTable only, which is the lock. */
  int formerIds() {
    FileExtras has = extras;
    return has == null ? 0 : has.formerIds;
  }

  /** Called by NodeTable only, which is the lock. */
  void countFormerIds(int change) {
    extras().formerIds += change;
  }

  /** Called by NodeTable only, which is the lock. */
  void addLink(Link added) {
    if (link() == null) {
      setLink(added);
    } else if (!link().equals(added)) {
      List<Link> others = extras().otherLinks;
      if (!others.contains(added)) {
        others.add(added);
      }
    }
  }

  /** Called by NodeTable only, which is the lock. */
  void removeLink(Link removed) {
    FileExtras has = extras;
    if (removed.equals(link())) {
      setLink(has == null || has.otherLinks.isEmpty() ? null : has.otherLinks.remove(0));
    } else if (has != null) {
      has.otherLinks.remove(removed);
    }
  }

  /** Whether this is the last name that is known. Called under NodeTable. */
  boolean isOnlyLink(Link candidate) {
    FileExtras has = extras;
    return candidate.equals(link()) && (has == null || has.otherLinks.isEmpty());
  }

  /** All names that are known. Called under NodeTable. */
  List<Link> links() {
    List<Link> all = new ArrayList<>();
    if (link() != null) {
      all.add(link());
    }
    FileExtras has = extras;
    if (has != null) {
      all.addAll(has.otherLinks);
    }
    return all;
  }
}
