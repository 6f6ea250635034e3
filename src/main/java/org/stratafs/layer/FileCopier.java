package org.stratafs.layer;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Stat;
import org.stratafs.sys.NativeBuffer;
import org.stratafs.sys.Syscalls;

/**
 * Copies file contents into the upper: by sharing blocks (FICLONE), else in the kernel
 * (copy_file_range), else by read and write. What a source's file system turned down is not tried
 * again, so that a small file costs one call: copy_file_range, or pread and pwrite. Holes stay
 * holes.
 *
 * <p>One object serves one upper and any number of threads.
 */
public final class FileCopier {
  /** The longest step between two looks at whether the caller was interrupted, in bytes. */
  private static final int CHUNK = 4 << 20;

  /** Bytes moved by one read and write. */
  private static final int BUFFER = 256 << 10;

  private static final int SECTOR = 512;

  /** How contents get from one file system to the upper's, the best first. */
  private enum Method {
    CLONE,
    COPY_RANGE,
    READ_WRITE
  }

  private final Syscalls sys;

  /** The best method not turned down yet, by st_dev of the source. */
  private final ConcurrentMap<Long, Method> methods = new ConcurrentHashMap<>();

  /** Buffers no copy is using: as many as copies ran at once. */
  private final ConcurrentLinkedDeque<NativeBuffer> buffers = new ConcurrentLinkedDeque<>();

  private final LongAdder copiedBytes = new LongAdder();
  private final LongAdder copies = new LongAdder();

  public FileCopier(Syscalls sys) {
    this.sys = sys;
  }

  /** How many bytes were copied or cloned, holes not counted. */
  public long copiedBytes() {
    return copiedBytes.sum();
  }

  /** How many files were copied to their end, empty ones not counted. */
  public long copies() {
    return copies.sum();
  }

  /**
   * Like {@link #copy(int, Stat, int, BooleanSupplier)} for a caller without a stat; at the price
   * of one fstat.
   */
  public void copy(int source, int target, long size, BooleanSupplier interrupted) {
    if (size == 0) {
      return;
    }
    Stat stat = new Stat();
    sys.fstat(source, stat);
    stat.size = size;
    copy(source, stat, target, interrupted);
  }

  /**
   * Copies the first {@code stat.size} bytes. A source that has become shorter meanwhile gives
   * zeros at the end.
   *
   * @param source open for reading
   * @param stat the source's; dev, size and blocks count
   * @param target open for writing and empty, of the same size afterwards
   * @param interrupted asked between steps of at most 4 MiB
   * @throws FsException EINTR if interrupted; ENOSPC, EDQUOT, EFBIG, EIO: the target is then good
   *     for nothing but removal
   */
  public void copy(int source, Stat stat, int target, BooleanSupplier interrupted) {
    long size = stat.size;
    if (size == 0) {
      return;
    }
    Long device = stat.dev;
    if (methods.getOrDefault(device, Method.CLONE) == Method.CLONE
        && cloned(source, target, size, device)) {
      copiedBytes.add(size);
      copies.increment();
      return;
    }
    long end;
    if (stat.blocks * SECTOR >= size) {
      end = copyRange(source, target, 0, size, device, interrupted);
    } else {
      end = copySparse(source, target, size, device, interrupted);
    }
    if (end < size) {
      sys.ftruncate(target, size); // a hole at the end, or a source that shrank
    }
    copies.increment();
  }

  private boolean cloned(int source, int target, long size, Long device) {
    try {
      sys.ficlone(target, source);
    } catch (FsException e) {
      if (!canDoWithout(e.errno())) {
        throw e;
      }
      if (isRefusedForAll(e.errno())) {
        methods.putIfAbsent(device, Method.COPY_RANGE);
      }
      return false;
    }
    sys.ftruncate(target, size); // the whole source came, which may have grown since its stat
    return true;
  }

