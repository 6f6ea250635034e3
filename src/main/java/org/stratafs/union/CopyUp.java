package org.stratafs.union;

import java.util.ArrayDeque;
import java.util.Deque;
import org.stratafs.fs.Caller;
import org.stratafs.layer.LowerDir;
import org.stratafs.layer.MetacopyPolicy;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.RenameFlags;
import org.stratafs.posix.Stat;

/**
 * Copy-up: makes a node upper, with all its ancestors, before it is changed (linux
 * fs/overlayfs/copy_up.c).
 *
 * <p>What is copied is staged in workdir, complete with xattrs, owner, mode and times, and
 * published by one rename, so that a name in upper is always complete (I4). Only the node's
 * copyUpLock is held while data is copied.
 */
final class CopyUp {
  /** How much of a regular file's data the change needs. */
  enum Data {
    ALL,
    /** The change leaves the data alone: it may stay where it is. */
    METADATA,
    /** The change truncates the file to nothing anyway. */
    NONE
  }

  private final Core core;
  private final Origins origins;
  private final HardLinks hardLinks;
  private final DataCopyUp dataCopyUp;

  CopyUp(Core core, Places places, Origins origins, HardLinks hardLinks) {
    this.core = core;
    this.hardLinks = hardLinks;
    this.origins = origins;
    this.dataCopyUp = new DataCopyUp(core, places);
  }

  /**
   * Makes sure that the node and its ancestors are in upper. No lock of this package may be held.
   *
   * @throws FsException EROFS without upper, EINTR if the caller was interrupted, or what reading
   *     the lower or writing upper says; then nothing changed but for ancestors that are in upper
   *     now, which nobody sees
   */
  void ensureUpper(Caller caller, Node node, Data data) {
    if (!node.isUpper()) {
      core.requireWritable();
      for (Node next : notUpperTopDown(node)) {
        RankedLock lock = next.copyUpLock(core.locks);
        lock.lock();
        try {
          if (!next.isUpper()) {
            copyUpLocked(caller, next, data);
          }
        } finally {
          lock.unlock();
        }
        attributesChanged(next);
      }
    }
    if (node instanceof FileNode file) {
      if (file.aliasesPending()) {
        bringAliases(caller, file);
      }
      if (data != Data.METADATA && !file.hasUpperData()) {
        dataCopyUp.ensureUpperData(caller, file, data);
      }
    }
  }

  /**
   * Keeps the data of a metacopy from being copied while its attributes are changed, since that
   * puts those back which writing the data changes. No lock of this package may be held.
   *
   * @return to be unlocked after the change; null for a node whose data is in its place
   */
  RankedLock lockMetacopy(Node node) {
    if (!(node instanceof FileNode file) || file.lowerData() == null) {
      return null;
    }
    RankedLock lock = file.copyUpLock(core.locks);
    lock.lock();
    if (file.lowerData() != null) {
      return lock;
    }
    lock.unlock();
    return null;
  }

  /**
   * A copy-up changes ctime and st_blocks, and a directory's st_nlink and st_size, without a
   * request that would tell the kernel; tar(1), for one, takes a late change for one made while it
   * reads.
   */
  private void attributesChanged(Node node) {
    core.attributesChanged(node);
    Link link = node.link();
    if (link != null) {
      core.notifications.attributesChanged(link.parent().nodeid);
    }
  }

  /**
   * Gives a copied-up file those of its lower names in upper that programs have used (ovl_link_up).
   */
  private void bringAliases(Caller caller, FileNode node) {
    int met = node.aliasesMet();
    for (Link link : core.nodes.links(node)) {
      ensureUpper(caller, link.parent(), Data.ALL);
      bringAlias(node, link);
      core.notifications.attributesChanged(link.parent().nodeid);
    }
    node.aliasesBrought(met);
  }

  private void bringAlias(FileNode node, Link link) {
    DirectoryNode parent = link.parent();
    core.locks.names.lock();
    try {
      parent.dirLock.lock();
      try (UpperDir directory = core.directories.upper(parent)) {
        boolean stillNamed = core.nodes.child(parent, link.name()) == node;
        if (!stillNamed || !node.isIndexed() || directory.stat(link.name(), new Stat())) {
          return;
        }
        Stat before = new Stat();
        directory.statSelf(before);
        origins.markImpureDirLocked(parent, directory);
        hardLinks.on(
            node,
            new Places.UpperAction<Void>() {
              @Override
              public Void apply(UpperDir links, String key) {
                if (Core.needsLiteralMark(link.name())) {
                  core.stack.marks().markLiteral(links, key);
                }
                links.linkTo(key, directory, link.name());
                return null;
              }
            });
        parent.changes++;
        restoreTimes(directory, before);
      } finally {
        parent.dirLock.unlock();
      }
    } finally {
      core.locks.names.unlock();
    }
  }

