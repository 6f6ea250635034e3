package org.stratafs.fuse.protocol;

import java.time.Duration;
import org.stratafs.fs.Entry;
import org.stratafs.fuse.protocol.ReplyLayout.Attr;
import org.stratafs.fuse.protocol.ReplyLayout.AttrOut;
import org.stratafs.fuse.protocol.ReplyLayout.EntryOut;
import org.stratafs.fuse.protocol.ReplyLayout.Statx;
import org.stratafs.fuse.protocol.ReplyLayout.StatxOut;
import org.stratafs.posix.Stat;

/**
 * Writes entries and attributes with their timeouts into replies. Immutable; every worker uses it.
 */
final class AttrEncoder {
  private final long entrySec;
  private final int entryNsec;
  private final long attrSec;
  private final int attrNsec;
  private final long negativeSec;
  private final int negativeNsec;

  AttrEncoder(FuseOptions options) {
    Duration entry = options.entryTimeout();
    Duration attr = options.attrTimeout();
    Duration negative = options.negativeTimeout();
    entrySec = entry.getSeconds();
    entryNsec = entry.getNano();
    attrSec = attr.getSeconds();
    attrNsec = attr.getNano();
    negativeSec = negative.getSeconds();
    negativeNsec = negative.getNano();
  }

  /** Whether the kernel may remember that a name is absent. */
  boolean remembersAbsence() {
    return negativeSec != 0 || negativeNsec != 0;
  }

  /** Appends the fuse_entry_out of a name that is absent: nodeid 0, and how long that holds. */
  void absent(Reply out) {
    int at = out.append(EntryOut.SIZE);
    out.u64(at + EntryOut.ENTRY_VALID, negativeSec);
    out.u32(at + EntryOut.ENTRY_VALID_NSEC, negativeNsec);
  }

  /** Appends a fuse_entry_out. */
  void entry(Reply out, Entry entry) {
    int at = out.append(EntryOut.SIZE);
    out.u64(at + EntryOut.NODEID, entry.nodeid);
    out.u64(at + EntryOut.GENERATION, entry.generation);
    out.u64(at + EntryOut.ENTRY_VALID, entrySec);
    out.u64(at + EntryOut.ATTR_VALID, attrSec);
    out.u32(at + EntryOut.ENTRY_VALID_NSEC, entryNsec);
    out.u32(at + EntryOut.ATTR_VALID_NSEC, attrNsec);
    attr(out, at + EntryOut.ATTR, entry.attr);
  }

  /** Appends a fuse_attr_out; without {@code remember} the kernel asks again each time. */
  void attr(Reply out, Stat stat, boolean remember) {
    int at = out.append(AttrOut.SIZE);
    out.u64(at + AttrOut.ATTR_VALID, remember ? attrSec : 0);
    out.u32(at + AttrOut.ATTR_VALID_NSEC, remember ? attrNsec : 0);
    attr(out, at + AttrOut.ATTR, stat);
  }

  private static void attr(Reply out, int at, Stat stat) {
    out.u64(at + Attr.INO, stat.ino);
    out.u64(at + Attr.SIZE_BYTES, stat.size);
    out.u64(at + Attr.BLOCKS, stat.blocks);
    out.u64(at + Attr.ATIME, stat.atimeSec);
    out.u64(at + Attr.MTIME, stat.mtimeSec);
    out.u64(at + Attr.CTIME, stat.ctimeSec);
    out.u32(at + Attr.ATIMENSEC, stat.atimeNsec);
    out.u32(at + Attr.MTIMENSEC, stat.mtimeNsec);
    out.u32(at + Attr.CTIMENSEC, stat.ctimeNsec);
    out.u32(at + Attr.MODE, stat.mode);
    out.u32(at + Attr.NLINK, stat.nlink);
    out.u32(at + Attr.UID, stat.uid);
    out.u32(at + Attr.GID, stat.gid);
    // For the majors and minors Linux has (12 and 20 bits) glibc's encoding is the kernel's
    // new_encode_dev (include/linux/kdev_t.h) in its low 32 bits.
    out.u32(at + Attr.RDEV, (int) stat.rdev);
    out.u32(at + Attr.BLKSIZE, stat.blksize);
  }

  /** Appends a fuse_statx_out; without {@code remember} the kernel asks again each time. */
  void statx(Reply out, Stat stat, boolean remember) {
    int start = out.append(StatxOut.SIZE);
    out.u64(start + StatxOut.ATTR_VALID, remember ? attrSec : 0);
    out.u32(start + StatxOut.ATTR_VALID_NSEC, remember ? attrNsec : 0);
    int at = start + StatxOut.STAT;
    out.u32(at + Statx.MASK, Statx.STATX_BASIC_STATS | (stat.hasBtime ? Statx.STATX_BTIME : 0));
    out.u32(at + Statx.BLKSIZE, stat.blksize);
    out.u32(at + Statx.NLINK, stat.nlink);
    out.u32(at + Statx.UID, stat.uid);
    out.u32(at + Statx.GID, stat.gid);
    out.u16(at + Statx.MODE, stat.mode);
    out.u64(at + Statx.INO, stat.ino);
    out.u64(at + Statx.SIZE_BYTES, stat.size);
    out.u64(at + Statx.BLOCKS, stat.blocks);
    time(out, at + Statx.ATIME, stat.atimeSec, stat.atimeNsec);
    time(out, at + Statx.MTIME, stat.mtimeSec, stat.mtimeNsec);
    time(out, at + Statx.CTIME, stat.ctimeSec, stat.ctimeNsec);
    if (stat.hasBtime) {
      time(out, at + Statx.BTIME, stat.btimeSec, stat.btimeNsec);
    }
    // major(3) and minor(3)
    long rdev = stat.rdev;
    out.u32(at + Statx.RDEV_MAJOR, (int) (((rdev >>> 8) & 0xfff) | ((rdev >>> 32) & ~0xfffL)));
    out.u32(at + Statx.RDEV_MINOR, (int) ((rdev & 0xff) | ((rdev >>> 12) & ~0xffL)));
  }

  private static void time(Reply out, int at, long seconds, int nanoseconds) {
    out.u64(at, seconds);
    out.u32(at + Statx.TV_NSEC, nanoseconds);
  }
}
