package org.stratafs.union;

import org.stratafs.fs.Caller;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Stat;

/**
 * Taking names away (linux fs/overlayfs/dir.c, ovl_do_remove). A name that a lower has is replaced
 * by a whiteout in one atomic step; no data is ever copied for it.
 */
final class Remove {
  private final Core core;
  private final Lookup lookup;
  private final Search search;
  private final Directories directories;
  private final CopyUp copyUp;
  private final HardLinks hardLinks;

  Remove(
      Core core,
      Lookup lookup,
      Search search,
      Directories directories,
      CopyUp copyUp,
      HardLinks hardLinks) {
    this.core = core;
    this.lookup = lookup;
    this.search = search;
    this.directories = directories;
    this.copyUp = copyUp;
    this.hardLinks = hardLinks;
  }

  private enum Kind {
    FILE,
    DIRECTORY
  }

  void unlink(Caller caller, long parentId, String name) {
    remove(caller, parentId, name, Kind.FILE);
  }

  void rmdir(Caller caller, long parentId, String name) {
    remove(caller, parentId, name, Kind.DIRECTORY);
  }

  private void remove(Caller caller, long parentId, String name, Kind kind) {
    core.requireWritable();
    Core.checkName(name);
    DirectoryNode parent = core.nodes.directory(parentId);
    copyUp.ensureUpper(caller, parent, CopyUp.Data.ALL);
    core.locks.names.lock();
    try {
      parent.dirLock.lock();
      try {
        Node node = lookup.nodeDirLocked(parent, name);
        if (node == null) {
          throw new FsException(Errno.ENOENT);
        }
        try {
          removeDirLocked(parent, name, node, kind);
        } finally {
          core.nodes.settle(node);
        }
      } finally {
        parent.dirLock.unlock();
      }
    } finally {
      core.locks.names.unlock();
    }
  }

  private void removeDirLocked(DirectoryNode parent, String name, Node node, Kind kind) {
    Link link = new Link(parent, name);
    if (node instanceof DirectoryNode directory) {
      if (kind == Kind.FILE) {
        throw new FsException(Errno.EISDIR);
      }
      directory.dirLock.lock();
      try {
        if (!directories.isEmptyDirLocked(directory)) {
          throw new FsException(Errno.ENOTEMPTY);
        }
        removeDirectory(parent, name, directory);
        directory.removed = true;
        directory.changes++;
      } finally {
        directory.dirLock.unlock();
      }
    } else {
      if (kind == Kind.DIRECTORY) {
        throw new FsException(Errno.ENOTDIR);
      }
      removeOneName(link, (FileNode) node);
      return;
    }
    parent.changes++;
    core.nodes.unlink(node, link);
  }

  /** Of several names, which may be in other directories, one goes at a time. */
  private void removeOneName(Link link, FileNode node) {
    boolean several = core.nodes.hasSeveralNames(node);
    if (several) {
      core.locks.links.lock();
    }
    try {
      removeFile(link, node);
      link.parent().changes++;
      core.nodes.unlink(node, link);
    } finally {
      if (several) {
        core.locks.links.unlock();
      }
    }
  }

  private void removeFile(Link link, FileNode node) {
    String name = link.name();
    try (UpperDir upper = core.directories.upper(link.parent())) {
      if (!node.isUpper()) {
        core.stack.marks().makeWhiteout(upper, name);
        nameIsGone(node);
        return;
      }
      if (node.isIndexed()) {
        removeIndexed(link, node, upper);
        return;
      }
      pinBeforeLastUnlink(link, node, upper);
      if (search.isInLower(link.parent(), name)) {
        core.stack.marks().replaceByWhiteout(upper, name, false);
      } else {
        upper.unlink(name);
      }
    }
  }

  /** A name of a copied-up hard link, which may be in upper, in a lower, or both. */
  private void removeIndexed(Link link, FileNode node, UpperDir upper) {
    String name = link.name();
    boolean inLower = search.isInLower(link.parent(), name);
    pinBeforeLastUnlink(link, node, upper);
    if (!upper.stat(name, new Stat())) {
      core.stack.marks().makeWhiteout(upper, name);
    } else if (inLower) {
      core.stack.marks().replaceByWhiteout(upper, name, false);
    } else {
      upper.unlink(name);
    }
    nameIsGone(node);
  }

  /**
   * A node about to lose its last known name takes a descriptor, by which open descriptors of
   * programs go on to reach it.
   */
  void pinBeforeLastUnlink(Link link, FileNode node, UpperDir upper) {
    if (node.indexKey() != null && node.pinned() == null) {
      if (node.names() <= 1) {
        node.pin(hardLinks.on(node, UpperDir::pin));
      }
    } else if (node.pinned() == null && core.nodes.isOnlyLink(node, link)) {
      node.pin(upper.pin(link.name()));
    }
  }

  /** One of the file's names was removed or replaced: keeps count. */
  void nameIsGone(FileNode node) {
    if (node.indexKey() == null) {
      return;
    }
    if (node.isUpper()) {
      hardLinks.count(node, -1);
    } else {
      hardLinks.countRemovedInLower(node);
    }
  }

  private void removeDirectory(DirectoryNode parent, String name, DirectoryNode node) {
    try (UpperDir upper = core.directories.upper(parent)) {
      if (!node.isUpper()) {
        core.stack.marks().makeWhiteout(upper, name);
        return;
      }
      pinDirectory(node);
      if (node.hasLower() || search.isInLower(parent, name)) {
        core.stack.marks().replaceByWhiteout(upper, name, true);
      } else {
        removeUpperDirectory(upper, name);
      }
    }
  }

  /** A directory about to go stays reachable for those that are in it. */
  void pinDirectory(DirectoryNode node) {
    if (node.pinned() == null) {
      node.pin(core.directories.upper(node));
    }
  }

  /** Removes an upper directory that shows no entry but may hold marks. */
  private void removeUpperDirectory(UpperDir upper, String name) {
    try {
      upper.rmdir(name);
    } catch (FsException e) {
      if (e.errno() != Errno.ENOTEMPTY && e.errno() != Errno.EEXIST) {
        throw e;
      }
      String staged = core.stack.work().newName();
      upper.rename(name, core.stack.work().dir(), staged, 0);
      core.stack.work().discard(staged);
    }
  }
}
