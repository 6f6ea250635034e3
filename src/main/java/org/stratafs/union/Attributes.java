package org.stratafs.union;

import org.stratafs.fs.SetAttr;
import org.stratafs.layer.LowerDir;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/** Attributes of nodes: read where the node is, changed in upper (linux fs/overlayfs/inode.c). */
final class Attributes {
  private final Core core;
  private final Places places;
  private final Recheck recheck;

  Attributes(Core core, Places places, Recheck recheck) {
    this.core = core;
    this.places = places;
    this.recheck = recheck;
  }

  /**
   * Fills the attributes a program sees. One statx(2) where the directory's descriptor is cached.
   * ESTALE if it vanished.
   */
  void stat(Node node, Stat out) {
    core.locks.names.lock();
    try {
      Link link;
      do {
        link = needsPlace(node) ? Locks.lockPlaceRenameLocked(node) : null;
      } while (link != null && !statOrForgetLocked(node, link, out));
      if (link == null) {
        statUnnamed(node, out);
      }
    } finally {
      core.locks.names.unlock();
    }
  }

  /**
   * The attributes by one of the names, whose directory is unlocked then. False if that name, of
   * several, is gone behind the mount: it is forgotten.
   */
  private boolean statOrForgetLocked(Node node, Link link, Stat out) {
    try {
      statNameDirLocked(node, link.parent(), link.name(), out);
      return true;
    } catch (FsException e) {
      if (e.errno() != Errno.ESTALE || core.nodes.isOnlyLink((FileNode) node, link)) {
        throw e;
      }
      core.nodes.unlink(node, link);
      return false;
    } finally {
      link.parent().dirLock.unlock();
    }
  }

  /**
   * Like {@link #stat}, for a node found under this name in a directory whose dirLock (or
   * renameLock exclusively) is held.
   */
  void statNameDirLocked(Node node, DirectoryNode parent, String name, Stat out) {
    if (!needsPlace(node)) {
      statUnnamed(node, out);
      return;
    }
    try (UpperDir directory = core.directories.upper(parent)) {
      if (!directory.stat(name, out) || Mode.type(out.mode) != node.type()) {
        throw new FsException(Errno.ESTALE); // changed behind the mount
      }
      if (core.options.looksAgain() && !core.nodes.isUpperInode((FileNode) node, out.ino)) {
        throw new FsException(Errno.ESTALE);
      }
    }
    present(node, out);
  }

  /** Turns the attributes of the real inode into those of the node. */
  void present(Node node, Stat out) {
    out.ino = node.ino;
    if (node instanceof FileNode file) {
      LowerFile data = file.lowerData();
      if (data != null) {
        out.blocks = data.blocks(); // as overlayfs (fs/overlayfs/inode.c, ovl_getattr)
      }
    }
    if (node instanceof DirectoryNode directory) {
      if (directory.removed) {
        out.nlink = 0;
      } else if (directory.isMerged() || core.options.staticNlink()) {
        // As overlayfs: the links of a merged directory cannot be counted, and 1 tells find(1) so
        // (fs/overlayfs/inode.c).
        out.nlink = 1;
      }
    } else if (node instanceof FileNode file && file.isIndexed()) {
      out.nlink = file.names(); // on disk the index's name counts, and those in lowers do not
    } else if (!node.isUpper()) {
      // Names removed through the mount; the lower file still has them.
      out.nlink =
          node.link() == null ? 0 : Math.max(1, out.nlink - ((FileNode) node).lowerNamesRemoved());
    }
  }

  /**
   * A named upper file is reached through the directory that names it; everything else has a
   * descriptor or a lower of its own.
   */
  private static boolean needsPlace(Node node) {
    return node instanceof FileNode file
        && file.isUpper()
        && file.pinned() == null
        && !file.isIndexed();
  }

