package org.stratafs.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Errno;
import org.stratafs.posix.OpenFlags;

/** Fd, NativeBuffer and DeviceNumbers. */
class SmallTypesTest extends SyscallsFixture {
  @Test
  void closingAnFdTwiceClosesOnce() {
    int number = sys.openat(dir, ".", OpenFlags.O_RDONLY, 0);
    Fd fd = new Fd(sys, number);
    assertEquals(number, fd.value());
    fd.close();
    assertErrno(Errno.EBADF, () -> sys.fstat(number, stat));
    int next = sys.openat(dir, ".", OpenFlags.O_RDONLY, 0);
    fd.close();
    sys.fstat(next, stat);
    assertEquals(-1, fd.value());
    sys.close(next);
  }

  @Test
  void aReleasedFdStaysOpen() {
    Fd fd = new Fd(sys, sys.openat(dir, ".", OpenFlags.O_RDONLY, 0));
    int number = fd.release();
    fd.close();
    sys.fstat(number, stat);
    sys.close(number);
  }

  @Test
  void nativeBuffersAreAlignedZeroedAndOfTheSizeAskedFor() {
    for (int size : new int[] {0, 1, 4095, 4096, 1 << 20}) {
      NativeBuffer buffer = NativeBuffer.allocate(size);
      assertEquals(0, buffer.address() % NativeBuffer.ALIGNMENT);
      assertEquals(size, buffer.size());
      assertEquals(size, buffer.bytes().capacity());
      assertEquals(ByteOrder.nativeOrder(), buffer.bytes().order());
      for (int i = 0; i < size; i++) {
        assertEquals(0, buffer.bytes().get(i));
      }
    }
  }

  @Test
  void deviceNumbersGoBothWays() {
    int[] values = {0, 1, 255, 256, 4095, 4096, 0xfffff, 0x100000, -1};
    for (int major : values) {
      for (int minor : values) {
        long device = DeviceNumbers.make(major, minor);
        assertEquals(major, DeviceNumbers.major(device));
        assertEquals(minor, DeviceNumbers.minor(device));
        boolean fits = major >= 0 && major < 1 << 12 && minor >= 0 && minor < 1 << 20;
        assertEquals(fits, DeviceNumbers.fitsKernel(device), major + ":" + minor);
      }
    }
    // makedev(0x12345, 0x6789a) printed by C with glibc 2.36
    assertEquals(0x000120006783459aL, DeviceNumbers.make(0x12345, 0x6789a));
    assertTrue(DeviceNumbers.fitsKernel(0));
    assertFalse(DeviceNumbers.fitsKernel(1L << 32));
  }
}
