package org.stratafs.fuse.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.stratafs.fuse.protocol.ReplyLayout.InitOut;
import org.stratafs.posix.Errno;

class InitNegotiationTest {
  /** What Linux 5.4 offers: bits 0 to 26. */
  private static final int FLAGS_5_4 = 0x07ff_ffff;

  /** What Linux 6.1 offers: bits 0 to 30. */
  private static final int FLAGS_6_1 = 0x7fff_ffff;

  private static FakeKernel kernel(FuseOptions options) {
    return new FakeKernel(new MemoryFileSystem(), options);
  }

  @Test
  void kernel54Gets731AndNothingThatCameLater() {
    FakeKernel kernel = kernel(FuseOptions.defaults());
    ByteBuffer out = kernel.send(Opcode.INIT, 0, 7, 31, 131072, FLAGS_5_4);
    assertEquals(0, kernel.errno);
    assertEquals(InitOut.SIZE, out.capacity());
    assertEquals(7, out.getInt(InitOut.MAJOR));
    assertEquals(31, out.getInt(InitOut.MINOR));
    assertEquals(0, out.getInt(InitOut.FLAGS) & ~FLAGS_5_4);
    assertEquals(31, kernel.dispatcher.negotiated().minor());
  }

  @Test
  void kernel61Gets738WithKillprivAndExtendedSetxattr() {
    FakeKernel kernel = kernel(FuseOptions.defaults());
    ByteBuffer out = kernel.init(38, FLAGS_6_1);
    assertEquals(38, out.getInt(InitOut.MINOR));
    long wanted = InitFlags.HANDLE_KILLPRIV_V2 | InitFlags.SETXATTR_EXT | InitFlags.INIT_EXT;
    assertEquals(wanted, out.getInt(InitOut.FLAGS) & wanted);
  }

  @Test
  void laterKernelGets745() {
    FakeKernel kernel = kernel(FuseOptions.defaults());
    assertEquals(45, kernel.init(45, FLAGS_6_1).getInt(InitOut.MINOR));
    kernel = kernel(FuseOptions.defaults());
    assertEquals(45, kernel.init(99, FLAGS_6_1).getInt(InitOut.MINOR));
  }

  @Test
  void requestsAreOneMebibyteAndReadaheadIsWhatTheKernelOffers() {
    ByteBuffer out = kernel(FuseOptions.defaults()).init(45, FLAGS_6_1);
    assertEquals(1 << 20, out.getInt(InitOut.MAX_WRITE));
    assertEquals(256, out.getShort(InitOut.MAX_PAGES));
    assertEquals(131072, out.getInt(InitOut.MAX_READAHEAD));
    assertEquals(1, out.getInt(InitOut.TIME_GRAN));
  }

  @Test
  void withoutMaxPagesWritesAreWhatTheKernelDefaultsTo() {
    int flags = FLAGS_6_1 & ~(int) InitFlags.MAX_PAGES;
    assertEquals(131072, kernel(FuseOptions.defaults()).init(45, flags).getInt(InitOut.MAX_WRITE));
  }

  @Test
  void optionsDecideAboutAclsWritebackAndInvalidation() {
    FuseOptions plain = FuseOptions.defaults();
    long cached = InitFlags.CACHE_SYMLINKS;
    assertEquals(cached | InitFlags.POSIX_ACL, settled(plain));
    assertEquals(cached, settled(plain.withPosixAcl(false)));
    assertEquals(
        cached | InitFlags.POSIX_ACL | InitFlags.WRITEBACK_CACHE,
        settled(plain.withWriteback(true)));
    assertEquals(
        InitFlags.POSIX_ACL | InitFlags.AUTO_INVAL_DATA, settled(plain.withTimeout(Duration.ZERO)));
  }

