package org.stratafs.layer;

import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.Syscalls;

/** The writable layer. */
public final class UpperLayer extends Layer {
  UpperLayer(Syscalls sys, int root, int fsid, long device) {
    super(sys, root, 0, fsid, device);
  }

  @Override
  public UpperDir openDirectory(String path) {
    return new UpperDir(this, openPath(path));
  }

  /** Holds an open file that never had a name (O_TMPFILE), see {@link UpperDir#pin}. */
  public UpperDir pin(int file) {
    String path = "/proc/self/fd/" + file;
    return new UpperDir(this, sys.openat(Syscalls.AT_FDCWD, path, OpenFlags.O_PATH, 0));
  }
}