  private void statUnnamed(Node node, Stat out) {
    if (node instanceof DirectoryNode directory) {
      if (directory.isUpper()) {
        try (UpperDir upper = core.directories.upper(directory)) {
          upper.statSelf(out);
        }
      } else {
        try (LowerDir lower = core.directories.lower(directory, 0)) {
          lower.statSelf(out);
        }
      }
    } else if (node instanceof FileNode file && file.isIndexed()) {
      places.onUpperNamesLocked(file, (links, key) -> links.stat(key, out) ? out : stale());
    } else if (node.isUpper()) {
      UpperDir pinned = node.pinned();
      if (pinned == null || !pinned.tryAcquire()) {
        throw new FsException(Errno.ESTALE);
      }
      try (UpperDir inode = pinned) {
        inode.statSelf(out);
      }
    } else {
      FileNode file = (FileNode) node;
      try (LowerDir directory = core.directories.lower(file.lowerParent, file.lowerIndex)) {
        if (!directory.stat(file.lowerName, out) || Mode.type(out.mode) != node.type()) {
          throw new FsException(Errno.ESTALE); // changed behind the mount
        }
        if (core.options.looksAgain() && !recheck.isLowerInode(file, out)) {
          throw new FsException(Errno.ESTALE);
        }
      }
    }
    present(node, out);
  }

  private static Stat stale() {
    throw new FsException(Errno.ESTALE);
  }

  /** FileSystem.setattr; the node has been copied up as far as the change needs. */
  void change(Node node, SetAttr change, FileHandle handle, Stat out) {
    if (change.setSize) {
      truncate(node, change.size, handle);
    }
    if (change.setUid || change.setGid || change.setMode || change.setAtime || change.setMtime) {
      places.onUpper(
          node,
          new Places.UpperAction<Void>() {
            @Override
            public Void apply(UpperDir directory, String name) {
              Attributes.apply(directory, name, change);
              return null;
            }
          });
    }
    // After the owner, whose change clears them as well: if it fails, they are still there.
    if (change.killSuidGid && !change.setMode) {
      clearPrivileges(node);
    }
    stat(node, out);
  }

  /**
   * Owner first, since chown(2) clears suid and sgid; times last, since nothing after them may move
   * them.
   */
  private static void apply(UpperDir directory, String name, SetAttr change) {
    if (change.setUid || change.setGid) {
      directory.chown(name, change.setUid ? change.uid : -1, change.setGid ? change.gid : -1);
    }
    if (change.setMode) {
      directory.chmod(name, change.mode & Mode.PERMISSIONS);
    }
    if (change.setAtime || change.setMtime) {
      directory.utimens(
          name,
          change.atimeSec,
          nanoseconds(change.setAtime, change.atimeNow, change.atimeNsec),
          change.mtimeSec,
          nanoseconds(change.setMtime, change.mtimeNow, change.mtimeNsec));
    }
  }

  private static int nanoseconds(boolean set, boolean now, int value) {
    if (!set) {
      return Syscalls.UTIME_OMIT;
    }
    return now ? Syscalls.UTIME_NOW : value;
  }

  private void truncate(Node node, long size, FileHandle handle) {
    if (node.isDirectory()) {
      throw new FsException(Errno.EISDIR);
    }
    if (handle != null && handle.isWritable()) {
      core.sys.ftruncate(handle.fd(), size);
      return;
    }
    int fd = places.openUpper(node, OpenFlags.O_WRONLY);
    try {
      core.sys.ftruncate(fd, size);
    } finally {
      core.sys.close(fd);
    }
  }

  /**
   * Clears suid, and sgid where the group may execute, as writing does (linux fs/attr.c,
   * setattr_should_drop_suidgid). The file system below drops security.capability by itself when
   * the data changes. The kernel, whose request was none about the mode, is told: it would go on to
   * execute the file with the privileges it remembers.
   */
  void clearPrivileges(Node node) {
    Stat stat = new Stat();
    boolean cleared =
        places.onUpper(
            node,
            new Places.UpperAction<Boolean>() {
              @Override
              public Boolean apply(UpperDir directory, String name) {
                Places.stat(directory, name, stat);
                int kept = withoutPrivileges(stat.mode);
                boolean changes = stat.isRegular() && kept != stat.mode;
                if (changes) {
                  directory.chmod(name, kept & Mode.PERMISSIONS);
                }
                return changes;
              }
            });
    if (cleared) {
      core.attributesChanged(node);
    }
  }

  private static int withoutPrivileges(int mode) {
    int kept = mode & ~Mode.S_ISUID;
    return (mode & Mode.S_IXGRP) != 0 ? kept & ~Mode.S_ISGID : kept;
  }
}
