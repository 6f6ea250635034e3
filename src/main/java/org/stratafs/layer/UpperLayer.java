package org.stratafs.layer;

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
}
