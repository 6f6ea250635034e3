package org.stratafs.fs;

/** What OPEN, CREATE and OPENDIR hand back. Reused by its owner. */
public final class OpenResult {
  /** Never 0. */
  public long handle;

  /** Pages cached from earlier opens stay valid (FOPEN_KEEP_CACHE). */
  public boolean keepCache;

  /** The kernel may cache the listing (FOPEN_CACHE_DIR). */
  public boolean cacheDirectory;
}
