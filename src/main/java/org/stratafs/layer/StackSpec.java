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
 * @param identity how owners and permissions on disk and those that show differ
 * @param durable what is written to upper is synced when programs ask for it; if not, upper is
 *     marked as one that a crash may have spoiled
 * @param dataOnly how many lowers at the end of the list hold only data that metacopies lead to;
 *     what they hold is not shown. Fewer than there are lowers
 */
public record StackSpec(
    List<String> lowers,
    String upper,
    String work,
    XattrNamespace xattrs,
    boolean noDeviceWhiteouts,
    IdentitySpec identity,
    boolean durable,
    int dataOnly) {
  public StackSpec {
    lowers = List.copyOf(lowers);
  }

  /** One that writes device whiteouts where the upper takes them. */
  public StackSpec(List<String> lowers, String upper, String work, XattrNamespace xattrs) {
    this(lowers, upper, work, xattrs, false);
  }

  /** A durable one that shows owners and permissions as they are. */
  public StackSpec(
      List<String> lowers,
      String upper,
      String work,
      XattrNamespace xattrs,
      boolean noDeviceWhiteouts) {
    this(lowers, upper, work, xattrs, noDeviceWhiteouts, IdentitySpec.PLAIN, true, 0);
  }

  /** The same with other owners and permissions. */
  public StackSpec with(IdentitySpec other) {
    return new StackSpec(lowers, upper, work, xattrs, noDeviceWhiteouts, other, durable, dataOnly);
  }

  /** The same, volatile. */
  public StackSpec asVolatile() {
    return new StackSpec(lowers, upper, work, xattrs, noDeviceWhiteouts, identity, false, dataOnly);
  }

  /** The same, its last lowers data-only. */
  public StackSpec withDataOnly(int count) {
    return new StackSpec(lowers, upper, work, xattrs, noDeviceWhiteouts, identity, durable, count);
  }
}
