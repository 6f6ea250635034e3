package org.stratafs.union;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.stratafs.fs.FileSystem;
import org.stratafs.layer.LayerDir;
import org.stratafs.layer.LayerStack;
import org.stratafs.layer.LowerDir;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

/**
 * Keeps a bounded number of layer directories open, so that a lookup costs one system call relative
 * to a descriptor and never walks a path.
 *
 * <p>A descriptor belongs to a directory node, not to a path: it stays right when the directory is
 * renamed. Second-chance replacement. The monitor is a leaf lock; files are opened outside it. What
 * a method returns carries a reference that the caller closes.
 */
final class DirectoryCache {
  private final LayerStack stack;
  private final Slot[] ring;
  private int hand;

  /** One open directory of a node. */
  static final class Slot {
    private final LayerDir directory;
    private final DirectoryNode node;
    private final int index;
    private int position;
    private boolean used;

    private Slot(LayerDir directory, DirectoryNode node, int index) {
      this.directory = directory;
      this.node = node;
      this.index = index;
    }
  }

  DirectoryCache(LayerStack stack, int capacity) {
    this.stack = stack;
    this.ring = new Slot[Math.max(16, capacity)];
  }

  /**
   * The node's upper directory. The caller holds renameLock, so that the path to it stands still.
   *
   * @throws FsException ENOENT if it has been removed, ESTALE if it vanished behind the mount
   */
  UpperDir upper(DirectoryNode node) {
    UpperDir pinned = node.pinned();
    if (pinned != null && pinned.tryAcquire()) {
      return pinned;
    }
    LayerDir cached = cached(node, 0);
    return cached != null ? (UpperDir) cached : (UpperDir) insert(node, 0, openUpper(node));
  }

  /** The node's i-th lower directory. Needs no lock: lowers stay where they are. */
  LowerDir lower(DirectoryNode node, int i) {
    LayerDir cached = cached(node, i + 1);
    if (cached != null) {
      return (LowerDir) cached;
    }
    LowerPath path = node.lowers[i];
    return (LowerDir) insert(node, i + 1, path.layer().openDirectory(path.path()));
  }

  /** Takes over a directory that a lookup opened anyway. */
  void offer(DirectoryNode node, int index, LayerDir directory) {
    insert(node, index, directory).close();
  }

  /** Takes over a directory that was opened just now, in the place of one that may be gone. */
  synchronized void replace(DirectoryNode node, int index, LayerDir directory) {
    Slot old = node.slots[index];
    if (old != null) {
      remove(old);
    }
    insert(node, index, directory).close();
  }

  /** Closes everything. */
  synchronized void clear() {
    for (Slot slot : ring) {
      if (slot != null) {
        remove(slot);
      }
    }
  }

  /** The node is gone: closes what is open of it. */
  synchronized void drop(DirectoryNode node) {
    for (Slot slot : node.slots) {
      if (slot != null) {
        remove(slot);
      }
    }
  }

  private UpperDir openUpper(DirectoryNode node) {
    Link link = node.link();
    if (link == null) {
      if (node.nodeid != FileSystem.ROOT) {
        throw new FsException(Errno.ENOENT);
      }
      return stack.upper().openDirectory("");
    }
    try {
      LayerDir parent = cached(link.parent(), 0);
      if (parent != null) {
        try (UpperDir directory = (UpperDir) parent) {
          return directory.child(link.name());
        }
      }
      return stack.upper().openDirectory(upperPath(link));
    } catch (FsException e) {
      throw Errno.isAbsent(e.errno()) ? new FsException(Errno.ESTALE) : e;
    }
  }

  /** ESTALE beneath a directory that has lost its name, since the path would lead elsewhere. */
  private static String upperPath(Link last) {
    List<String> names = new ArrayList<>();
    DirectoryNode top = last.parent();
    for (Link link = last; link != null; link = link.parent().link()) {
      names.add(link.name());
      top = link.parent();
    }
    if (top.nodeid != FileSystem.ROOT) {
      throw new FsException(Errno.ESTALE);
    }
    Collections.reverse(names);
    return String.join("/", names);
  }

  private synchronized LayerDir cached(DirectoryNode node, int index) {
    Slot slot = node.slots[index];
    if (slot == null || !slot.directory.tryAcquire()) {
      return null;
    }
    slot.used = true;
    return slot.directory;
  }

  /**
   * Keeps the directory for the node unless another thread was faster; returns the one kept, with a
   * reference added.
   */
  private synchronized LayerDir insert(DirectoryNode node, int index, LayerDir opened) {
    Slot existing = node.slots[index];
    if (existing != null && existing.directory.tryAcquire()) {
      opened.close();
      return existing.directory;
    }
    Slot slot = new Slot(opened, node, index);
    slot.position = freePosition();
    ring[slot.position] = slot;
    node.slots[index] = slot;
    slot.directory.tryAcquire();
    return slot.directory;
  }

  private int freePosition() {
    while (true) {
      hand = hand + 1 == ring.length ? 0 : hand + 1;
      Slot slot = ring[hand];
      if (slot == null) {
        return hand;
      }
      if (slot.used) {
        slot.used = false;
      } else {
        remove(slot);
        return hand;
      }
    }
  }

  private void remove(Slot slot) {
    ring[slot.position] = null;
    slot.node.slots[slot.index] = null;
    slot.directory.close();
  }
}
