package org.stratafs.layer;

/**
 * What is done with metacopies: files whose owner, mode, times and xattrs are in one layer and
 * whose data is in one below (linux Documentation/filesystems/overlayfs.rst, "Metadata only copy
 * up").
 */
public enum MetacopyPolicy {
  /** Followed where they are found, and made where only metadata of a lower file changes. */
  ON,
  /** Followed, but not made. */
  FOLLOW,
  /**
   * Neither, for layers that are not trusted: such a name gives EPERM. Those of a lower whose data
   * is in a data-only layer are followed, since the mount names that layer for them.
   */
  REFUSE
}
