package org.stratafs.union;

import java.util.HashMap;
import java.util.Map;

/**
 * The nodeids that files had before {@link NodeTable} gave them another one, for as long as the
 * kernel has lookups of these (I7).
 *
 * <p>A nodeid through which the kernel reads a lower file by itself stays with that file, since all
 * opens of an inode use one backing file (I10). Once the data is in upper, opens are for the new
 * nodeid; a request about anything else means the same node by either. Guarded by NodeTable.
 */
final class FormerIds {
  private static final class Former {
    final FileNode node;
    long nlookup;

    Former(FileNode node, long nlookup) {
      this.node = node;
      this.nlookup = nlookup;
    }
  }

  private final Map<Long, Former> byId = new HashMap<>();

  /** The node that had this nodeid; null if none had, or the kernel has forgotten it. */
  FileNode node(long nodeid) {
    Former former = byId.get(nodeid);
    return former == null ? null : former.node;
  }

  /**
   * The nodeid a node has now is its nodeid no more; the lookups that were counted stay with it.
   */
  void add(FileNode node) {
    byId.put(node.nodeid, new Former(node, node.nlookup));
    node.countFormerIds(1);
  }

  /** Gives back lookups; the node that had the nodeid, null if none had. */
  FileNode forget(long nodeid, long lookups) {
    Former former = byId.get(nodeid);
    if (former == null) {
      return null;
    }
    assert former.nlookup >= lookups : "forget of more lookups than were counted (I7)";
    former.nlookup -= lookups;
    if (former.nlookup <= 0) {
      byId.remove(nodeid);
      former.node.countFormerIds(-1);
    }
    return former.node;
  }

  /** Those of one node. */
  long[] of(FileNode node) {
    long[] ids = new long[node.formerIds()];
    int count = 0;
    for (Map.Entry<Long, Former> entry : byId.entrySet()) {
      if (entry.getValue().node == node) {
        ids[count++] = entry.getKey();
      }
    }
    return ids;
  }

  void clear() {
    byId.clear();
  }
}
