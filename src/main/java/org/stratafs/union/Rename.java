package org.stratafs.union;

import org.stratafs.fs.Caller;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.RenameFlags;
import org.stratafs.posix.Stat;

/**
 * Rename (linux fs/overlayfs/dir.c, ovl_rename). Both ends are brought to upper first; then the
 * step itself, with the whiteout it leaves, is one renameat2(2).
 */
final class Rename {
  private final Core core;
  private final Lookup lookup;
  private final Search search;
  private final Directories directories;
  private final Remove remove;
  private final CopyUp copyUp;
  private final Origins origins;
  private final Redirects redirects;

  Rename(
      Core core,
      Lookup lookup,
      Search search,
      Directories directories,
      Remove remove,
      CopyUp copyUp,
      Origins origins,
      Redirects redirects) {
    this.core = core;
    this.lookup = lookup;
    this.search = search;
    this.directories = directories;
    this.remove = remove;
    this.copyUp = copyUp;
    this.origins = origins;
    this.redirects = redirects;
  }

  /** One end of a rename, as it is found once renameLock is held. */
  private record End(DirectoryNode parent, String name, Node node, boolean inLower) {
    Link link() {
      return new Link(parent, name);
    }
  }

  void rename(
      Caller caller, long parentId, String name, long newParentId, String newName, int flags) {
    core.requireWritable();
    checkFlags(flags);
    Core.checkName(name);
    Core.checkName(newName);
    DirectoryNode parent = core.nodes.directory(parentId);
    DirectoryNode newParent = core.nodes.directory(newParentId);
    copyUp.ensureUpper(caller, parent, CopyUp.Data.ALL);
    copyUp.ensureUpper(caller, newParent, CopyUp.Data.ALL);
    boolean exchange = (flags & RenameFlags.EXCHANGE) != 0;
    while (true) {
      Node toCopy;
      core.locks.allNames.lock();
      try {
        toCopy = tryRename(parent, name, newParent, newName, flags, exchange);
      } finally {
        core.locks.allNames.unlock();
      }
      if (toCopy == null) {
        return;
      }
      // Data is never copied under renameLock: copy up, then look at everything again.
      try {
        CopyUp.Data data = needsCopyUp(toCopy) ? CopyUp.Data.METADATA : CopyUp.Data.ALL;
        copyUp.ensureUpper(caller, toCopy, data);
      } finally {
        core.nodes.settle(toCopy);
      }
    }
  }

  private static void checkFlags(int flags) {
    int known = RenameFlags.NOREPLACE | RenameFlags.EXCHANGE | RenameFlags.WHITEOUT;
    boolean exchange = (flags & RenameFlags.EXCHANGE) != 0;
    if ((flags & ~known) != 0 || (exchange && flags != RenameFlags.EXCHANGE)) {
      throw new FsException(Errno.EINVAL);
    }
  }

  /**
   * Renames, or returns the node that has to be copied up, or have its data, before. The caller
   * settles that one: one that nobody else counts on would be gone, with the names to be brought
   * into upper, and looked up anew without end.
   */
  private Node tryRename(
      DirectoryNode parent,
      String name,
      DirectoryNode newParent,
      String newName,
      int flags,
      boolean exchange) {
    Node source = lookup.nodeDirLocked(parent, name);
    if (source == null) {
      throw new FsException(Errno.ENOENT);
    }
    Node target = newParent.removed ? null : lookup.nodeDirLocked(newParent, newName);
    Node toCopy = null;
    try {
      checkEnds(newParent, source, target, flags, exchange);
      if (source == target) {
        return null; // two names of one file: rename(2) does nothing
      }
      toCopy = toCopyUp(source, target, exchange);
      if (toCopy != null) {
        return toCopy;
      }
      boolean staysInParent = parent == newParent;
      if (!redirectMetacopy(source, new Link(parent, name), staysInParent)) {
        toCopy = source;
        return toCopy;
      }
      if (exchange && !redirectMetacopy(target, new Link(newParent, newName), staysInParent)) {
        toCopy = target;
        return toCopy;
      }
      End from = new End(parent, name, source, search.isInLower(parent, name));
      boolean newInLower = search.isInLower(newParent, newName);
      End to = new End(newParent, newName, target, newInLower);
      if (exchange) {
        exchange(from, to);
      } else {
        move(from, to, flags);
      }
      parent.changes++;
      newParent.changes++;
      return null;
    } finally {
      if (source != toCopy) {
        core.nodes.settle(source);
      }
      if (target != null && target != toCopy) {
        core.nodes.settle(target);
      }
    }
  }

