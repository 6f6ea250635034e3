package org.stratafs.fuse.libfuse;

import jnr.ffi.Pointer;
import org.stratafs.posix.Stat;
import org.stratafs.posix.StatFs;
import ru.serce.jnrfuse.struct.FileStat;
import ru.serce.jnrfuse.struct.Statvfs;

/** Puts our values into the C structs that libfuse gives. */
final class Structs {
  private Structs() {}

  /** struct stat. */
  static void put(Stat from, Pointer to) {
    FileStat out = FileStat.of(to);
    out.st_ino.set(from.ino);
    out.st_mode.set(from.mode);
    out.st_nlink.set(from.nlink);
    out.st_uid.set(from.uid);
    out.st_gid.set(from.gid);
    out.st_rdev.set(from.rdev);
    out.st_size.set(from.size);
    out.st_blksize.set(from.blksize);
    out.st_blocks.set(from.blocks);
    out.st_atim.tv_sec.set(from.atimeSec);
    out.st_atim.tv_nsec.set(from.atimeNsec);
    out.st_mtim.tv_sec.set(from.mtimeSec);
    out.st_mtim.tv_nsec.set(from.mtimeNsec);
    out.st_ctim.tv_sec.set(from.ctimeSec);
    out.st_ctim.tv_nsec.set(from.ctimeNsec);
  }

  /** struct statvfs. */
  static void put(StatFs from, Pointer to) {
    Statvfs out = Statvfs.of(to);
    out.f_bsize.set(from.bsize);
    out.f_frsize.set(from.frsize);
    out.f_blocks.set(from.blocks);
    out.f_bfree.set(from.bfree);
    out.f_bavail.set(from.bavail);
    out.f_files.set(from.files);
    out.f_ffree.set(from.ffree);
    out.f_favail.set(from.ffree);
    out.f_namemax.set(from.namelen);
  }
}
