package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.stratafs.core.LookupTest.assertErrno;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.OpenResult;
import org.stratafs.layer.IdentitySpec;
import org.stratafs.layer.OverrideForm;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.posix.StatFs;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.NativeBytes;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.SyscallWrapper;
import org.stratafs.testkit.UnionFixture;
import org.stratafs.union.UnionOptions;

/** What an open tells the kernel of the file, and what the kernel is told later. */
class OpenResultTest {
  private static final long NFS = 0x6969;

  private final List<String> calls = new ArrayList<>();
  private boolean failFstat;
  private long upperType;

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "owners in layers need root");
  }

  /** Writes down flush calls, fails fstat(2) and tells a type of the upper's file system. */
  private final class Calls extends SyscallWrapper {
    Calls(Syscalls real) {
      super(real);
    }

    @Override
    protected void before(String call, Object[] args) {
      if (call.equals("flush")) {
        calls.add(call);
      }
      if (failFstat && call.equals("fstat")) {
        throw new FsException(Errno.EIO);
      }
    }

    @Override
    protected Object after(String call, Object[] args, Object result) {
      if (upperType != 0 && call.equals("fstatfs")) {
        ((StatFs) args[1]).type = upperType;
      }
      return result;
    }
  }

  private UnionFixture wrapped(UnionFixture union) {
    return union.wrap(sys -> new Calls(sys).syscalls()).open();
  }

  private static OpenResult open(UnionFixture union, String path, int flags) {
    OpenResult out = new OpenResult();
    out.wantsBacking = true;
    out.wantsLowerBacking = true;
    Client client = union.client();
    union.fs().open(client.caller(), client.nodeid(path), flags, false, out);
    return out;
  }

  private static OpenResult opened(UnionFixture union, String path, int flags) {
    OpenResult out = open(union, path, flags);
    union.fs().release(union.client().nodeid(path), out.handle);
    return out;
  }

  private static boolean isBacked(UnionFixture union, String path, int flags) {
    return opened(union, path, flags).backing >= 0;
  }

  @Test
  void pagesStayCachedUnlessLayersMayChange() {
    try (UnionFixture union = UnionFixture.of("file f text").open()) {
      assertTrue(opened(union, "f", OpenFlags.O_RDONLY).keepCache);
      assertTrue(directory(union).cacheDirectory);
    }
    try (UnionFixture union = UnionFixture.of("file f text").timeoutZero().open()) {
      assertFalse(opened(union, "f", OpenFlags.O_RDONLY).keepCache);
      assertFalse(directory(union).cacheDirectory);
    }
  }

  private static OpenResult directory(UnionFixture union) {
    OpenResult out = new OpenResult();
    union.fs().opendir(union.client().caller(), FileSystem.ROOT, OpenFlags.O_RDONLY, out);
    return out;
  }

  @Test
  void theKernelReadsByItselfWhatNoCopyUpReplacesAndWritesAsRootOnly() {
    try (UnionFixture union = UnionFixture.of("file l lower").upper("file u upper").open()) {
      assertFalse(isBacked(union, "l", OpenFlags.O_RDONLY));
      assertTrue(isBacked(union, "u", OpenFlags.O_RDONLY));
      assertTrue(isBacked(union, "u", OpenFlags.O_RDWR));
      assertTrue(isBacked(union, "l", OpenFlags.O_WRONLY), "copied up now");
      union.client().become(1000, 1000);
      assertTrue(isBacked(union, "u", OpenFlags.O_RDONLY));
      assertFalse(isBacked(union, "u", OpenFlags.O_RDWR));
      OpenResult unasked = new OpenResult();
      union.fs().open(union.client().caller(), union.client().nodeid("u"), 0, false, unasked);
      assertEquals(-1, unasked.backing);
      union.fs().release(union.client().nodeid("u"), unasked.handle);
    }
    try (UnionFixture union = UnionFixture.readOnly("file l lower").open()) {
      assertTrue(isBacked(union, "l", OpenFlags.O_RDONLY));
    }
  }

  @Test
  void theKernelDoesNotWriteBySelfWhereSuidOrSgidWouldHaveToGo() {
    try (UnionFixture union =
        UnionFixture.of("").upper("file suid x mode=4755\nfile sgid x mode=2755").open()) {
      assertFalse(isBacked(union, "suid", OpenFlags.O_RDWR));
      assertFalse(isBacked(union, "sgid", OpenFlags.O_RDWR));
    }
  }

  @Test
  void noBackingFileWhereTheModeIsKeptInAnXattr() {
    IdentitySpec kept =
        new IdentitySpec(
            null, null, IdentitySpec.NO_ID, IdentitySpec.NO_ID, OverrideForm.PRIVILEGED, true);
    try (UnionFixture union = UnionFixture.of("").identity(kept).open()) {
      union.client().write("f", "text");
      assertFalse(isBacked(union, "f", OpenFlags.O_RDONLY));
    }
  }

  @Test
  void anOpenWhoseModeCannotBeAskedSucceedsWithoutBackingFile() {
    try (UnionFixture union = wrapped(UnionFixture.of("").upper("file u upper"))) {
      long node = union.client().nodeid("u");
      failFstat = true;
      OpenResult out = open(union, "u", OpenFlags.O_RDONLY);
      failFstat = false;
      assertEquals(-1, out.backing);
      union.fs().release(node, out.handle);
    }
  }

  @Test
  void whatTheKernelMayHaveWrittenByItselfIsFlushed() {
    try (UnionFixture union = wrapped(UnionFixture.of("").upper("file u upper"))) {
      FileSystem fs = union.fs();
      long node = union.client().nodeid("u");
      for (int flags : new int[] {OpenFlags.O_RDONLY, OpenFlags.O_RDWR}) {
        OpenResult out = open(union, "u", flags);
        calls.clear();
        fs.flush(union.client().caller(), node, out.handle);
        assertEquals(flags == OpenFlags.O_RDWR ? List.of("flush") : List.of(), calls);
        fs.release(node, out.handle);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0xEF53", "0x58465342", "0x9123683E", "0xF2F52010", "0x01021994", "0x6969"})
  void flushIsSentForWritersWhereTheFileSystemBelowHasOne(String type) {
    upperType = Long.decode(type);
    try (UnionFixture union = wrapped(UnionFixture.of("").upper("file u upper"))) {
      assertTrue(opened(union, "u", OpenFlags.O_RDONLY).noFlush);
      assertEquals(upperType != NFS, opened(union, "u", OpenFlags.O_RDWR).noFlush);
    }
  }

  @Test
  void withWritebackTheKernelReadsThroughADescriptorOpenedForWriting() {
    UnionOptions plain = UnionOptions.defaults();
    for (boolean writeback : new boolean[] {false, true}) {
      UnionOptions options =
          new UnionOptions(
              plain.staticNlink(),
              plain.ino32(),
              plain.durable(),
              plain.keepCache(),
              writeback,
              plain.lowerPassthrough(),
              plain.redirects(),
              plain.index(),
              plain.metacopy(),
              plain.metacopyAbove(),
              /* layerXattrs= */ true,
              plain.directoryDescriptors(),
              4711);
      try (UnionFixture union = UnionFixture.of("file f text").options(options).open()) {
        FileSystem fs = union.fs();
        long node = union.client().nodeid("f");
        OpenResult out = open(union, "f", OpenFlags.O_WRONLY);
        long address = new NativeBytes(4).address();
        if (writeback) {
          assertEquals(4, fs.read(union.client().caller(), node, out.handle, 0, address, 4));
        } else {
          assertErrno(
              Errno.EBADF, () -> fs.read(union.client().caller(), node, out.handle, 0, address, 4));
        }
        fs.release(node, out.handle);
        org.stratafs.fs.Entry entry = new org.stratafs.fs.Entry();
        fs.lookup(union.client().caller(), FileSystem.ROOT, "f", entry);
        assertEquals(4711, entry.generation);
        fs.forget(entry.nodeid, 1);
      }
    }
  }

  @Test
  void theKernelIsToldWhenAWriteClearedSuidAndNotOtherwise() {
    try (UnionFixture union = UnionFixture.of("file f text mode=6755").open()) {
      List<Long> told = new ArrayList<>();
      Client client = union.client();
      long node = client.nodeid("f");
      int fd = client.open("f", OpenFlags.O_RDWR, 0);
      union.fs().start(told::add);
      long address = NativeBytes.of(new byte[] {'T'}).address();
      for (int i = 0; i < 2; i++) {
        union.fs().write(client.caller(), node, client.handle(fd), 0, address, 1, 0, true);
        assertEquals(List.of(node), told);
      }
      client.close(fd);
      client.chmod("f", 06745);
      told.clear();
      OpenResult out = new OpenResult();
      union.fs().open(client.caller(), node, OpenFlags.O_RDWR | OpenFlags.O_TRUNC, true, out);
      union.fs().release(node, out.handle);
      assertEquals(List.of(node), told);
      assertEquals(02745, client.lstat("f").mode & 07777, "no group execution: mandatory locks");
    }
  }

  @Test
  void anIoctlThatSetsFlagsSetsThoseOfACopy() {
    int setFlags = 0x40086602;
    try (UnionFixture union = UnionFixture.of("file f text").open()) {
      Client client = union.client();
      NativeBytes none = NativeBytes.of(new byte[8]);
      long node = client.nodeid("f");
      union.fs().ioctl(client.caller(), node, 0, setFlags, none.address(), 8, 0);
      assertDoesNotThrow(
          () -> union.real().stat(Syscalls.AT_FDCWD, union.upperPath() + "/f", new Stat()));
    }
  }
}
