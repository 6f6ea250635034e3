package org.stratafs.fuse.protocol;

import org.stratafs.fuse.protocol.ReplyLayout.InitOut;
import org.stratafs.fuse.protocol.RequestLayout.InitIn;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

/**
 * INIT: settles the version, the flags and the limits (linux fs/fuse/inode.c, process_init_reply).
 */
final class InitNegotiation {
  static final int MAJOR = 7;

  /** Linux 6.18. */
  static final int MINOR = 45;

  /** Linux 5.4. */
  static final int OLDEST_MINOR = 31;

  /**
   * Asynchronous reads, readahead and releases in flight. The kernel's own 12 starves readahead of
   * 1 MiB requests; 64 are as many workers as may run at once without being noticed.
   */
  private static final int MAX_BACKGROUND = 64;

  /** The kernel's own ratio, three quarters. */
  private static final int CONGESTION_THRESHOLD = MAX_BACKGROUND * 3 / 4;

  // max_readahead is the kernel's offer, 128 KiB. Raised to 1 MiB by read_ahead_kb it gained
  // nothing:
  // reading 64 MiB in sequence ran at 1.3 GB/s (median of 9, 128 KiB: 1.5, 512 KiB: 1.2, 4 MiB:
  // 1.3;
  // Linux 6.18, 2 cores, November 2026), since pages of a small request are still in the CPU's
  // cache.

  /**
   * How many stacked file systems the mount counts for. With 1, backing files must not be on a
   * stacked one themselves, and one overlayfs may be mounted on the mount; with 2 it is the
   * reverse.
   */
  private static final int STACK_DEPTH = 1;

  private static final int PAGE_SIZE = 4096;

  /** What requests are limited to without MAX_PAGES (FUSE_DEFAULT_MAX_PAGES_PER_REQ). */
  private static final int DEFAULT_MAX_PAGES = 32;

  private final FuseOptions options;

  InitNegotiation(FuseOptions options) {
    this.options = options;
  }

  /**
   * Answers INIT.
   *
   * @return what was settled; null if the kernel speaks a later major version and will ask again
   * @throws FsException EPROTO for a kernel that is too old
   */
  Negotiated answer(Request in, Reply out) {
    int major = in.u32(InitIn.MAJOR);
    if (Integer.compareUnsigned(major, MAJOR) > 0) {
      int at = out.append(InitOut.SIZE);
      out.u32(at + InitOut.MAJOR, MAJOR);
      out.u32(at + InitOut.MINOR, MINOR);
      return null;
    }
    int minor = in.u32(InitIn.MINOR);
    if (major < MAJOR || Integer.compareUnsigned(minor, OLDEST_MINOR) < 0) {
      throw new FsException(
          Errno.EPROTO,
          "the kernel speaks FUSE protocol "
              + Integer.toUnsignedString(major)
              + "."
              + Integer.toUnsignedString(minor)
              + "; StrataFS needs 7.31 or later, that is Linux 5.4 or later");
    }
    Negotiated negotiated = settle(in, minor);
    encode(negotiated, out);
    return negotiated;
  }

  private Negotiated settle(Request in, int minor) {
    long offered = in.u32(InitIn.FLAGS) & 0xffff_ffffL;
    if ((offered & InitFlags.INIT_EXT) != 0 && in.remaining() >= InitIn.SIZE - InitIn.COMPAT_SIZE) {
      offered |= (long) in.u32(InitIn.FLAGS2) << 32;
    }
    long flags = offered & wanted();
    int readahead = in.u32(InitIn.MAX_READAHEAD);
    return new Negotiated(
        Integer.compareUnsigned(minor, MINOR) < 0 ? minor : MINOR,
        flags,
        Integer.compareUnsigned(readahead, FuseOptions.MAX_REQUEST_BYTES) < 0
            ? readahead
            : FuseOptions.MAX_REQUEST_BYTES,
        (flags & InitFlags.MAX_PAGES) != 0
            ? options.maxWrite()
            : Math.min(options.maxWrite(), DEFAULT_MAX_PAGES * PAGE_SIZE));
  }

  private long wanted() {
    long flags =
        InitFlags.ASYNC_READ
            | InitFlags.ATOMIC_O_TRUNC
            | InitFlags.EXPORT_SUPPORT
            | InitFlags.BIG_WRITES
            | InitFlags.DONT_MASK
            | InitFlags.DO_READDIRPLUS
            | InitFlags.READDIRPLUS_AUTO
            | InitFlags.ASYNC_DIO
            | InitFlags.PARALLEL_DIROPS
            | InitFlags.MAX_PAGES
            | InitFlags.HANDLE_KILLPRIV_V2
            | InitFlags.SETXATTR_EXT
            | InitFlags.INIT_EXT;
    if (options.posixAcl()) {
      flags |= InitFlags.POSIX_ACL;
    }
    if (options.writeback()) {
      flags |= InitFlags.WRITEBACK_CACHE; // which excludes PASSTHROUGH
    } else if (options.passthrough()) {
      flags |= InitFlags.PASSTHROUGH;
    }
    // Drops cached pages when a GETATTR shows another mtime or size than the kernel knows. That
    // finds
    // changes made behind the mount, which only timeout=0 promises to show; with long timeouts all
    // changes come through the mount, and dropping would only throw away good pages.
    if (options.attrTimeout().isZero()) {
      flags |= InitFlags.AUTO_INVAL_DATA;
    } else {
      flags |= InitFlags.CACHE_SYMLINKS; // a target that was read once is believed
      // Without OPENDIR the kernel caches listings, which layers that change would make stale.
      flags |= InitFlags.NO_OPENDIR_SUPPORT;
    }
    return flags;
  }

  private static void encode(Negotiated negotiated, Reply out) {
    int at = out.append(InitOut.SIZE);
    out.u32(at + InitOut.MAJOR, MAJOR);
    out.u32(at + InitOut.MINOR, negotiated.minor());
    out.u32(at + InitOut.MAX_READAHEAD, negotiated.maxReadahead());
    out.u32(at + InitOut.FLAGS, (int) negotiated.flags());
    out.u32(at + InitOut.FLAGS2, (int) (negotiated.flags() >>> 32));
    out.u16(at + InitOut.MAX_BACKGROUND, MAX_BACKGROUND);
    out.u16(at + InitOut.CONGESTION_THRESHOLD, CONGESTION_THRESHOLD);
    out.u32(at + InitOut.MAX_WRITE, negotiated.maxWrite());
    out.u32(at + InitOut.TIME_GRAN, 1);
    out.u16(at + InitOut.MAX_PAGES, negotiated.maxWrite() / PAGE_SIZE);
    if (negotiated.has(InitFlags.PASSTHROUGH)) {
      out.u32(at + InitOut.MAX_STACK_DEPTH, STACK_DEPTH);
    }
  }
}
