package org.stratafs.union;

import org.stratafs.layer.MetacopyPolicy;
import org.stratafs.layer.RedirectPolicy;

/**
 * What the union is told by the mount options.
 *
 * @param staticNlink st_nlink of every directory is 1
 * @param ino32 st_ino is folded to 32 bits
 * @param durable fsync reaches the disk, and a copy-up is synced before it is published (off for
 *     volatile and fsync=0)
 * @param keepCache what the kernel has cached of a file stays valid over opens (off for timeout=0,
 *     which also makes every lookup look at the layers again)
 * @param writeback the kernel may read through a descriptor opened for writing only
 *     (FUSE_WRITEBACK_CACHE)
 * @param lowerPassthrough the kernel may read lower files of a writable mount by itself;
 *     descriptors opened before a copy-up then go on showing the lower file
 * @param redirects what is done with redirects of renamed directories
 * @param index names of a lower hard link stay one file over its copy-up
 * @param metacopy what is done with files whose data is in another layer than they are
 * @param metacopyAbove files of more bytes than these are copied up without their data where that
 *     is not needed; smaller ones are copied whole, which costs less than coming back for them
 * @param layerXattrs programs may ask any path which layer it comes from ({@link LayerXattrs})
 * @param directoryDescriptors how many directory descriptors may be kept open
 * @param generation makes nodeids of this mount differ from those of any other (struct
 *     fuse_entry_out)
 */
public record UnionOptions(
    boolean staticNlink,
    boolean ino32,
    boolean durable,
    boolean keepCache,
    boolean writeback,
    boolean lowerPassthrough,
    RedirectPolicy redirects,
    boolean index,
    MetacopyPolicy metacopy,
    long metacopyAbove,
    boolean layerXattrs,
    int directoryDescriptors,
    long generation) {

  /** The default of {@link #metacopyAbove}. */
  public static final long METACOPY_ABOVE = 64 << 10;

  /** Whether layers may be changed behind the mount, so that each request looks at them again. */
  boolean looksAgain() {
    return !keepCache;
  }

  /** What a mount without options gets. */
  public static UnionOptions defaults() {
    return new UnionOptions(
        /* staticNlink= */ false,
        /* ino32= */ false,
        /* durable= */ true,
        /* keepCache= */ true,
        /* writeback= */ false,
        /* lowerPassthrough= */ false,
        RedirectPolicy.ON,
        /* index= */ true,
        MetacopyPolicy.ON,
        METACOPY_ABOVE,
        /* layerXattrs= */ true,
        /* directoryDescriptors= */ 2048,
        /* generation= */ 1);
  }
}