  /** The end that is not in upper under all its names, null for none. */
  private static Node toCopyUp(Node source, Node target, boolean exchange) {
    if (needsCopyUp(source)) {
      return source;
    }
    return exchange && needsCopyUp(target) ? target : null;
  }

  private boolean redirectMetacopy(Node node, Link link, boolean staysInParent) {
    return !(node instanceof FileNode file) || redirects.setOnMetacopy(file, link, staysInParent);
  }

  /** Whether the node is not in upper, or not under all names that are used of it. */
  private static boolean needsCopyUp(Node node) {
    return !node.isUpper() || (node instanceof FileNode file && file.aliasesPending());
  }

  private void checkEnds(
      DirectoryNode newParent, Node source, Node target, int flags, boolean exchange) {
    if (newParent.removed) {
      throw new FsException(Errno.ENOENT);
    }
    if (target == null && exchange) {
      throw new FsException(Errno.ENOENT);
    }
    if (target != null && (flags & RenameFlags.NOREPLACE) != 0) {
      throw new FsException(Errno.EEXIST);
    }
    checkNotBeneath(source, newParent);
    requireMovable(source);
    if (target == null) {
      return;
    }
    if (exchange) {
      requireMovable(target);
    } else if (target instanceof DirectoryNode directory) {
      if (!source.isDirectory()) {
        throw new FsException(Errno.EISDIR);
      }
      if (source != target && !directories.isEmptyDirLocked(directory)) {
        throw new FsException(Errno.ENOTEMPTY);
      }
    } else if (source.isDirectory()) {
      throw new FsException(Errno.ENOTDIR);
    }
  }

  /**
   * EINVAL for a directory moved beneath itself; the kernel checks too, but our tree must not
   * depend on it.
   */
  private static void checkNotBeneath(Node source, DirectoryNode newParent) {
    DirectoryNode node = newParent;
    while (node != source && node.link() != null) {
      node = node.link().parent();
    }
    if (node == source) {
      throw new FsException(Errno.EINVAL);
    }
  }

  /**
   * EXDEV for a directory that a lower contributes to where no redirect may be made: mv(1) then
   * copies, as on overlayfs with redirect_dir=off.
   */
  private void requireMovable(Node node) {
    if (node instanceof DirectoryNode directory && directory.hasLower() && !redirects.areMade()) {
      throw new FsException(Errno.EXDEV);
    }
  }

  private void exchange(End from, End to) {
    try (UpperDir fromDir = core.directories.upper(from.parent());
        UpperDir toDir = core.directories.upper(to.parent())) {
      prepare(from, fromDir, to, toDir);
      prepare(to, toDir, from, fromDir);
      fromDir.rename(from.name(), toDir, to.name(), RenameFlags.EXCHANGE);
    }
    core.nodes.unlinkForMove(from.node(), from.link());
    core.nodes.unlinkForMove(to.node(), to.link());
    core.nodes.link(from.node(), to.link());
    core.nodes.link(to.node(), from.link());
  }

  private void move(End from, End to, int flags) {
    try (UpperDir fromDir = core.directories.upper(from.parent());
        UpperDir toDir = core.directories.upper(to.parent())) {
      prepare(from, fromDir, to, toDir);
      Found at = search.find(to.parent(), to.name());
      at.closeOpened();
      if (to.node() != null && to.node().isUpper()) {
        pinTarget(to, toDir);
      }
      if (at.state == UpperEntry.WHITEOUT && from.node().isDirectory()) {
        if (!at.stat.isWhiteoutDevice()) {
          // An xattr whiteout is one in its own directory only: it must not get to the old name.
          core.stack.marks().replaceByWhiteout(toDir, to.name(), false);
          at = search.find(to.parent(), to.name());
          at.closeOpened();
        }
      }
      if (at.state == UpperEntry.WHITEOUT && from.node().isDirectory()) {
        swapWithWhiteout(from, fromDir, to, toDir, at.stat.isWhiteoutDevice());
      } else {
        int noReplace = at.state == UpperEntry.NONE ? flags & RenameFlags.NOREPLACE : 0;
        boolean overDirectory = to.node() instanceof DirectoryNode && to.node().isUpper();
        String cleared = overDirectory ? clearMarks(toDir, to.name()) : null;
        try {
          replace(from, fromDir, to, toDir, noReplace);
        } catch (FsException e) {
          if (cleared != null) {
            bringBack(cleared, toDir, to.name());
          }
          throw e;
        }
        if (cleared != null) {
          core.stack.work().discard(cleared);
        }
      }
      if (at.nameMark) {
        core.stack.marks().removeNameMark(toDir, to.name());
      }
    }
    if (to.node() != null) {
      if (to.node() instanceof DirectoryNode directory) {
        directory.removed = true;
        directory.changes++;
      }
      if (to.node() instanceof FileNode file) {
        remove.nameIsGone(file);
      }
      core.nodes.unlink(to.node(), to.link());
    }
    core.nodes.unlinkForMove(from.node(), from.link());
    core.nodes.link(from.node(), to.link());
  }

