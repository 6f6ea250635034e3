package org.stratafs.layer;

import java.util.List;

/**
 * Which directories make up the stack, as the command line gives them.
 *
 * <p>Paths are Latin-1 Strings ({@link org.stratafs.posix.Names}), never normalised: the kernel
 * resolves them. Relative ones are relative to the working directory at the time of opening.
 *
 * @param lowers the read-only layers, the topmost first; at least one
 * @param upper the writable layer, null for a read-only mount
 * @param work the work directory on the file system of upper; null if and only if upper is
 * @param noDeviceWhiteouts never write a character device 0:0 (FUSE_OVERLAYFS_DISABLE_OVL_WHITEOUT)
 */
public record StackSpec(
    List<String> lowers,
    String upper,
    String work,
    XattrNamespace xattrs,
    boolean noDeviceWhiteouts) {
  public StackSpec {
    lowers = List.copyOf(lowers);
  }

  /** One that writes device whiteouts where the upper takes them. */
  public StackSpec(List<String> lowers, String upper, String work, XattrNamespace xattrs) {
    this(lowers, upper, work, xattrs, false);
  }
}
