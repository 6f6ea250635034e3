package org.stratafs.fuse.kernel;

/**
 * What is to be mounted where. default_permissions always goes with it: the kernel checks
 * permissions.
 *
 * @param mountPoint a directory, absolute or relative to the working directory; or {@code
 *     /dev/fd/N}, where N is the descriptor of a FUSE connection that somebody else has mounted
 * @param fsname what the first column of /proc/mounts shows
 * @param subtype the type shows as {@code fuse.SUBTYPE}
 * @param flags {@link MountFlags}
 * @param allowOther whether other users than the one who mounts may use the mount
 * @param context the SELinux context of all files, null for none; ignored where SELinux is off
 */
public record MountRequest(
    String mountPoint,
    String fsname,
    String subtype,
    int flags,
    boolean allowOther,
    String context) {}
