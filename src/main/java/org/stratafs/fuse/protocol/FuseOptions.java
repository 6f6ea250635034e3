package org.stratafs.fuse.protocol;

import java.time.Duration;

/**
 * What the mount asks of the protocol.
 *
 * @param entryTimeout how long the kernel may use a name without asking again
 * @param attrTimeout the same for attributes
 * @param negativeTimeout the same for the absence of a name; zero: absence is not remembered
 * @param posixAcl offer POSIX ACLs; the kernel then checks them, and permissions, itself
 * @param writeback let the kernel collect small writes before it sends them; it is then the master
 *     of size and times, and late errors show at close
 * @param passthrough let the kernel read and write files by itself where it can; not with writeback
 * @param maxWrite the largest READ and WRITE in bytes, a multiple of the page size, at most {@link
 *     #MAX_REQUEST_BYTES}
 */
public record FuseOptions(
    Duration entryTimeout,
    Duration attrTimeout,
    Duration negativeTimeout,
    boolean posixAcl,
    boolean writeback,
    boolean passthrough,
    int maxWrite) {
  /** The kernel's own limit: FUSE_MAX_MAX_PAGES, 256 pages of 4 KiB. */
  public static final int MAX_REQUEST_BYTES = 1 << 20;

  /**
   * What StrataFS uses where the user says nothing: everything is cached, for all changes come
   * through the mount.
   */
  public static FuseOptions defaults() {
    Duration forEver = Duration.ofSeconds(1_000_000_000L);
    return new FuseOptions(forEver, forEver, forEver, true, false, true, MAX_REQUEST_BYTES);
  }

  /** The same with one timeout for names, attributes and absence. */
  public FuseOptions withTimeout(Duration timeout) {
    return new FuseOptions(timeout, timeout, timeout, posixAcl, writeback, passthrough, maxWrite);
  }

  /** The same with or without POSIX ACLs. */
  public FuseOptions withPosixAcl(boolean offered) {
    return with(offered, writeback, passthrough, maxWrite);
  }

  /** The same with or without the kernel's write-back cache. */
  public FuseOptions withWriteback(boolean wanted) {
    return with(posixAcl, wanted, passthrough, maxWrite);
  }

  /** The same with or without backing files. */
  public FuseOptions withPassthrough(boolean wanted) {
    return with(posixAcl, writeback, wanted, maxWrite);
  }

  /** The same with another limit for READ and WRITE, brought into what the protocol allows. */
  public FuseOptions withMaxWrite(int bytes) {
    int rounded = Math.min(Math.max(bytes, 4096), MAX_REQUEST_BYTES) & -4096;
    return with(posixAcl, writeback, passthrough, rounded);
  }

  private FuseOptions with(boolean acl, boolean collect, boolean through, int bytes) {
    return new FuseOptions(
        entryTimeout, attrTimeout, negativeTimeout, acl, collect, through, bytes);
  }
}
