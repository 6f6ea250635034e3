package org.stratafs.fuse.libfuse;

import java.util.HashMap;
import java.util.Map;
import org.stratafs.fs.FileSystem;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

/**
 * The open files and directories, by the number that libfuse keeps for each, and the nodes they are
 * of, whose lookups they hold: an open node stays what it is when its name goes. Safe for any
 * thread; its lock is a leaf.
 */
final class OpenFiles {
  private final FileSystem fs;

  /** All guarded by this. */
  private final Map<Long, OpenFile> files = new HashMap<>();

  private final Map<Long, OpenNode> nodes = new HashMap<>();
  private final Map<String, OpenNode> hidden = new HashMap<>();
  private long last;

  OpenFiles(FileSystem fs) {
    this.fs = fs;
  }

  /** Takes a new handle of a place, and the place's lookup with it; the number for libfuse. */
  synchronized long add(Place place, long handle) {
    OpenNode node = nodes.computeIfAbsent(place.nodeid(), OpenNode::new);
    node.opens++;
    node.lookups += place.release();
    last++;
    files.put(last, new OpenFile(node, handle));
    return last;
  }

  /** EBADF for a number that stands for nothing. */
  synchronized OpenFile get(long number) {
    OpenFile file = files.get(number);
    if (file == null) {
      throw new FsException(Errno.EBADF);
    }
    return file;
  }

  /** The file is closed: the number is forgotten, and with the node's last open its lookups. */
  void remove(long number) {
    long lookups = 0;
    OpenFile file;
    synchronized (this) {
      file = files.remove(number);
      if (file == null) {
        throw new FsException(Errno.EBADF);
      }
      OpenNode node = file.node;
      node.opens--;
      if (node.opens == 0) {
        lookups = node.lookups;
        nodes.remove(node.nodeid);
        node.hiddenNames.forEach(hidden::remove);
      }
    }
    if (lookups > 0) {
      fs.forget(file.node.nodeid, lookups);
    }
  }

  /** The place, if open, can be found by that name from now on. */
  synchronized void hide(Place place, String name) {
    OpenNode node = nodes.get(place.nodeid());
    if (node != null) {
      node.lookups += place.release();
      node.hiddenNames.add(name);
      hidden.put(name, node);
    }
  }

  /** Whether a node is known to libfuse, under that number of its own, by a hidden name. */
  synchronized boolean isHidden(long nodeid, long libfuseId) {
    OpenNode node = nodes.get(nodeid);
    if (node == null || node.hiddenNames.isEmpty()) {
      return false;
    }
    String prefix = Paths.hiddenPrefix(libfuseId);
    for (String name : node.hiddenNames) {
      if (name.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }

  /** The nodeid that has been hidden by that name, 0 if none. */
  synchronized long hidden(String name) {
    OpenNode node = hidden.get(name);
    return node == null ? 0 : node.nodeid;
  }

  /** For tests: how many files are open. */
  synchronized int size() {
    return files.size();
  }
}
