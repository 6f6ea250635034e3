package org.stratafs.config;

/** Which files the kernel may read and write by itself (FUSE_PASSTHROUGH), where it can. */
public enum Passthrough {
  /** None. */
  OFF,
  /** Files of upper, and all files of a read-only mount. */
  ON,
  /** Lower files of a writable mount, too: a descriptor opened before a copy-up keeps the lower. */
  ALL
}
