package org.stratafs.layer;

/**
 * What is done with redirects of renamed directories (linux
 * Documentation/filesystems/overlayfs.rst, redirect_dir).
 */
public enum RedirectPolicy {
  /** Followed where they are found, and made where a lower or merged directory is renamed. */
  ON,
  /** Followed, but not made: renaming such a directory is EXDEV. */
  FOLLOW,
  /** Neither: a directory with a redirect cannot be looked up (EPERM). */
  NOFOLLOW
}
