package org.stratafs.sys;

/**
 * Device numbers as makedev(3) has them: 64 bits, major and minor of 32 bits each, spread (glibc
 * bits/sysmacros.h).
 *
 * <p>The kernel's own 32-bit form (new_encode_dev in include/linux/kdev_t.h: 12 bits of major, 20
 * of minor), which mknod(2) and the FUSE protocol take, is the lower half of it.
 */
public final class DeviceNumbers {
  private DeviceNumbers() {}

  /** makedev(3). */
  public static long make(int major, int minor) {
    long maj = Integer.toUnsignedLong(major);
    long min = Integer.toUnsignedLong(minor);
    return (maj & 0xfff) << 8 | (maj & ~0xfffL) << 32 | (min & 0xff) | (min & ~0xffL) << 12;
  }

  /** major(3), to be read as unsigned. */
  public static int major(long device) {
    return (int) ((device >>> 8 & 0xfff) | (device >>> 32 & 0xfffff000L));
  }

  /** minor(3), to be read as unsigned. */
  public static int minor(long device) {
    return (int) ((device & 0xff) | (device >>> 12 & 0xffffff00L));
  }

  /** Whether mknod(2) and FUSE can carry it: 12 bits of major, 20 of minor. */
  public static boolean fitsKernel(long device) {
    return device >>> 32 == 0;
  }
}
