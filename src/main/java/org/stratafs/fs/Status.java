package org.stratafs.fs;

/** Says how a mount is doing, to whoever may ask. Safe for any thread. */
@FunctionalInterface
public interface Status {
  /** Lines of text, in Latin-1 as all names; at most 64 KiB, as an xattr has (xattr(7)). */
  String text();
}