  /** Data by data segment; where the last one ends. */
  private long copySparse(
      int source, int target, long size, Long device, BooleanSupplier interrupted) {
    long end = 0;
    long data = 0;
    while (data < size && (data = dataFrom(source, data)) >= 0 && data < size) {
      long hole = Math.min(size, holeFrom(source, data, size));
      end = copyRange(source, target, data, hole, device, interrupted);
      data = hole;
    }
    return end;
  }

  /** Where data begins at or after an offset; -1 if there is none (ENXIO). */
  private long dataFrom(int source, long offset) {
    try {
      return sys.lseek(source, offset, Syscalls.SEEK_DATA);
    } catch (FsException e) {
      if (e.errno() == Errno.ENXIO) {
        return -1;
      }
      if (Errno.isUnsupported(e.errno())) {
        return offset; // knows no holes: all is data
      }
      throw e;
    }
  }

  private long holeFrom(int source, long offset, long size) {
    try {
      return Math.max(offset + 1, sys.lseek(source, offset, Syscalls.SEEK_HOLE));
    } catch (FsException e) {
      if (e.errno() == Errno.ENXIO || Errno.isUnsupported(e.errno())) {
        return size;
      }
      throw e;
    }
  }

  /**
   * Copies [from, to) to the same offsets; where it got, less than {@code to} only if the source
   * ends there.
   */
  private long copyRange(
      int source, int target, long from, long to, Long device, BooleanSupplier interrupted) {
    long at = from;
    while (at < to && methods.get(device) != Method.READ_WRITE) {
      checkInterrupted(interrupted);
      long copied;
      try {
        copied = sys.copyFileRange(source, at, target, at, Math.min(CHUNK, to - at));
      } catch (FsException e) {
        if (!canDoWithout(e.errno())) {
          throw e;
        }
        if (isRefusedForAll(e.errno())) {
          methods.put(device, Method.READ_WRITE);
        }
        break;
      }
      if (copied == 0) {
        break; // the end, or a file system that says so (procfs and some FUSE servers): reading
        // tells
      }
      at += copied;
      copiedBytes.add(copied);
    }
    return at < to ? readAndWrite(source, target, at, to, interrupted) : at;
  }

  private long readAndWrite(
      int source, int target, long from, long to, BooleanSupplier interrupted) {
    NativeBuffer pooled = buffers.pollFirst();
    NativeBuffer buffer = pooled != null ? pooled : NativeBuffer.allocate(BUFFER);
    try {
      long at = from;
      while (at < to) {
        checkInterrupted(interrupted);
        int read = sys.pread(source, buffer.address(), (int) Math.min(BUFFER, to - at), at);
        if (read == 0) {
          break;
        }
        writeAll(target, buffer.address(), read, at);
        at += read;
        copiedBytes.add(read);
      }
      return at;
    } finally {
      buffers.addFirst(buffer);
    }
  }

  private void writeAll(int target, long address, int size, long offset) {
    int done = 0;
    while (done < size) {
      int written = sys.pwrite(target, address + done, size - done, offset + done);
      if (written == 0) {
        throw new FsException(
            Errno.EIO); // pwrite(2) of a regular file never does that; better than to try for ever
      }
      done += written;
    }
  }

  private static void checkInterrupted(BooleanSupplier interrupted) {
    if (interrupted.getAsBoolean()) {
      throw new FsException(Errno.EINTR);
    }
  }

  /**
   * The kernel does not clone, or not copy in the kernel, but reading and writing may work
   * (ioctl_ficlone(2), copy_file_range(2)). EBADF is how some file systems say it, ETXTBSY is a
   * swap file, EINVAL a file that is not like the others (nodatacow on btrfs).
   */
  private static boolean canDoWithout(int errno) {
    return Errno.isUnsupported(errno)
        || errno == Errno.EBADF
        || errno == Errno.EPERM
        || errno == Errno.ETXTBSY
        || errno == Errno.EISDIR;
  }

  /** What was refused for one file is refused for every file of that file system. */
  private static boolean isRefusedForAll(int errno) {
    return errno == Errno.EOPNOTSUPP
        || errno == Errno.ENOTTY
        || errno == Errno.ENOSYS
        || errno == Errno.EXDEV;
  }
}
