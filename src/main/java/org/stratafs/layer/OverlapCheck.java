package org.stratafs.layer;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Stat;

/**
 * Refuses an upper or workdir that is, holds or is held by another layer: writes would show up
 * beneath (linux fs/overlayfs/super.c, ovl_check_overlapping_layers). The same lower twice, or one
 * lower in another one, is harmless and allowed; the kernel refuses it.
 *
 * <p>It walks up the parents within one mount. What lies above the root of a bind mount is out of
 * sight, so that an overlap by way of one is found only if the bind mount's own root is a layer.
 */
final class OverlapCheck {
  /** An inode. */
  private record Id(long dev, long ino) {
    static Id of(Stat stat) {
      return new Id(stat.dev, stat.ino);
    }

    // Written out, since the record's own are made by invokedynamic: 40 ms on the way to the mount.
    @Override
    public boolean equals(Object other) {
      return other instanceof Id id && id.dev == dev && id.ino == ino;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(ino * 31 + dev);
    }
  }

  /** So deep that "../" repeated is still a path. */
  private static final int MAX_DEPTH = 1300;

  private final LayerRoot upper;
  private final LayerRoot work;
  private final Map<Id, LayerRoot> lowers = new HashMap<>();

  /**
   * Directories that have neither upper nor work above them: siblings need not walk on from there.
   */
  private final Set<Id> clear = new HashSet<>();

  private final Stat stat = new Stat();
  private final StringBuilder dots = new StringBuilder();

  private OverlapCheck(LayerRoot upper, LayerRoot work) {
    this.upper = upper;
    this.work = work;
  }

  /** Throws ELOOP with a line that names both. */
  static void check(LayerRoot upper, LayerRoot work, List<LayerRoot> lowers) {
    OverlapCheck check = new OverlapCheck(upper, work);
    for (LayerRoot lower : lowers) {
      check.lowers.putIfAbsent(Id.of(lower.stat), lower);
    }
    check.writable(upper, work);
    check.writable(work, upper);
    for (LayerRoot lower : lowers) {
      if (lower.stat.dev == upper.stat.dev) {
        check.lower(lower);
      }
    }
  }

  private void writable(LayerRoot root, LayerRoot other) {
    for (int depth = 0; parent(root, depth); depth++) {
      if (other.isSameAs(stat)) {
        throw overlap(root, depth, other);
      }
      LayerRoot lower = lowers.get(Id.of(stat));
      if (lower != null) {
        throw overlap(root, depth, lower);
      }
    }
  }

  private void lower(LayerRoot root) {
    for (int depth = 0; parent(root, depth); depth++) {
      if (!clear.add(Id.of(stat))) {
        return;
      }
      if (upper.isSameAs(stat)) {
        throw overlap(root, depth, upper);
      }
      if (work.isSameAs(stat)) {
        throw overlap(root, depth, work);
      }
    }
  }

  /**
   * Fills {@link #stat} with the directory that many levels above; false when that is beyond the
   * mount.
   */
  private boolean parent(LayerRoot root, int depth) {
    if (depth == 0) {
      stat.set(root.stat);
      return true;
    }
    if (depth > MAX_DEPTH) {
      return false;
    }
    dots.setLength(0);
    for (int i = 0; i < depth; i++) {
      dots.append(i == 0 ? ".." : "/..");
    }
    long below = stat.ino;
    try {
      if (!root.sys.statOrAbsent(root.fd(), dots.toString(), stat)) {
        return false;
      }
    } catch (FsException e) {
      if (e.errno() == Errno.EACCES) {
        return false; // a parent that cannot be searched hides what is above it
      }
      throw e;
    }
    boolean isTop = stat.ino == below; // the root is its own parent
    return stat.dev == root.stat.dev && stat.mountId == root.stat.mountId && !isTop;
  }

  private static FsException overlap(LayerRoot inner, int depth, LayerRoot outer) {
    String relation = depth == 0 ? "is the same directory as " : "is inside ";
    return inner.failure(
        Errno.ELOOP,
        relation
            + outer.subject()
            + ": upperdir and workdir must be apart from each other and from every lowerdir");
  }
}
