package org.stratafs.testkit;

import java.util.List;
import org.stratafs.posix.FsException;
import org.stratafs.sys.Syscalls;

/** The kernel's overlayfs mounted over layers, with the features off that issue 2 does not have. */
public final class KernelOverlay implements AutoCloseable {
  private static final String OPTIONS = "index=off,metacopy=off,redirect_dir=off,xino=off";

  private final Syscalls sys;
  private final String mountPoint;
  private DirectoryTree tree;

  /**
   * Mounts.
   *
   * @param upper null for a read-only mount
   * @throws FsException EPERM without CAP_SYS_ADMIN
   */
  public KernelOverlay(
      Syscalls sys, String mountPoint, List<String> lowers, String upper, String work) {
    this.sys = sys;
    this.mountPoint = mountPoint;
    String data = OPTIONS + ",lowerdir=" + String.join(":", lowers);
    if (upper != null) {
      data += ",upperdir=" + upper + ",workdir=" + work;
    }
    sys.mount("overlay", mountPoint, "overlay", 0, data);
    this.tree = new DirectoryTree(sys, mountPoint, true);
  }

  /** What it shows. */
  public DirectoryTree tree() {
    return tree;
  }

  /** Unmounts. */
  @Override
  public void close() {
    tree.close();
    tree = null;
    sys.umount2(mountPoint, 0);
  }
}
