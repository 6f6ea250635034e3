package org.stratafs.union;

import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Stat;

/**
 * Where the upper inode of a node is to be found: by (directory, name), or by its own descriptor
 * and the empty name.
 */
final class Places {
  private final Core core;
  private final HardLinks hardLinks;

  Places(Core core, HardLinks hardLinks) {
    this.core = core;
    this.hardLinks = hardLinks;
  }

  /** A step on an upper inode. What every build step runs is a class: see LayerDir.names. */
  @FunctionalInterface
  interface UpperAction<T> {
    /**
     * Does the step.
     *
     * @param name in the directory; empty for what {@code directory} itself stands for, which then
     *     need not be a directory
     */
    T apply(UpperDir directory, String name);
  }

  /**
   * The attributes of what an {@link UpperAction} was given; ESTALE if it vanished behind the
   * mount.
   */
  static void stat(UpperDir directory, String name, Stat out) {
    if (name.isEmpty()) {
      directory.statSelf(out);
    } else if (!directory.stat(name, out)) {
      throw new FsException(Errno.ESTALE);
    }
  }

  /** Opens the upper inode of a node; {@code flags} as for openat(2). */
  int openUpper(Node node, int flags) {
    return onUpper(
        node,
        new UpperAction<Integer>() {
          @Override
          public Integer apply(UpperDir directory, String name) {
            return directory.openFile(name, flags);
          }
        });
  }

  /** Runs a step on the upper inode of a node while its place stands still. The node is upper. */
  <T> T onUpper(Node node, UpperAction<T> action) {
    core.locks.names.lock();
    try {
      return onUpperNamesLocked(node, action);
    } finally {
      core.locks.names.unlock();
    }
  }

  /**
   * Like {@link #onUpper} for a caller that holds renameLock, but not the lock of the directory
   * that names the node.
   */
  <T> T onUpperNamesLocked(Node node, UpperAction<T> action) {
    if (node instanceof DirectoryNode directory) {
      directory.dirLock.lock();
      try (UpperDir upper = core.directories.upper(directory)) {
        return action.apply(upper, "");
      } finally {
        directory.dirLock.unlock();
      }
    }
    if (node instanceof FileNode file && file.isIndexed()) {
      return hardLinks.on(file, action);
    }
    Link link = Locks.lockPlaceRenameLocked(node);
    if (link == null) {
      return onPinned(node, action);
    }
    try (UpperDir directory = core.directories.upper(link.parent())) {
      return action.apply(directory, link.name());
    } finally {
      link.parent().dirLock.unlock();
    }
  }

  private static <T> T onPinned(Node node, UpperAction<T> action) {
    UpperDir pinned = node.pinned();
    if (pinned == null || !pinned.tryAcquire()) {
      throw new FsException(Errno.ESTALE);
    }
    try (UpperDir inode = pinned) {
      return action.apply(inode, "");
    }
  }
}
