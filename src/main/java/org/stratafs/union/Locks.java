package org.stratafs.union;

import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The locks over names: renameLock, and a node's place (the directory that names it) held still.
 */
final class Locks {
  private final ReentrantReadWriteLock renameLock = new ReentrantReadWriteLock();

  /** Shared: names and parents of directories stay as they are. */
  final RankedLock names = new RankedLock(RankedLock.Rank.RENAME, renameLock.readLock());

  /** Exclusive: nobody else uses any name. */
  final RankedLock allNames = new RankedLock(RankedLock.Rank.RENAME, renameLock.writeLock());

  /**
   * Locks the directory that names the node and returns the name, or returns null, with nothing
   * locked, for a node without a name. The caller holds renameLock shared, and unlocks {@code
   * link.parent().dirLock}.
   */
  static Link lockPlaceRenameLocked(Node node) {
    for (Link link = node.link(); link != null; link = node.link()) {
      link.parent().dirLock.lock();
      // Look again: an unlink of this name may have been faster, and another hard link may be left.
      if (link.equals(node.link())) {
        return link;
      }
      link.parent().dirLock.unlock();
    }
    return null;
  }
}
