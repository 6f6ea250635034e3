package org.stratafs.layer;

import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.RenameFlags;
import org.stratafs.posix.Stat;

/**
 * Writes whiteouts: character devices 0:0, hard links of one inode as the kernel makes them (linux
 * fs/overlayfs/dir.c, ovl_whiteout), or {@code .wh.NAME} files where the upper takes no device;
 * there names over 251 bytes get the form of {@link XattrWhiteouts}.
 *
 * <p><b>Order, where one atomic step cannot be had.</b> {@code .wh.NAME} covers NAME in the layers
 * below and nothing in its own directory, so it is made first, while NAME still covers them itself;
 * then NAME goes; then, in the device form, the device takes the place of {@code .wh.NAME}. A crash
 * in between leaves a tree that shows what was there before or after. Two gaps remain, both on file
 * systems without RENAME_WHITEOUT (none of ext4, xfs, btrfs, tmpfs, f2fs) and for names over 251
 * bytes, which have no {@code .wh.NAME}: a crash in the midst of a rename may leave the target
 * whited out or both names swapped, and without RENAME_EXCHANGE too it may show the lower entry
 * again.
 */
final class Whiteouts {
  private static final int UNKNOWN = 0;
  private static final int YES = 1;
  private static final int NO = 2;

  private final WorkDir work;
  private final boolean devices;

  /** The device in workdir that new whiteouts are links of; null if there is none. */
  private volatile String shared;

  /**
   * Whether upper's file system knows RENAME_WHITEOUT and RENAME_EXCHANGE; found out when one is
   * first refused.
   */
  private volatile int renameWhiteout = UNKNOWN;

  private volatile int renameExchange = UNKNOWN;

  /** Set before the first {@code .wh.NAME} is made. */
  private volatile boolean madeNames;

  /** For long names; null where upper takes no xattr. */
  private final XattrWhiteouts longNames;

  private Whiteouts(WorkDir work, boolean devices, String shared, String prefix) {
    this.work = work;
    this.devices = devices;
    this.longNames = prefix == null ? null : new XattrWhiteouts(work, prefix);
    this.shared = shared;
  }

  /**
   * Tries to make a device, unless told not to.
   *
   * @param prefix of the private xattrs that upper takes; null if it takes none
   */
  static Whiteouts probe(WorkDir work, boolean noDevices, String prefix) {
    if (noDevices) {
      return new Whiteouts(work, false, null, prefix);
    }
    String name = work.newName();
    try {
      work.dir().mknod(name, Mode.S_IFCHR, 0);
    } catch (FsException e) {
      if (Errno.isOutOfSpace(e.errno())) {
        return new Whiteouts(
            work, true, null, prefix); // nearly all take devices, and a full one must still mount
      }
      if (e.errno() == Errno.EPERM || e.errno() == Errno.EACCES || Errno.isUnsupported(e.errno())) {
        return new Whiteouts(work, false, null, prefix);
      }
      throw e;
    }
    // A union as upper may take it and hide it.
    Stat stat = new Stat();
    if (work.dir().stat(name, stat) && stat.isWhiteoutDevice()) {
      return new Whiteouts(work, true, name, prefix);
    }
    work.discard(name);
    return new Whiteouts(work, false, null, prefix);
  }

  boolean hasMadeNames() {
    return madeNames;
  }

  void make(UpperDir parent, String name) {
    if (!devices && fits(name)) {
      makeNameMark(parent, name);
    } else {
      makeLong(parent, name);
    }
  }

  /** In a form that names of every length have. */
  private void makeLong(UpperDir parent, String name) {
    if (devices) {
      makeDevice(parent, name);
    } else {
      ofLongNames().make(parent, name);
    }
  }

  private XattrWhiteouts ofLongNames() {
    if (longNames == null) {
      throw new FsException(Errno.ENAMETOOLONG);
    }
    return longNames;
  }

