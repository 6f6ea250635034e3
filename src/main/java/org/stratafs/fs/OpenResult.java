package org.stratafs.fs;

/** What OPEN, CREATE and OPENDIR hand back. Reused by its owner. */
public final class OpenResult {
  /** Never 0 for a file; 0 for a directory of a file system that reads them without. */
  public long handle;

  /** Pages cached from earlier opens stay valid (FOPEN_KEEP_CACHE). */
  public boolean keepCache;

  /** Set by the transport before the call: it has a use for {@link #backing} of an upper file. */
  public boolean wantsBacking;

  /** The same of a lower file. */
  public boolean wantsLowerBacking;

  /**
   * A descriptor through which the kernel may read and write the file by itself for as long as the
   * handle is open; the file system's, and -1 where it may not.
   */
  public int backing = -1;

  /**
   * The file is open where a lower has it, for reading only: {@link #backing} must not serve an
   * open for writing.
   */
  public boolean lower;

  /** FLUSH has nothing to do and need not be sent (FOPEN_NOFLUSH). */
  public boolean noFlush;

  /** The kernel may cache the listing (FOPEN_CACHE_DIR). */
  public boolean cacheDirectory;
}