  private Deque<Node> notUpperTopDown(Node node) {
    Deque<Node> path = new ArrayDeque<>();
    core.locks.names.lock();
    try {
      Node next = node;
      while (!next.isUpper()) {
        path.push(next);
        Link link = next.link();
        if (link == null) {
          break;
        }
        next = link.parent();
      }
    } finally {
      core.locks.names.unlock();
    }
    return path;
  }

  private void copyUpLocked(Caller caller, Node node, Data data) {
    String staged = core.stack.work().newName();
    boolean published = false;
    try {
      Staged copy = null;
      if (node instanceof DirectoryNode directory) {
        stageDirectory(directory, staged);
      } else {
        copy = stageFile(caller, (FileNode) node, staged, data);
      }
      publish(node, staged, copy);
      published = true;
    } catch (FsException e) {
      if (e.errno() == Errno.EPERM) {
        complainForbidden(node);
      }
      throw e;
    } finally {
      if (!published) {
        core.stack.work().discard(staged);
        if (node instanceof FileNode file && file.indexKey() != null) {
          hardLinks.drop(file.indexKey());
        }
      }
    }
  }

  /** The program sees EPERM only, as if it were about its own rights. */
  private void complainForbidden(Node node) {
    core.locks.names.lock();
    try {
      core.complaints.forbidden(node);
    } finally {
      core.locks.names.unlock();
    }
  }

  private void stageDirectory(DirectoryNode node, String staged) {
    UpperDir work = core.stack.work().dir();
    Stat stat = new Stat();
    try (LowerDir from = core.directories.lower(node, 0)) {
      from.statSelf(stat);
      work.mkdir(staged, 0700);
      core.metadataCopier.copy(from, "", stat, work, staged, true);
    }
  }

  /**
   * What was staged of a file.
   *
   * @param names st_nlink of the lower file
   * @param lowerData where the data was left; null if all is staged
   */
  private record Staged(int names, LowerFile lowerData) {}

  private Staged stageFile(Caller caller, FileNode node, String staged, Data data) {
    LowerFile lowerData = null;
    UpperDir work = core.stack.work().dir();
    Stat stat = new Stat();
    try (LowerDir from = core.directories.lower(node.lowerParent, node.lowerIndex)) {
      String name = node.lowerName;
      if (!from.stat(name, stat) || Mode.type(stat.mode) != node.type()) {
        throw new FsException(Errno.ESTALE); // changed behind the mount
      }
      switch (node.type()) {
        case Mode.S_IFREG -> lowerData = stageRegular(caller, node, from, stat, staged, data);
        case Mode.S_IFLNK -> {
          work.symlink(from.readlink(name), staged);
          finish(node, from, stat, staged);
        }
        default -> {
          work.mknod(staged, node.type() | 0600, stat.rdev);
          finish(node, from, stat, staged);
        }
      }
    }
    return new Staged(stat.nlink, lowerData);
  }

  private LowerFile stageRegular(
      Caller caller, FileNode node, LowerDir from, Stat stat, String staged, Data data) {
    UpperDir work = core.stack.work().dir();
    int target = work.create(staged, OpenFlags.O_WRONLY, 0600);
    try {
      boolean metadataOnly =
          data == Data.METADATA
              && mayLeaveData(stat)
              && core.stack.marks().markMetacopy(work, staged);
      if (metadataOnly) {
        core.sys.ftruncate(target, stat.size);
      } else if (data != Data.NONE && stat.size > 0) {
        copyData(caller, node, from, stat, target);
      }
      finish(node, from, stat, staged);
      if (core.options.durable()) {
        core.sys.fsync(target);
      }
      return metadataOnly ? lowerData(node, stat) : null;
    } finally {
      core.sys.close(target);
    }
  }

  private boolean mayLeaveData(Stat stat) {
    return core.options.metacopy() == MetacopyPolicy.ON
        && core.stack.marks().takesMetacopies()
        && stat.size > core.options.metacopyAbove();
  }