  @Test
  void opendirIsDoneWithoutWhereTheKernelCanAndListingsMayBeCached() {
    FakeKernel kernel = kernel(FuseOptions.defaults());
    kernel.init(45, -1);
    kernel.send(Opcode.OPENDIR, 1, 0, 0);
    assertEquals(Errno.ENOSYS, kernel.errno);

    kernel = kernel(FuseOptions.defaults());
    kernel.init(45, FakeKernel.ALL_FLAGS);
    kernel.send(Opcode.OPENDIR, 1, 0, 0);
    assertEquals(0, kernel.errno);

    kernel = kernel(FuseOptions.defaults().withTimeout(Duration.ZERO));
    kernel.init(45, -1);
    kernel.send(Opcode.OPENDIR, 1, 0, 0);
    assertEquals(0, kernel.errno);
  }

  @Test
  void theFlagsOfTheSecondWordAreOfferedTakenAndAnswered() {
    int second = (int) (InitFlags.PASSTHROUGH >>> 32);
    FuseOptions through = FuseOptions.defaults().withPassthrough(true);
    assertEquals("true 1", passthrough(kernel(through), (int) InitFlags.INIT_EXT, second));
    assertEquals("false 0", passthrough(kernel(through), (int) InitFlags.INIT_EXT, 0));
    assertEquals("false 0", passthrough(kernel(through), 0, second));
    FuseOptions without = through.withPassthrough(false);
    assertEquals("false 0", passthrough(kernel(without), (int) InitFlags.INIT_EXT, second));
    FuseOptions writeback = through.withWriteback(true);
    assertEquals("false 0", passthrough(kernel(writeback), (int) InitFlags.INIT_EXT, second));
  }

  private static String passthrough(FakeKernel kernel, int flags, int second) {
    ByteBuffer out = kernel.send(Opcode.INIT, 0, 7, 45, 131072, flags, second, new byte[44]);
    long answered = (long) out.getInt(InitOut.FLAGS2) << 32;
    return ((answered & InitFlags.PASSTHROUGH) != 0) + " " + out.getInt(InitOut.MAX_STACK_DEPTH);
  }

  @Test
  void limitsAreAnswered() {
    ByteBuffer out =
        kernel(FuseOptions.defaults()).send(Opcode.INIT, 0, 7, 99, 64 << 20, FLAGS_6_1);
    assertEquals(64, out.getShort(InitOut.MAX_BACKGROUND));
    assertEquals(48, out.getShort(InitOut.CONGESTION_THRESHOLD));
    assertEquals(1 << 20, out.getInt(InitOut.MAX_READAHEAD), "no more than a request");
  }

  private static long settled(FuseOptions options) {
    long optional =
        InitFlags.POSIX_ACL
            | InitFlags.WRITEBACK_CACHE
            | InitFlags.AUTO_INVAL_DATA
            | InitFlags.CACHE_SYMLINKS;
    return kernel(options).init(45, FLAGS_6_1).getInt(InitOut.FLAGS) & optional;
  }

  @Test
  void olderProtocolIsRefusedWithAReason() {
    FakeKernel kernel = kernel(FuseOptions.defaults());
    kernel.send(Opcode.INIT, 0, 7, 30, 131072, FLAGS_5_4);
    assertEquals(Errno.EPROTO, kernel.errno);
    assertTrue(kernel.dispatcher.initFailure().getMessage().contains("7.30"));
  }

  @Test
  void laterMajorVersionIsToldOursAndAsksAgain() {
    FakeKernel kernel = kernel(FuseOptions.defaults());
    ByteBuffer out = kernel.send(Opcode.INIT, 0, 8, 1, 131072, FLAGS_5_4);
    assertEquals(7, out.getInt(InitOut.MAJOR));
    assertNull(kernel.dispatcher.negotiated());
    kernel.init(45, FLAGS_6_1);
    assertNotNull(kernel.dispatcher.negotiated());
  }

  @Test
  void nothingIsServedBeforeInit() {
    FakeKernel kernel = kernel(FuseOptions.defaults());
    for (Opcode opcode : new Opcode[] {Opcode.LOOKUP, Opcode.UNLINK, Opcode.RMDIR}) {
      kernel.send(opcode, 1, "name");
      assertEquals(Errno.EIO, kernel.errno, opcode + " of a name that is not there");
    }
  }
}
