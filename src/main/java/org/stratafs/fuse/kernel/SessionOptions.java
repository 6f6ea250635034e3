package org.stratafs.fuse.kernel;

import java.time.Duration;
import org.stratafs.fuse.protocol.FuseOptions;
import org.stratafs.posix.Log;

/**
 * How a {@link Session} serves its mount.
 *
 * @param timeout how long the kernel may use names, absences and attributes without asking again;
 *     zero: it asks each time, and sees changes made behind the mount
 * @param posixAcl offer POSIX ACLs
 * @param writeback let the kernel collect small writes; late errors then show at close
 * @param passthrough let the kernel read and write files by itself where it can
 * @param maxWrite the largest READ and WRITE in bytes
 * @param trace takes a line for each request and each reply; null for none
 */
public record SessionOptions(
    Duration timeout,
    boolean posixAcl,
    boolean writeback,
    boolean passthrough,
    int maxWrite,
    Log trace) {

  /** What a mount without options gets. */
  public static SessionOptions defaults() {
    FuseOptions fuse = FuseOptions.defaults();
    return new SessionOptions(
        fuse.entryTimeout(),
        fuse.posixAcl(),
        fuse.writeback(),
        fuse.passthrough(),
        fuse.maxWrite(),
        null);
  }

  FuseOptions fuse() {
    return FuseOptions.defaults()
        .withTimeout(timeout)
        .withPosixAcl(posixAcl)
        .withWriteback(writeback)
        .withPassthrough(passthrough)
        .withMaxWrite(maxWrite);
  }
}
