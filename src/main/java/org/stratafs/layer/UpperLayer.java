package org.stratafs.layer;

import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.Syscalls;

/** The writable layer. */
public final class UpperLayer extends Layer {
  UpperLayer(Syscalls sys, int root, int fsid, long device, Identity identity) {
    super(sys, root, 0, fsid, device, identity);
  }

  @Override
  public UpperDir openDirectory(String path) {
    return new UpperDir(this, openPath(path));
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