  void replace(UpperDir parent, String name, boolean directory) {
    if (!devices && fits(name)) {
      replaceByNameMark(parent, name, directory);
      return;
    }
    String staged = stage(parent);
    try {
      if (!directory) {
        work.dir().rename(staged, parent, name, 0);
        return;
      }
      if (exchanged(work.dir(), staged, parent, name)) {
        work.discard(staged);
        return;
      }
    } catch (FsException e) {
      work.discard(staged);
      throw e;
    }
    if (fits(name)) {
      work.discard(staged);
      replaceByNameMark(parent, name, true);
      turnIntoDevice(parent, name);
    } else {
      String removed = work.newName();
      parent.rename(name, work.dir(), removed, 0);
      work.dir().rename(staged, parent, name, 0);
      work.discard(removed);
    }
  }

  /** A device, or what stands for one under a long name in {@code parent}. */
  private String stage(UpperDir parent) {
    if (!devices) {
      return ofLongNames().stage(parent);
    }
    String staged = work.newName();
    makeDevice(work.dir(), staged);
    return staged;
  }

  void rename(UpperDir from, String name, UpperDir to, String newName, int flags) {
    if (devices && renameWhiteout != NO) {
      try {
        from.rename(name, to, newName, flags | RenameFlags.WHITEOUT);
        if (renameWhiteout == UNKNOWN) {
          renameWhiteout = YES;
        }
        return;
      } catch (FsException e) {
        if (!mayMeanUnsupported(e.errno()) || knowsRenameWhiteout()) {
          throw e;
        }
      }
    }
    if (fits(name)) {
      boolean made = makeNameMark(from, name);
      try {
        from.rename(name, to, newName, flags);
      } catch (FsException e) {
        if (made) {
          removeNameMark(from, name);
        }
        throw e;
      }
      if (devices) {
        turnIntoDevice(from, name);
      }
    } else {
      renameLongName(from, name, to, newName, flags);
    }
  }

  /**
   * A name too long for {@code .wh.NAME}, a file system without RENAME_WHITEOUT: as near to one
   * step as can be.
   */
  private void renameLongName(UpperDir from, String name, UpperDir to, String newName, int flags) {
    Stat target = new Stat();
    boolean replaces = to.stat(newName, target);
    if (!devices) {
      ofLongNames().allowIn(from); // before what stands for a whiteout there gets there
    }
    if (replaces && (flags & RenameFlags.NOREPLACE) != 0) {
      throw new FsException(Errno.EEXIST);
    }
    if (!replaces) {
      makeLong(to, newName);
    }
    boolean exchanged;
    try {
      exchanged = exchanged(from, name, to, newName);
    } catch (FsException e) {
      if (!replaces) {
        to.unlink(newName);
      }
      throw e;
    }
    if (exchanged && replaces) {
      replace(from, name, target.isDirectory());
    } else if (!exchanged) {
      if (!replaces) {
        to.unlink(newName);
      }
      from.rename(name, to, newName, 0);
      make(from, name);
    }
  }

  boolean removeNameMark(UpperDir parent, String name) {
    if (!fits(name)) {
      return false;
    }
    String mark = Marks.PREFIX + name;
    Stat stat = new Stat();
    if (!parent.stat(mark, stat) || Marks.isLiteral(parent, mark)) {
      return false;
    }
    if (stat.isDirectory()) {
      String removed = work.newName();
      parent.rename(mark, work.dir(), removed, 0);
      work.discard(removed);
    } else {
      parent.unlink(mark);
    }
    return true;
  }

  void close() {
    String name = shared;
    if (name != null) {
      work.discard(name);
    }
  }

  private void makeDevice(UpperDir parent, String name) {
    String source = shared;
    if (source != null) {
      try {
        work.dir().linkTo(source, parent, name);
        return;
      } catch (FsException e) {
        if (!mayMknodInstead(e.errno())) {
          throw e;
        }
        replaceShared(source, e.errno());
      }
    }
    parent.mknod(name, Mode.S_IFCHR, 0);
  }

