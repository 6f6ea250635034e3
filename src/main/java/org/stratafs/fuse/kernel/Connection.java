package org.stratafs.fuse.kernel;

import org.stratafs.fuse.protocol.BackingRegistry;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.NativeBuffer;
import org.stratafs.sys.Syscalls;

/**
 * One descriptor of a mounted FUSE connection. Each worker has its own, cloned from the first, so
 * that the kernel keeps the requests in flight in a list for each worker (linux fs/fuse/dev.c).
 */
final class Connection implements AutoCloseable, BackingRegistry {
  /** _IOR(229, 0, uint32_t): FUSE_DEV_IOC_CLONE (include/uapi/linux/fuse.h). */
  private static final long FUSE_DEV_IOC_CLONE = 0x8004e500L;

  /** _IOW(229, 1, struct fuse_backing_map): fd, flags and padding, 16 bytes. */
  private static final long FUSE_DEV_IOC_BACKING_OPEN = 0x4010e501L;

  private static final int BACKING_MAP_SIZE = 16;

  /** _IOW(229, 2, uint32_t) */
  private static final long FUSE_DEV_IOC_BACKING_CLOSE = 0x4004e502L;

  private final Syscalls sys;
  private final int fd;
  private final boolean owned;

  /** The argument of both calls about backing files, made when first wanted. Guarded by this. */
  private NativeBuffer backingMap;

  private Connection(Syscalls sys, int fd, boolean owned) {
    this.sys = sys;
    this.fd = fd;
    this.owned = owned;
  }

  /** Takes over an open, mounted /dev/fuse descriptor. */
  static Connection of(Syscalls sys, int fd) {
    return new Connection(sys, fd, true);
  }

  /**
   * A descriptor of its own for one more worker. Where the kernel or a hidden /dev/fuse refuses
   * that, the worker shares this one, which works as well and contends a little.
   */
  Connection copy() {
    int clone = -1;
    try {
      // Not /dev/fuse: it may be hidden from us, or lie under the mount we are about to serve.
      clone = sys.openat(Syscalls.AT_FDCWD, "/proc/self/fd/" + fd, OpenFlags.O_RDWR, 0);
      NativeBuffer source = NativeBuffer.allocate(Integer.BYTES);
      source.bytes().putInt(0, fd);
      sys.ioctl(clone, FUSE_DEV_IOC_CLONE, source.address());
      return new Connection(sys, clone, true);
    } catch (FsException e) {
      // Any errno: sharing is always possible, so why cloning is not makes no difference.
      if (clone >= 0) {
        sys.close(clone);
      }
      return new Connection(sys, fd, false);
    }
  }

  /**
   * Waits for a request.
   *
   * @return its length in bytes
   * @throws FsException ENODEV once the connection is gone
   */
  int read(long address, int size) {
    return sys.read(fd, address, size);
  }

  /** Delivers a reply. ENOENT: the kernel does not wait for it any more. */
  void write(long address, int size) {
    sys.write(fd, address, size);
  }

  @Override
  public synchronized int open(int file) {
    backingMap().bytes().putInt(0, file);
    return sys.ioctl(fd, FUSE_DEV_IOC_BACKING_OPEN, backingMap().address());
  }

  @Override
  public synchronized void close(int id) {
    backingMap().bytes().putInt(0, id);
    sys.ioctl(fd, FUSE_DEV_IOC_BACKING_CLOSE, backingMap().address());
  }

  private NativeBuffer backingMap() {
    if (backingMap == null) {
      backingMap = NativeBuffer.allocate(BACKING_MAP_SIZE);
    }
    return backingMap;
  }

  @Override
  public void close() {
    if (owned) {
      sys.close(fd);
    }
  }
}