  private void copyData(Caller caller, FileNode node, LowerDir from, Stat stat, int target) {
    LowerFile data = node.lowerData();
    if (data == null) {
      int source = from.openFile(node.lowerName, OpenFlags.O_RDONLY);
      try {
        core.fileCopier.copy(source, stat, target, caller);
      } finally {
        core.sys.close(source);
      }
      return;
    }
    int source = data.open();
    try {
      core.fileCopier.copy(source, target, stat.size, caller);
    } finally {
      core.sys.close(source);
    }
  }

  private static LowerFile lowerData(FileNode node, Stat stat) {
    LowerFile data = node.lowerData();
    return data != null
        ? data
        : new LowerFile(node.lowerParent.lowers[node.lowerIndex], node.lowerName, stat.blocks);
  }

  private void finish(FileNode node, LowerDir from, Stat stat, String staged) {
    UpperDir work = core.stack.work().dir();
    core.metadataCopier.copy(from, node.lowerName, stat, work, staged, true);
    // Without an index, as overlayfs: the names of a lower hard link part at copy-up, so they
    // cannot go on sharing its st_ino in later mounts.
    if (stat.nlink == 1 || node.indexKey() != null) {
      origins.record(work, staged, node.ino);
    }
  }

  private void publish(Node node, String staged, Staged copy) {
    core.locks.names.lock();
    try {
      Link link = Locks.lockPlaceRenameLocked(node);
      if (link == null) {
        publishUnnamed(node, staged, copy);
        return;
      }
      try (UpperDir parent = core.directories.upper(link.parent())) {
        Stat before = new Stat();
        parent.statSelf(before);
        if (!node.isDirectory()) {
          origins.markImpureDirLocked(link.parent(), parent);
        }
        if (node instanceof FileNode file && file.indexKey() != null) {
          publishIndexed(file, link, parent, staged, copy);
        } else {
          publishDirLocked(node, link, parent, staged, copy);
        }
        restoreTimes(parent, before);
      } finally {
        link.parent().dirLock.unlock();
      }
    } finally {
      core.locks.names.unlock();
    }
  }

  private void publishDirLocked(Node node, Link link, UpperDir parent, String staged, Staged copy) {
    UpperDir work = core.stack.work().dir();
    if (Core.needsLiteralMark(link.name())) {
      core.stack.marks().markLiteral(work, staged);
    }
    work.rename(staged, parent, link.name(), RenameFlags.NOREPLACE);
    if (node instanceof FileNode file && core.nodes.links(file).size() > 1) {
      file.meetAlias();
    }
    if (node instanceof DirectoryNode directory) {
      directory.mayHaveMarks = false;
    }
    becomeUpper(node, copy);
  }

  /**
   * Other names of the file, in other directories, are counted before or after it, not meanwhile.
   */
  private void publishIndexed(
      FileNode file, Link link, UpperDir parent, String staged, Staged copy) {
    core.locks.links.lock();
    try {
      int names = Math.max(1, copy.names() - file.lowerNamesRemoved());
      hardLinks.keep(file.indexKey(), staged, names);
      file.setNames(names);
      publishDirLocked(file, link, parent, staged, copy);
    } finally {
      core.locks.links.unlock();
    }
  }

  private void becomeUpper(Node node, Staged copy) {
    if (node instanceof FileNode file) {
      core.nodes.becomeUpper(file, copy.lowerData());
    } else {
      node.becomeUpper();
    }
  }

  /**
   * A copy-up is no change that a program made: the directory keeps its times. It is done by now,
   * so times that cannot be restored do not undo it.
   */
  private void restoreTimes(UpperDir parent, Stat before) {
    try {
      parent.utimens("", before.atimeSec, before.atimeNsec, before.mtimeSec, before.mtimeNsec);
    } catch (FsException e) {
      core.log.warn("a directory's times changed by a copy-up: " + e.getMessage());
    }
  }

  /** The file was unlinked, now or before, and lives on for its descriptors only. */
  private void publishUnnamed(Node node, String staged, Staged copy) {
    UpperDir work = core.stack.work().dir();
    if (node.isDirectory()) {
      node.pin(work.pin(staged));
      work.rmdir(staged);
    } else {
      node.pin(work.pin(staged));
      work.unlink(staged);
      if (((FileNode) node).indexKey() != null) {
        hardLinks.drop(((FileNode) node).indexKey());
      }
    }
    becomeUpper(node, copy);
  }
}
