package org.stratafs.testkit;

import java.util.List;
import org.stratafs.posix.FsException;
import org.stratafs.sys.Syscalls;

/**
 * The kernel's overlayfs mounted over layers; without its index, which other programs cannot read.
 */
public final class KernelOverlay implements AutoCloseable {
  private static final String OPTIONS = "index=off,xino=off,";

  private final Syscalls sys;
  private final String mountPoint;
  private final String data;
  private DirectoryTree tree;

  /**
   * Mounts.
   *
   * @param upper null for a read-only mount
   * @param redirects redirect_dir=on and metacopy=on, which it depends on; otherwise redirects are
   *     followed, renaming a lower directory is EXDEV, and there are no metacopies
   * @throws FsException EPERM without CAP_SYS_ADMIN
   */
  public KernelOverlay(
      Syscalls sys,
      String mountPoint,
      List<String> lowers,
      String upper,
      String work,
      boolean redirects) {
    this.sys = sys;
    this.mountPoint = mountPoint;
    String layers =
        OPTIONS
            + (redirects ? "redirect_dir=on,metacopy=on" : "redirect_dir=follow,metacopy=off")
            + ",lowerdir="
            + String.join(":", lowers);
    this.data = upper == null ? layers : layers + ",upperdir=" + upper + ",workdir=" + work;
    mount();
  }

  /**
   * What overlayfs said, with what is known to differ taken as {@code expected} has it: of a
   * removed lower file that is still open it shows the st_nlink of the lower file, where POSIX says
   * 0.
   */
  public static String asExpected(String expected, String overlays) {
    return expected.contains(" nlink 0 ")
        ? overlays.replaceFirst(" nlink \\d+ ", " nlink 0 ")
        : overlays;
  }

  /**
   * What both trees have to do after a step, so that a known difference is gone: overlayfs moves
   * the mtime when it copies the data of a metacopy, even if nothing is written then. Null for
   * nothing.
   */
  public static Step after(Step step) {
    boolean opensForWriting = step.op().equals("open") && step.arg(2).startsWith("rw");
    return opensForWriting ? Step.of("utimens", step.arg(1), 3_500_000, 7) : null;
  }

  private void mount() {
    sys.mount("overlay", mountPoint, "overlay", 0, data);
    tree = new DirectoryTree(sys, mountPoint, true);
  }

  /** Unmounts and mounts again. */
  public void remount() {
    tree.close();
    sys.umount2(mountPoint, 0);
    mount();
  }

  /** What it shows. */
  public DirectoryTree tree() {
    return tree;
  }

  /** Unmounts; a test that fails may have left files open. */
  @Override
  public void close() {
    tree.close();
    try {
      sys.umount2(mountPoint, 0);
    } catch (FsException e) {
      sys.umount2(mountPoint, Syscalls.MNT_DETACH);
      throw e;
    }
  }
}
