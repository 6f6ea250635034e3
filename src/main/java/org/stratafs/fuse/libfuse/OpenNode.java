package org.stratafs.fuse.libfuse;

import java.util.ArrayList;
import java.util.List;

/** A node that is open, and the lookups that its opens hold. Guarded by {@link OpenFiles}. */
final class OpenNode {
  final long nodeid;

  /** Lookups to be given back with the last open. */
  long lookups;

  int opens;

  /** The names libfuse has for it though it has none any more. */
  final List<String> hiddenNames = new ArrayList<>(0);

  OpenNode(long nodeid) {
    this.nodeid = nodeid;
  }
}
