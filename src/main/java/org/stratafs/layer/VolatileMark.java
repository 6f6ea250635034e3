package org.stratafs.layer;

import java.util.List;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.NativeBuffer;
import org.stratafs.sys.Syscalls;

/**
 * The mark of an upper that was mounted volatile: the directory WORKDIR/work/incompat/volatile, as
 * the kernel makes it and refuses it (linux fs/overlayfs/super.c, ovl_create_volatile_dir). Like
 * there it outlasts the mount, since what was written need not have reached the disk.
 *
 * <p>Ours holds an empty directory named after each boot of the machine during which upper was
 * mounted so. What was written during this boot is still whole in memory, and can be synced; what
 * an earlier one left may have been lost, and nothing tells.
 */
final class VolatileMark {
  /** The kernel's name for the place where it says what must not be mounted unless understood. */
  static final String INCOMPAT = "incompat";

  private static final String VOLATILE = "volatile";
  private static final String BOOT_ID = "/proc/sys/kernel/random/boot_id";

  /** Stands for a mount that did not say when it was. */
  private static final String UNKNOWN_BOOT = "unknown";

  /** Of a boot id in bytes: a UUID as text. */
  private static final int BOOT_ID_LENGTH = 36;

  private final LayerRoot upper;
  private final LayerRoot work;
  private final boolean durable;
  private final Log log;

  /**
   * @param durable the mount to come syncs what programs ask to sync
   */
  VolatileMark(LayerRoot upper, LayerRoot work, boolean durable, Log log) {
    this.upper = upper;
    this.work = work;
    this.durable = durable;
    this.log = log;
  }

  /**
   * What {@code dir}, WORKDIR/work, says about earlier mounts: a volatile mount after another goes
   * on with a line, as does a durable one once all has been synced; a durable one of an upper that
   * may have lost something is refused.
   */
  void check(UpperDir dir) {
    try (UpperDir incompat = dir.child(INCOMPAT)) {
      boolean marked = false;
      for (String feature : incompat.names()) {
        if (!feature.equals(VOLATILE)) {
          throw refusal("was mounted with the feature '" + Names.display(feature) + "' we lack");
        }
        marked = true;
      }
      if (marked && !mayGo(incompat)) {
        return;
      }
    }
    dir.rmdir(INCOMPAT);
  }

  /** Whether the mark is gone, since all is on disk now. */
  private boolean mayGo(UpperDir incompat) {
    List<String> boots;
    try (UpperDir mark = incompat.child(VOLATILE)) {
      boots = mark.names();
    }
    String current = bootId();
    boolean whole = boots.size() == 1 && boots.get(0).equals(current);
    if (!durable) {
      if (boots.isEmpty()) {
        try (UpperDir mark = incompat.child(VOLATILE)) {
          makeDirectory(mark, UNKNOWN_BOOT); // the kernel's, which must not pass for one of today
        }
      }
      log.warn(
          upper.subject()
              + " was mounted volatile before"
              + (whole ? "" : ", maybe before a crash, and may have lost what was written then"));
      return false;
    }
    if (!whole) {
      throw refusal("was mounted volatile, maybe before a crash, and may be incomplete");
    }
    sync();
    try (UpperDir mark = incompat.child(VOLATILE)) {
      mark.rmdir(current);
    }
    incompat.rmdir(VOLATILE);
    log.warn(upper.subject() + " was mounted volatile before; all of it has been synced now");
    return true;
  }

  /** Marks {@code dir}, WORKDIR/work, before a volatile mount. */
  void set(UpperDir dir) {
    if (durable) {
      return;
    }
    makeDirectory(dir, INCOMPAT);
    try (UpperDir incompat = dir.child(INCOMPAT)) {
      makeDirectory(incompat, VOLATILE);
      String boot = bootId();
      try (UpperDir mark = incompat.child(VOLATILE)) {
        makeDirectory(mark, boot == null ? UNKNOWN_BOOT : boot);
      }
    }
  }

  private static void makeDirectory(UpperDir parent, String name) {
    try {
      parent.mkdir(name, 0700);
    } catch (FsException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
  }

  private FsException refusal(String what) {
    return new FsException(
        Errno.EINVAL,
        upper.subject()
            + " "
            + what
            + ": mount it volatile again, start with a fresh upperdir and workdir, or check it and"
            + " remove work/incompat in "
            + work.subject());
  }

  private void sync() {
    Syscalls sys = upper.sys;
    int flags = OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY;
    int fd = sys.openat2(upper.fd(), ".", flags, 0, Layer.BENEATH);
    try {
      sys.syncfs(fd);
    } finally {
      sys.close(fd);
    }
  }

  /** Null where the kernel does not tell. */
  private String bootId() {
    Syscalls sys = upper.sys;
    try {
      int fd = sys.openat(Syscalls.AT_FDCWD, BOOT_ID, OpenFlags.O_RDONLY, 0);
      try {
        NativeBuffer buffer = NativeBuffer.allocate(BOOT_ID_LENGTH);
        if (sys.pread(fd, buffer.address(), BOOT_ID_LENGTH, 0) != BOOT_ID_LENGTH) {
          return null;
        }
        byte[] id = new byte[BOOT_ID_LENGTH];
        buffer.bytes().get(0, id);
        return Names.fromBytes(id);
      } finally {
        sys.close(fd);
      }
    } catch (FsException e) {
      return null; // no /proc there: then no earlier mount counts as one of this boot
    }
  }
}
