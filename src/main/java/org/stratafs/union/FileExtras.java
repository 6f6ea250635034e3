package org.stratafs.union;

import java.util.ArrayList;
import java.util.List;

/** What few files have, apart from {@link FileNode} so that the others are small. */
final class FileExtras {
  /** Names besides {@link Node#link()}. Guarded by NodeTable. */
  final List<Link> otherLinks = new ArrayList<>(2);

  /**
   * The upper inode number under which NodeTable finds the node by any of its hard links, and by
   * which {@link Recheck} knows it again; 0 if it was not needed yet. Guarded by NodeTable.
   */
  long upperIno;

  /**
   * Under which name the index keeps the copy of a lower inode that has several names; null for a
   * file without, or where hard links are not kept.
   */
  final String indexKey;

  /** How many names an indexed copy has, in upper and in lowers together; see {@link HardLinks}. */
  volatile int names;

  /**
   * How many names of a lower hard link were removed before it was copied up. Guarded by renameLock
   * and dirLock of each.
   */
  volatile int lowerNamesRemoved;

  /** How often a name was met that is not in upper, though the file is. Guarded by the node. */
  volatile int aliasesMet;

  /** Up to which of these {@link CopyUp} has brought them there. Guarded by the node. */
  volatile int aliasesBrought;

  /**
   * How many descriptors are open through which the kernel may read the lower file by itself.
   * Guarded by NodeTable.
   */
  int lowerOpens;

  /** How many other nodeids the kernel still knows the node by. Guarded by NodeTable. */
  int formerIds;

  FileExtras(String indexKey) {
    this.indexKey = indexKey;
  }
}
