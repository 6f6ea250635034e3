package org.stratafs.layer;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;

/**
 * The work directory: the place where things are made whole before one rename or link publishes
 * them.
 *
 * <p>The layout is the kernel's (linux fs/overlayfs/super.c, ovl_workdir_create): everything staged
 * lives in WORKDIR/work, and WORKDIR/index and anything else is left alone. What an earlier mount
 * left in WORKDIR/work is removed when it is opened. Names given out are never those of something
 * that could not be removed. Safe for any thread.
 */
public final class WorkDir implements AutoCloseable {
  /** The kernel's name for the place, and for the one beside it. */
  private static final String WORK = "work";

  private static final String INDEX = "index";

  /** Ours: copies of lower files with several names, each under a key. Outlives the mount. */
  public static final String LINKS = "hardlinks";

  private final UpperDir dir;

  /** WORKDIR itself. */
  private final UpperDir base;

  /** WORKDIR/hardlinks, once it was needed. Guarded by this. */
  private UpperDir links;

  /** WORKDIR as messages name it. */
  private final String subject;

  private final Log log;
  private final AtomicLong counter = new AtomicLong();

  /** Names of leftovers. Written only while the directory is opened. */
  private Set<String> taken = Set.of();

  private WorkDir(UpperDir base, UpperDir dir, String subject, Log log) {
    this.base = base;
    this.dir = dir;
    this.subject = subject;
    this.log = log;
  }

  /**
   * Opens and cleans it; before anything is changed, looks whether it is one.
   *
   * @param base WORKDIR, locked by the caller
   * @param root the same, for messages
   * @param mark checked before anything is removed, and set
   */
  static WorkDir open(UpperDir base, LayerRoot root, VolatileMark mark, Log log) {
    String foreign = foreignName(base);
    Stat stat = new Stat();
    boolean made = !base.stat(WORK, stat);
    if (made) {
      base.mkdir(WORK, 0700);
    } else if (!stat.isDirectory()) {
      throw root.failure(
          Errno.ENOTDIR, "holds a '" + WORK + "' that is no directory: give an empty directory");
    }
    Stat links = new Stat();
    if (base.stat(LINKS, links) && !links.isDirectory()) {
      throw root.failure(
          Errno.ENOTDIR, "holds a '" + LINKS + "' that is no directory: remove that");
    }
    UpperDir dir = base.child(WORK);
    WorkDir work = null;
    try {
      work = new WorkDir(base.child("."), dir, root.subject(), log);
      if (!made) {
        if ((stat.mode & 0700) != 0700) {
          dir.chmodInode(
              "", 0700); // the kernel's has mode 0, which only CAP_DAC_OVERRIDE gets past
        }
        work.removeLeftovers(foreign, mark);
      }
      work.dropInherited();
      mark.set(dir);
      return work;
    } catch (FsException e) {
      if (work != null) {
        work.close();
      } else {
        dir.close();
      }
      throw e;
    }
  }

  /** A name in WORKDIR that neither overlayfs nor we put there, null if there is none. */
  private static String foreignName(UpperDir base) {
    for (String name : base.names()) {
      if (!name.equals(WORK) && !name.equals(INDEX) && !name.equals(LINKS)) {
        return name;
      }
    }
    return null;
  }

  private void removeLeftovers(String foreign, VolatileMark mark) {
    Set<String> names = new HashSet<>(dir.names());
    if (names.remove(VolatileMark.INCOMPAT)) {
      mark.check(dir);
    }
    if (foreign != null) {
      refuseOthersWork(names, foreign);
    }
    taken = names;
    Set<String> stuck = new HashSet<>();
    for (String name : names) {
      if (!removed(name)) {
        stuck.add(name);
      }
    }
    taken = stuck;
  }

  /**
   * A directory with other things beside a "work" full of other things is someone's data, given by
   * mistake.
   */
  private void refuseOthersWork(Set<String> names, String foreign) {
    for (String name : names) {
      if (name.charAt(0) != '#') {
        throw new FsException(
            Errno.ENOTEMPTY,
            subject
                + " holds other things ('"
                + Names.display(foreign)
                + "', '"
                + WORK
                + "/"
                + Names.display(name)
                + "') that would be removed: give an empty directory");
      }
    }
  }

  /**
   * Sets the mode and drops the default ACL and sgid that WORKDIR may have handed down: they would
   * mar everything staged.
   */
  private void dropInherited() {
    Stat stat = new Stat();
    dir.statSelf(stat);
    if ((stat.mode & 07777) != 0700) {
      dir.chmodInode("", 0700);
    }
    if (dir.storedXattr("", PosixAcl.DEFAULT) != null) {
      dir.removexattr("", PosixAcl.DEFAULT);
    }
  }

  /** Where things are staged: WORKDIR/work. */
  public UpperDir dir() {
    return dir;
  }

  /**
   * The directory of the hard link index, with a reference for the caller to close; null if it is
   * not there and not to be made.
   */
  public synchronized UpperDir links(boolean make) {
    if (links == null) {
      if (!base.stat(LINKS, new Stat())) {
        if (!make) {
          return null;
        }
        base.mkdir(LINKS, 0700);
      }
      links = base.child(LINKS);
    }
    links.tryAcquire();
    return links;
  }

  /** A name that nothing in {@link #dir} has or will have. */
  public String newName() {
    while (true) {
      String name = "#" + Long.toHexString(counter.getAndIncrement());
      if (!taken.contains(name)) {
        return name;
      }
    }
  }

  /**
   * Removes a staged thing, recursively and without following anything; what cannot be removed is
   * logged and stays.
   */
  public void discard(String name) {
    removed(name);
  }

  private boolean removed(String name) {
    FsException failure = new TreeRemover(dir, this).remove(name);
    if (failure != null) {
      log.warn(
          subject
              + ": could not remove all of "
              + WORK
              + "/"
              + Names.display(name)
              + " ("
              + Errno.name(failure.errno())
              + "); it does no harm and can be removed when nothing is mounted");
    }
    return failure == null;
  }

  @Override
  public void close() {
    dir.close();
    base.close();
    synchronized (this) {
      if (links != null) {
        links.close();
      }
    }
  }
}
