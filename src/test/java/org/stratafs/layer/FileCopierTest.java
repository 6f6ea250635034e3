package org.stratafs.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

final class FileCopierTest {
  private final Dirs from = new Dirs(Dirs.TMPFS);
  private final Dirs to = new Dirs(Dirs.EXT4);
  private final TappedSyscalls tap = new TappedSyscalls();
  private final FileCopier copier = new FileCopier(tap.sys);

  @AfterEach
  void cleanUp() {
    from.close();
    to.close();
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  /** Copies the file f of one directory to the file g of another one. */
  private void copy(Dirs source, Dirs target) {
    int in = source.sys.openat(source.fd, "f", OpenFlags.O_RDONLY, 0);
    int out = target.sys.openat(target.fd, "g", OpenFlags.O_RDWR | OpenFlags.O_CREAT, 0600);
    try {
      Stat stat = new Stat();
      source.sys.fstat(in, stat);
      tap.calls.clear();
      copier.copy(in, stat, out, () -> false);
    } finally {
      source.sys.close(in);
      target.sys.close(out);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4095, 4096, 4097, 262144, 262145, 9_000_001})
  void everyByteArrivesByEveryWay(int size) {
    from.write("f", random(size));
    copy(from, to); // another file system: read and write
    assertArrayEquals(random(size), to.read("g"));
    to.write("f", random(size));
    copy(to, to); // the same: in the kernel
    assertArrayEquals(random(size), to.read("g"));
    assertEquals(2L * size, copier.copiedBytes());
    assertEquals(size == 0 ? 0 : 2, copier.copies());
  }

  @Test
  void whatWasRefusedOnceIsNotTriedAgain() {
    from.write("f", random(5000));
    copy(from, to);
    copy(from, to);
    assertEquals(List.of("pread", "pwrite"), tap.calls);
    to.write("f", random(5000));
    copy(to, to);
    copy(to, to);
    assertEquals(
        List.of("copyFileRange"), tap.calls, "ext4 copies in the kernel but does not clone");
  }

  @Test
  void anEmptyFileCostsNothing() {
    from.file("f", "");
    copy(from, to);
    assertEquals(List.of(), tap.calls);
  }

  @ParameterizedTest
  @CsvSource({
    "EOPNOTSUPP, ficlone",
    "EXDEV, ficlone",
    "EINVAL, ficlone",
    "ENOTTY, ficlone",
    "EBADF, ficlone",
    "EXDEV, copyFileRange",
    "EOPNOTSUPP, copyFileRange",
    "EINVAL, copyFileRange",
    "ENOSYS, copyFileRange"
  })
  void aWayThatIsNotSupportedIsReplacedByTheNext(String errno, String call) throws Exception {
    int number = Errno.class.getField(errno).getInt(null);
    tap.rule = (name, arguments) -> name.equals(call) ? number : 0;
    to.write("f", random(5000));
    copy(to, to);
    assertArrayEquals(random(5000), to.read("g"));
  }

  @ParameterizedTest
  @CsvSource({
    "ENOSPC, copyFileRange",
    "EDQUOT, copyFileRange",
    "EIO, copyFileRange",
    "ENOSPC, ficlone",
    "EIO, ficlone",
    "EIO, lseek"
  })
  void anErrorOfTheDiskIsReported(String errno, String call) throws Exception {
    int number = Errno.class.getField(errno).getInt(null);
    tap.rule = (name, arguments) -> name.equals(call) ? number : 0;
    to.write("f", random(5000));
    int fd = to.sys.openat(to.fd, "f", OpenFlags.O_RDWR, 0);
    to.sys.ftruncate(fd, 1 << 20); // a hole, so that lseek is asked
    to.sys.close(fd);
    FsException e = assertThrows(FsException.class, () -> copy(to, to));
    assertEquals(errno, Errno.name(e.errno()));
    assertEquals(0, copier.copies());
  }

  @ParameterizedTest
  @ValueSource(strings = {"pwrite", "pread"})
  void anErrorWhileReadingOrWritingIsReported(String call) {
    from.write("f", random(600_000));
    int[] calls = {0};
    tap.rule = (name, arguments) -> name.equals(call) && ++calls[0] == 2 ? Errno.ENOSPC : 0;
    assertEquals(Errno.ENOSPC, assertThrows(FsException.class, () -> copy(from, to)).errno());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void holesStayHolesAndTheSizeIsTheSame(boolean inKernel) {
    Dirs source = inKernel ? to : from;
    int mib = 1 << 20;
    source.write("f", random(10_000));
    int fd = source.sys.openat(source.fd, "f", OpenFlags.O_RDWR, 0);
    source.pwrite(fd, random(70_000), 50L * mib + 17);
    source.pwrite(fd, random(3), 80L * mib);
    source.sys.ftruncate(fd, 100L * mib + 5);
    source.sys.close(fd);
    copy(source, to);
    Stat stat = to.stat("g");
    assertEquals(100L * mib + 5, stat.size);
    assertTrue(stat.blocks * 512 < mib, stat.blocks + " blocks are no hole");
    assertTrue(Arrays.equals(source.read("f"), to.read("g")));
    assertTrue(copier.copiedBytes() < mib);
  }

  @Test
  void aFileThatIsOneHoleCopiesNoData() {
    from.file("f", "");
    int fd = from.sys.openat(from.fd, "f", OpenFlags.O_RDWR, 0);
    from.sys.ftruncate(fd, 1L << 40);
    from.sys.close(fd);
    copy(from, to);
    assertEquals(1L << 40, to.stat("g").size);
    assertEquals(0, copier.copiedBytes());
  }

  @Test
  void aFileSystemThatKnowsNoHolesIsCopiedWhole() {
    from.file("f", "");
    int fd = from.sys.openat(from.fd, "f", OpenFlags.O_RDWR, 0);
    from.pwrite(fd, random(5000), 1 << 20);
    from.sys.close(fd);
    tap.fail("lseek", Errno.EINVAL);
    copy(from, to);
    assertArrayEquals(from.read("f"), to.read("g"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSourceThatShrinksGivesZerosAndEnds(boolean inKernel) {
    Dirs source = inKernel ? to : from;
    source.write("f", random(5000));
    int in = source.sys.openat(source.fd, "f", OpenFlags.O_RDONLY, 0);
    int out = to.sys.openat(to.fd, "g", OpenFlags.O_RDWR | OpenFlags.O_CREAT, 0600);
    Stat stat = new Stat();
    source.sys.fstat(in, stat);
    stat.size = 20_000_000;
    stat.blocks = 40_000;
    copier.copy(in, stat, out, () -> false);
    stat.blocks = 8;
    copier.copy(in, stat, out, () -> false);
    source.sys.close(in);
    to.sys.close(out);
    assertArrayEquals(Arrays.copyOf(random(5000), 20_000_000), to.read("g"));
  }

  @Test
  void noMoreThanTheSizeIsCopied() {
    to.write("f", random(5000));
    int in = to.sys.openat(to.fd, "f", OpenFlags.O_RDONLY, 0);
    int out = to.sys.openat(to.fd, "g", OpenFlags.O_RDWR | OpenFlags.O_CREAT, 0600);
    copier.copy(in, out, 1234, () -> false);
    to.sys.close(in);
    to.sys.close(out);
    assertArrayEquals(Arrays.copyOf(random(5000), 1234), to.read("g"));
  }

  /** A file system that shares blocks, played by one that copies: the whole source comes. */
  @Test
  void aCloneOfASourceThatGrewIsCutToItsSize() {
    Syscalls cloning =
        (Syscalls)
            Proxy.newProxyInstance(
                Syscalls.class.getClassLoader(),
                new Class<?>[] {Syscalls.class},
                (proxy, method, args) -> {
                  if (method.getName().equals("ficlone")) {
                    return to.sys.copyFileRange((int) args[1], 0, (int) args[0], 0, 5000) < 0;
                  }
                  return method.invoke(to.sys, args);
                });
    FileCopier cloner = new FileCopier(cloning);
    to.write("f", random(5000));
    int in = to.sys.openat(to.fd, "f", OpenFlags.O_RDONLY, 0);
    int out = to.sys.openat(to.fd, "g", OpenFlags.O_RDWR | OpenFlags.O_CREAT, 0600);
    cloner.copy(in, out, 1234, () -> false);
    to.sys.close(in);
    to.sys.close(out);
    assertArrayEquals(Arrays.copyOf(random(5000), 1234), to.read("g"));
    assertEquals(1234, cloner.copiedBytes());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anInterruptEndsItBetweenSteps(boolean inKernel) {
    Dirs source = inKernel ? to : from;
    source.write("f", random(20 << 20));
    int in = source.sys.openat(source.fd, "f", OpenFlags.O_RDONLY, 0);
    int out = to.sys.openat(to.fd, "g", OpenFlags.O_RDWR | OpenFlags.O_CREAT, 0600);
    int[] asked = {0};
    FsException e =
        assertThrows(
            FsException.class, () -> copier.copy(in, out, 20 << 20, () -> ++asked[0] == 3));
    assertEquals(Errno.EINTR, e.errno());
    to.sys.close(in);
    to.sys.close(out);
    long copied = to.stat("g").size;
    assertTrue(copied > 0 && copied <= 8 << 20, copied + " bytes copied");
  }

  @Test
  void shortReadsAndWritesAreGoneOnWith() {
    from.write("f", random(1000));
    tap.rule =
        (call, arguments) -> {
          if (call.equals("pread") || call.equals("pwrite")) {
            int most = call.equals("pread") ? 7 : 3;
            arguments[2] = Math.min(most, (Integer) arguments[2]);
          }
          return call.equals("ficlone") || call.equals("copyFileRange") ? Errno.ETXTBSY : 0;
        };
    copy(from, to);
    assertArrayEquals(random(1000), to.read("g"));
  }

  @Test
  void aFullDiskIsReportedByEveryWay() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to mount a small tmpfs");
    to.mkdir("small");
    to.sys.mount("none", to.path("small"), "tmpfs", 0, "size=1m");
    try {
      from.write("f", random(3 << 20));
      int in = from.sys.openat(from.fd, "f", OpenFlags.O_RDONLY, 0);
      int out = to.sys.openat(to.fd, "small/g", OpenFlags.O_RDWR | OpenFlags.O_CREAT, 0600);
      for (int i = 0; i < 2; i++) {
        FsException e =
            assertThrows(FsException.class, () -> copier.copy(in, out, 3 << 20, () -> false));
        assertEquals(Errno.ENOSPC, e.errno());
      }
      from.sys.close(in);
      to.sys.close(out);
    } finally {
      to.sys.umount2(to.path("small"), 2);
    }
  }
}
