package org.stratafs.union;

import org.stratafs.fs.Caller;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;

/**
 * Brings the data of a metacopy to upper, before it is changed (linux fs/overlayfs/copy_up.c,
 * ovl_copy_up_meta_inode_data).
 *
 * <p>It goes into the inode that is there, since names and descriptors of that may exist. The mark
 * stays until all data is in place and synced: a crash before leaves the metacopy it was, whatever
 * has got into it.
 */
final class DataCopyUp {
  private static final String CAPABILITY = "security.capability";

  private final Core core;
  private final Places places;

  DataCopyUp(Core core, Places places) {
    this.core = core;
    this.places = places;
  }

  /** What writing to a file changes besides its data. */
  private static final class Kept {
    final Stat stat = new Stat();
    byte[] capability;
  }

  /**
   * Makes sure that an upper file has its data. No lock of this package may be held.
   *
   * @param data ALL, or NONE if the file is about to be truncated to nothing, which is done here
   * @throws FsException EINTR, or what reading the lower or writing upper says; then nothing has
   *     changed
   */
  void ensureUpperData(Caller caller, FileNode node, CopyUp.Data data) {
    RankedLock lock = node.copyUpLock(core.locks);
    lock.lock();
    try {
      LowerFile lowerData = node.lowerData();
      if (lowerData == null) {
        return;
      }
      int target = places.openUpper(node, OpenFlags.O_WRONLY);
      try {
        Kept kept = places.onUpper(node, DataCopyUp::look);
        if (data == CopyUp.Data.NONE) {
          empty(node, target, kept);
        } else {
          fill(caller, node, lowerData, target, kept);
        }
      } finally {
        core.sys.close(target);
      }
      core.nodes.becomeUpper(node, null);
    } finally {
      lock.unlock();
    }
    core.attributesChanged(node); // st_blocks and ctime
  }

  private void fill(Caller caller, FileNode node, LowerFile lowerData, int target, Kept kept) {
    try {
      int source = lowerData.open();
      try {
        core.fileCopier.copy(source, target, kept.stat.size, caller);
      } finally {
        core.sys.close(source);
      }
    } finally {
      putBack(node, kept);
    }
    if (core.options.durable()) {
      core.sys.fsync(target);
    }
    unmark(node);
  }

  /**
   * First the size, then the mark: an empty file is never taken for a metacopy (MetacopySearch), so
   * that a crash in between leaves what the caller wanted.
   */
  private void empty(FileNode node, int target, Kept kept) {
    core.sys.ftruncate(target, 0);
    boolean done = false;
    try {
      unmark(node);
      done = true;
    } finally {
      if (!done) {
        core.sys.ftruncate(target, kept.stat.size);
        putBack(node, kept);
      }
    }
  }

  private void unmark(FileNode node) {
    places.onUpper(
        node,
        (directory, name) -> {
          core.stack.marks().unmarkMetacopy(directory, name);
          return null;
        });
  }

  private static Kept look(UpperDir directory, String name) {
    Kept kept = new Kept();
    Places.stat(directory, name, kept.stat);
    kept.capability = directory.xattr(name, CAPABILITY);
    return kept;
  }

  /**
   * Times last, since what is before moves them. The data is there whatever becomes of them, so
   * that their failure is a line in the log.
   */
  private void putBack(FileNode node, Kept kept) {
    Stat stat = kept.stat;
    places.onUpper(
        node,
        (directory, name) -> {
          if ((stat.mode & (Mode.S_ISUID | Mode.S_ISGID)) != 0) {
            directory.chmod(name, stat.mode & Mode.PERMISSIONS);
          }
          if (kept.capability != null) {
            directory.setxattr(name, CAPABILITY, kept.capability, 0);
          }
          if (!putBackTimes(directory, name, stat)) {
            putBackTimes(directory, name, stat); // once more: nothing else brings them back
          }
          return null;
        });
  }

  private boolean putBackTimes(UpperDir directory, String name, Stat stat) {
    try {
      directory.utimens(name, stat.atimeSec, stat.atimeNsec, stat.mtimeSec, stat.mtimeNsec);
      return true;
    } catch (FsException e) {
      core.log.warn("a file's times changed by its copy-up: " + e.getMessage());
      return false;
    }
  }
}