  /**
   * EMLINK: the inode has all the links it can have. The others: this file system has no such
   * links.
   */
  private static boolean mayMknodInstead(int errno) {
    return errno == Errno.EMLINK
        || errno == Errno.EPERM
        || errno == Errno.ENOENT
        || Errno.isUnsupported(errno);
  }

  private synchronized void replaceShared(String used, int errno) {
    if (!used.equals(shared)) {
      return; // another thread was here
    }
    shared = null;
    if (errno == Errno.EMLINK) {
      work.discard(used);
      String fresh = work.newName();
      try {
        work.dir().mknod(fresh, Mode.S_IFCHR, 0);
        shared = fresh;
      } catch (FsException e) {
        // Only a saving: without it each whiteout is an inode of its own, and a full disk shows
        // there.
      }
    }
  }

  private void replaceByNameMark(UpperDir parent, String name, boolean directory) {
    boolean made = makeNameMark(parent, name);
    String removed = directory ? work.newName() : null;
    try {
      if (directory) {
        parent.rename(name, work.dir(), removed, 0);
      } else {
        parent.unlink(name);
      }
    } catch (FsException e) {
      if (made) {
        removeNameMark(parent, name);
      }
      throw e;
    }
    if (directory) {
      work.discard(removed);
    }
  }

  /** Whether the mark was made; false if it stood there already. */
  private boolean makeNameMark(UpperDir parent, String name) {
    if (!fits(name)) {
      throw new FsException(Errno.ENAMETOOLONG);
    }
    String mark = Marks.PREFIX + name;
    madeNames = true;
    try {
      parent.mknod(mark, Mode.S_IFREG | 0444, 0);
      return true;
    } catch (FsException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
    if (Marks.isLiteral(parent, mark)) {
      throw new FsException(Errno.EPERM); // a program's own file has the mark's name
    }
    return false;
  }

  /**
   * The name is gone and its {@code .wh.NAME} stands: the form that the kernel reads takes its
   * place.
   */
  private void turnIntoDevice(UpperDir parent, String name) {
    try {
      makeDevice(parent, name);
    } catch (FsException e) {
      return; // the mark says the same and is read as well
    }
    removeNameMark(parent, name);
  }

  private boolean exchanged(UpperDir from, String name, UpperDir to, String newName) {
    if (renameExchange == NO) {
      return false;
    }
    try {
      from.rename(name, to, newName, RenameFlags.EXCHANGE);
      return true;
    } catch (FsException e) {
      if (!mayMeanUnsupported(e.errno()) || knowsRenameExchange()) {
        throw e;
      }
      return false;
    }
  }

  /** EINVAL is also what a directory moved into itself gets, so a probe must tell. */
  private static boolean mayMeanUnsupported(int errno) {
    return errno == Errno.EINVAL
        || errno == Errno.EOPNOTSUPP
        || errno == Errno.ENOSYS
        || errno == Errno.EPERM;
  }

  private boolean knowsRenameWhiteout() {
    if (renameWhiteout == UNKNOWN) {
      renameWhiteout = knows(RenameFlags.WHITEOUT) ? YES : NO;
    }
    return renameWhiteout == YES;
  }

  private boolean knowsRenameExchange() {
    if (renameExchange == UNKNOWN) {
      renameExchange = knows(RenameFlags.EXCHANGE) ? YES : NO;
    }
    return renameExchange == YES;
  }

  /** Tries a rename in workdir, where nothing but the flag can be wrong with it. */
  private boolean knows(int flag) {
    String from = work.newName();
    String to = work.newName();
    work.dir().mknod(from, Mode.S_IFREG, 0);
    try {
      if (flag == RenameFlags.EXCHANGE) {
        work.dir().mknod(to, Mode.S_IFREG, 0);
      }
      work.dir().rename(from, work.dir(), to, flag);
      return true;
    } catch (FsException e) {
      if (!mayMeanUnsupported(e.errno())) {
        throw e;
      }
      return false;
    } finally {
      work.discard(from);
      work.discard(to);
    }
  }

  private static boolean fits(String name) {
    return !Marks.isLongName(name);
  }
}
