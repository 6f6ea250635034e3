package org.stratafs.fs;

/** Says how a mount is doing, to whoever may ask. Safe for any thread. */
@FunctionalInterface
public interface Status {
  /** What there is to tell now; as JSON in UTF-8 at most 64 KiB, as an xattr has (xattr(7)). */
  StatusReport report();
}