  private void replace(End from, UpperDir fromDir, End to, UpperDir toDir, int noReplace) {
    if (from.inLower()) {
      core.stack.marks().renameLeavingWhiteout(fromDir, from.name(), toDir, to.name(), noReplace);
    } else {
      fromDir.rename(from.name(), toDir, to.name(), noReplace);
    }
  }

  private void pinTarget(End to, UpperDir toDir) {
    if (to.node() instanceof FileNode file) {
      remove.pinBeforeLastUnlink(to.link(), file, toDir);
    } else {
      remove.pinDirectory((DirectoryNode) to.node());
    }
  }

  /**
   * Before the node of one end appears at the other: everything that makes it mean there what it
   * means here.
   */
  private void prepare(End from, UpperDir fromDir, End to, UpperDir toDir) {
    if (from.node() instanceof DirectoryNode directory) {
      if (directory.hasLower()) {
        if (!redirects.set(fromDir, from.link(), from.parent() == to.parent())) {
          throw new FsException(Errno.EXDEV);
        }
        origins.markImpureDirLocked(to.parent(), toDir);
      } else if (to.inLower()) {
        core.stack.marks().markOpaque(fromDir, from.name());
      }
    }
    if (Core.needsLiteralMark(to.name())) {
      core.stack.marks().markLiteral(fromDir, from.name());
    }
    if (from.node() instanceof FileNode file && to.parent() != from.parent()) {
      Stat stat = new Stat();
      if (!fromDir.stat(from.name(), stat)) {
        throw new FsException(Errno.ESTALE);
      }
      if (file.ino != core.inodeNumbers.compose(0, stat.ino) || file.lowerData() != null) {
        origins.markImpureDirLocked(to.parent(), toDir);
      }
    }
  }

  /**
   * A directory cannot replace the whiteout at its new name: the two change places, which leaves a
   * whiteout at the old name in the same step; it is removed where no lower has that name.
   */
  private void swapWithWhiteout(
      End from, UpperDir fromDir, End to, UpperDir toDir, boolean isDevice) {
    fromDir.rename(from.name(), toDir, to.name(), RenameFlags.EXCHANGE);
    if (from.inLower() && !isDevice) {
      core.stack.marks().replaceByWhiteout(fromDir, from.name(), false); // of this directory's form
    }
    if (!from.inLower()) {
      try {
        fromDir.unlink(from.name());
      } catch (FsException e) {
        // The rename is done. A whiteout over nothing hides nothing.
        core.log.warn(
            "a whiteout was left in upper: " + Names.display(from.name()) + ": " + e.getMessage());
      }
    }
  }

  /**
   * rename(2) replaces a directory only if it is empty on disk too: one that shows nothing but
   * holds marks is replaced by an empty opaque one first (ovl_clear_empty), which shows nothing
   * either.
   *
   * @return where the directory now is in workdir; null if it held no marks
   */
  private String clearMarks(UpperDir toDir, String name) {
    try (UpperDir target = toDir.child(name)) {
      if (target.names().isEmpty()) {
        return null;
      }
      Stat stat = new Stat();
      target.statSelf(stat);
      UpperDir work = core.stack.work().dir();
      String staged = core.stack.work().newName();
      work.mkdir(staged, 0700);
      boolean done = false;
      try {
        core.metadataCopier.copy(target, "", stat, work, staged, true);
        core.stack.marks().markOpaque(work, staged);
        work.rename(staged, toDir, name, RenameFlags.EXCHANGE);
        done = true;
        return staged;
      } finally {
        if (!done) {
          core.stack.work().discard(staged);
        }
      }
    }
  }

  /** Undoes {@link #clearMarks}: the node and its descriptors are those of the old directory. */
  private void bringBack(String cleared, UpperDir toDir, String name) {
    core.stack.work().dir().rename(cleared, toDir, name, RenameFlags.EXCHANGE);
    core.stack.work().discard(cleared);
  }
}
