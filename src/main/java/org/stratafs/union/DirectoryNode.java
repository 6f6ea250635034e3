package org.stratafs.union;

import org.stratafs.layer.Marks;
import org.stratafs.posix.Mode;

/** A merged directory: an upper directory, lower directories, or both, shown as one. */
final class DirectoryNode extends Node {
  /**
   * Guards the names in this directory: those on disk, {@link #changes}, and which node a name
   * leads to.
   */
  final RankedLock dirLock;

  /** The lower directories that show through, topmost first. Immutable. */
  final LowerPath[] lowers;

  /**
   * Upper's entries may be whiteouts in xattr form. Immutable: it is read from disk and never
   * written.
   */
  final Marks.Opacity upperOpacity;

  /**
   * Counts changes of names, so that a listing knows whether it is still true. Guarded by dirLock.
   */
  long changes;

  /**
   * Removed by rmdir or rename-over: it has no entries and takes none. Guarded by dirLock or
   * renameLock exclusive.
   */
  boolean removed;

  /**
   * Whether upper says that children have st_inos other than their own; null: not looked yet.
   * Guarded by dirLock.
   */
  Boolean impure;

  /** What is being read; null when nobody does. Guarded by dirLock. */
  Listing listing;

  /** The names in the lowers, once they are known; written by KnownNames. */
  volatile LowerNames lowerNames;

  /** How often a name was searched for while {@link #lowerNames} were not known. A hint. */
  int searches;

  /**
   * Whether upper may hold {@code .wh.NAME} marks that were there before the mount. It cannot where
   * it was seen without, or was made by a copy-up.
   */
  volatile boolean mayHaveMarks = true;

  /**
   * The default ACL that children inherit, and whether that has been looked up. Guarded by dirLock.
   */
  DefaultAcl defaultAcl;

  /** Children that have a node. Guarded by NodeTable. */
  private Children children;

  /**
   * Open descriptors: 0 upper, i + 1 lower i; null entries are closed. Guarded by DirectoryCache.
   */
  final DirectoryCache.Slot[] slots;

  DirectoryNode(
      Locks locks,
      long nodeid,
      long ino,
      boolean upper,
      Marks.Opacity upperOpacity,
      LowerPath[] lowers) {
    super(nodeid, Mode.S_IFDIR, ino, upper);
    this.dirLock = locks.make(RankedLock.Rank.DIRECTORY);
    this.upperOpacity = upperOpacity;
    this.lowers = lowers;
    this.slots = new DirectoryCache.Slot[lowers.length + 1];
  }

  /** More than one directory contributes. */
  boolean isMerged() {
    return lowers.length + (isUpper() ? 1 : 0) > 1;
  }

  boolean hasLower() {
    return lowers.length > 0;
  }

  // The three below are called by NodeTable only, which is the lock.

  Node child(String name) {
    return children == null ? null : children.get(name);
  }

  void putChild(String name, Node node) {
    if (children == null) {
      children = new Children();
    }
    children.put(name, node);
  }

  boolean removeChild(String name, Node node) {
    return children != null && children.remove(name, node);
  }

  boolean hasChildren() {
    return children != null && !children.isEmpty();
  }

  /** What is known of a directory's default ACL: the value, null for none. */
  static final class DefaultAcl {
    private final byte[] value;

    DefaultAcl(byte[] value) {
      this.value = value;
    }

    byte[] value() {
      return value;
    }
  }
}
