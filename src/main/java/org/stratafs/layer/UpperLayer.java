package org.stratafs.layer;

import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.StatFs;
import org.stratafs.sys.Syscalls;

/** The writable layer. */
public final class UpperLayer extends Layer {
  // Magic numbers of file systems whose files have no flush operation (include/uapi/linux/magic.h).
  private static final long EXT = 0xEF53;
  private static final long XFS = 0x58465342;
  private static final long BTRFS = 0x9123683EL;
  private static final long F2FS = 0xF2F52010L;
  private static final long TMPFS = 0x01021994;

  private final boolean flush;

  UpperLayer(Syscalls sys, int root, String path, int fsid, long device, Identity identity) {
    super(sys, root, path, 0, fsid, device, identity);
    StatFs fileSystem = new StatFs();
    sys.fstatfs(root, fileSystem);
    long type = fileSystem.type;
    flush = type != EXT && type != XFS && type != BTRFS && type != F2FS && type != TMPFS;
  }

  /** Whether close(2) of a file of this layer may have something to do or to say. */
  public boolean hasFlush() {
    return flush;
  }

  @Override
  public UpperDir openDirectory(String path) {
    return new UpperDir(this, openPath(root, path, DIRECTORY));
  }

  /**
   * Whether what the daemon makes shows as owned by these, with the mode it was made with, and
   * nothing needs to be added.
   */
  public boolean makesAs(int uid, int gid, int daemonUid, int daemonGid) {
    return identity.plain
        ? uid == daemonUid && gid == daemonGid
        : identity.isOwn(uid, gid, daemonUid, daemonGid);
  }

  /** Whether the mode that shows is not the inode's own. */
  public boolean overridesModes() {
    return identity.overrides();
  }

  /** Holds an open file that never had a name (O_TMPFILE), see {@link UpperDir#pin}. */
  public UpperDir pin(int file) {
    String path = "/proc/self/fd/" + file;
    return new UpperDir(this, sys.openat(Syscalls.AT_FDCWD, path, OpenFlags.O_PATH, 0));
  }
}
