package org.stratafs.union;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The locks over names: renameLock, and a node's place (the directory that names it) held still;
 * and where the locks of nodes come from.
 */
final class Locks {
  /** Shared: names and parents of directories stay as they are. */
  final RankedLock names;

  /** Exclusive: nobody else uses any name. */
  final RankedLock allNames;

  /**
   * How many names an inode with several has, and which node is its: names in different directories
   * may be looked up and removed at once.
   */
  final RankedLock links;

  private final LockSource source;

  Locks(LockSource source) {
    this.source = source;
    ReadWriteLock renameLock = source.readWriteLock();
    names = new RankedLock(RankedLock.Rank.RENAME, renameLock.readLock());
    allNames = new RankedLock(RankedLock.Rank.RENAME, renameLock.writeLock());
    links = make(RankedLock.Rank.LINKS);
  }

  /** A lock for a new node. */
  RankedLock make(RankedLock.Rank rank) {
    return new RankedLock(rank, source.lock());
  }

  /** Those of the JDK. */
  static final class Jdk implements LockSource {
    @Override
    public Lock lock() {
      return new ReentrantLock();
    }

    @Override
    public ReadWriteLock readWriteLock() {
      return new ReentrantReadWriteLock();
    }
  }

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
