package org.stratafs.config;

/**
 * What the mount itself is made with: the options of mount(8) and of libfuse that the kernel
 * answers for. default_permissions is always among them.
 *
 * @param fsname what the first column of /proc/mounts shows
 * @param subtype the type shows as {@code fuse.SUBTYPE}
 * @param context the SELinux mount context, null for none
 * @param atime how access times are kept
 * @param allowOther whether other users than the one who mounts may use the mount
 * @param maxWrite the largest write request in bytes, 0 for the largest there is
 */
public record KernelMount(
    String fsname,
    String subtype,
    String context,
    boolean readOnly,
    boolean suid,
    boolean dev,
    boolean exec,
    Atime atime,
    boolean dirAtime,
    boolean allowOther,
    int maxWrite) {
  /** Access times: never, as relatime has them, or always. */
  public enum Atime {
    NONE,
    RELATIVE,
    STRICT
  }
}
