package org.stratafs.layer;

import org.stratafs.sys.Syscalls;

/** A read-only layer. */
public final class LowerLayer extends Layer {
  /** Reading through this mount leaves atimes alone, so that O_NOATIME need not be tried. */
  final boolean noatime;

  LowerLayer(
      Syscalls sys,
      int root,
      String path,
      int index,
      int fsid,
      long device,
      Identity identity,
      boolean noatime) {
    super(sys, root, path, index, fsid, device, identity);
    this.noatime = noatime;
  }

  @Override
  public LowerDir openDirectory(String path) {
    return new LowerDir(this, openPath(path));
  }
}
