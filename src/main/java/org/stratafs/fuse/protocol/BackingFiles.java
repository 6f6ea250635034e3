package org.stratafs.fuse.protocol;

import java.util.HashMap;
import java.util.Map;
import org.stratafs.fs.OpenResult;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

/**
 * Decides which opens the kernel serves by itself from a backing file (FUSE_PASSTHROUGH).
 *
 * <p>An inode is open either through one backing file or through the page cache of the mount, never
 * both at once (I10; linux fs/fuse/iomode.c answers EIO to the opener). So the first open decides
 * for all that come while it lasts. The monitor is a leaf lock; the registry's two ioctl(2) are
 * called under it.
 */
final class BackingFiles {
  private final BackingRegistry registry;
  private final Map<Long, Inode> inodes = new HashMap<>();

  /**
   * Whether INIT settled it and no file of a lower was refused for a reason that will not change.
   */
  private volatile boolean lowers;

  /** The same of the other files. */
  private volatile boolean others;

  /** For people: "on", or why not. */
  private volatile String state;

  private static final class Inode {
    /** The backing file of all opens; 0: they go through the page cache. */
    int id;

    /** It is a lower file, which nobody may write. */
    boolean lower;

    int opens;
  }

  /**
   * @param registry null: never
   */
  BackingFiles(BackingRegistry registry) {
    this.registry = registry;
    state = registry == null ? "off: it was not asked for" : "off: the kernel does not offer it";
  }

  /** "on", or "off: " and why; "on, but " and for what not. */
  String state() {
    return state;
  }

  /** INIT settled that the kernel takes backing files. */
  synchronized void enable() {
    if (registry != null) {
      lowers = true;
      others = true;
      state = "on";
    }
  }

  /** Tells the file system which files it may offer. */
  void ask(OpenResult result) {
    result.wantsBacking = others;
    result.wantsLowerBacking = lowers;
  }

  private boolean isEnabled() {
    return lowers || others;
  }

  /**
   * A file was opened: the id of its backing file, 0 for the page cache.
   *
   * @throws FsException ESTALE if the kernel still reads a lower file by that nodeid, and this open
   *     is of the copy in upper: never is the one taken for the other (I1). The open does not
   *     count.
   */
  synchronized int opened(long nodeid, OpenResult result) {
    if (!isEnabled() && inodes.isEmpty()) {
      return 0;
    }
    Inode inode = inodes.get(nodeid);
    if (inode == null) {
      inode = new Inode();
      if ((result.lower ? lowers : others) && result.backing >= 0) {
        inode.id = register(result);
        inode.lower = result.lower;
      }
      inodes.put(nodeid, inode);
    }
    if (inode.id != 0 && inode.lower && !result.lower) {
      throw new FsException(Errno.ESTALE);
    }
    inode.opens++;
    return inode.id;
  }

  private int register(OpenResult result) {
    try {
      return registry.open(result.backing);
    } catch (FsException e) {
      refused(e.errno(), result.lower);
      // What was written through a backing file before is not in the page cache.
      result.keepCache = false;
      return 0;
    }
  }

  private void refused(int errno, boolean lower) {
    if (errno == Errno.ENOMEM || errno == Errno.EMFILE || errno == Errno.ENFILE) {
      return;
    }
    // Anything else is about who we are or about the file system below, and will be so again.
    boolean forAll = errno == Errno.EPERM;
    lowers &= !lower && !forAll;
    others &= lower && !forAll;
    state =
        (isEnabled() ? "on, but not for " + (lower ? "lowers" : "upper") : "off")
            + ": the kernel refused a backing file, "
            + Errno.name(errno);
  }

  /** An open of the file has ended. */
  synchronized void released(long nodeid) {
    Inode inode = inodes.get(nodeid);
    if (inode == null) {
      return; // opened before INIT settled it, or nothing is tracked
    }
    inode.opens--;
    if (inode.opens == 0) {
      inodes.remove(nodeid);
      if (inode.id != 0) {
        registry.close(inode.id);
      }
    }
  }
}
