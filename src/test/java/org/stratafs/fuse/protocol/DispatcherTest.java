package org.stratafs.fuse.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.stratafs.fs.Caller;
import org.stratafs.fs.SetAttr;
import org.stratafs.fuse.protocol.ReplyLayout.Attr;
import org.stratafs.fuse.protocol.ReplyLayout.AttrOut;
import org.stratafs.fuse.protocol.ReplyLayout.EntryOut;
import org.stratafs.fuse.protocol.ReplyLayout.OpenOut;
import org.stratafs.fuse.protocol.ReplyLayout.Statx;
import org.stratafs.fuse.protocol.ReplyLayout.StatxOut;
import org.stratafs.posix.Errno;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Stat;

class DispatcherTest extends DispatcherFixture {
  @Test
  void lookupRepliesTheEntryWithItsTimeouts() {
    fs.file("name", new byte[42]);
    ByteBuffer out = ok(Opcode.LOOKUP, 1, "name");
    assertEquals(EntryOut.SIZE, out.capacity());
    assertEquals(2, out.getLong(EntryOut.NODEID));
    assertEquals(1, out.getLong(EntryOut.GENERATION));
    assertEquals(1_000_000_000L, out.getLong(EntryOut.ENTRY_VALID));
    assertEquals(1_000_000_000L, out.getLong(EntryOut.ATTR_VALID));
    assertEquals(42, out.getLong(EntryOut.ATTR + Attr.SIZE_BYTES));
    assertEquals(Mode.S_IFREG | 0644, out.getInt(EntryOut.ATTR + Attr.MODE));
  }

  @Test
  void absenceIsRememberedUnlessItsTimeoutIsZero() {
    ByteBuffer out = ok(Opcode.LOOKUP, 1, "absent");
    assertEquals(0, out.getLong(EntryOut.NODEID));
    assertEquals(1_000_000_000L, out.getLong(EntryOut.ENTRY_VALID));

    FakeKernel forgetful = new FakeKernel(fs, FuseOptions.defaults().withTimeout(Duration.ZERO));
    forgetful.init(45, -1);
    forgetful.send(Opcode.LOOKUP, 1, "absent");
    assertEquals(Errno.ENOENT, forgetful.errno);
  }

  @Test
  void forgetAndBatchForgetGiveBackLookupsWithoutAReply() {
    fs.file("a", new byte[0]);
    fs.file("b", new byte[0]);
    long a = lookup("a");
    lookup("a");
    long b = lookup("b");
    lookup("b");
    assertEquals(4, fs.lookups());
    assertNull(kernel.send(Opcode.FORGET, a, 1L));
    assertEquals(3, fs.lookups());
    assertNull(kernel.send(Opcode.BATCH_FORGET, 0, 2, 0, a, 1L, b, 2L));
    assertEquals(0, fs.lookups());
  }

  @Test
  void everyAttributeHasItsPlace() {
    FakeKernel other =
        FakeKernel.initialised(
            new MemoryFileSystem() {
              @Override
              @SuppressWarnings("UnsynchronizedOverridesSynchronized") // one thread
              public void getattr(Caller caller, long nodeid, long handle, Stat out) {
                out.ino = 1;
                out.size = 2;
                out.blocks = 3;
                out.atimeSec = 4;
                out.mtimeSec = 5;
                out.ctimeSec = 6;
                out.atimeNsec = 7;
                out.mtimeNsec = 8;
                out.ctimeNsec = 9;
                out.mode = 10;
                out.nlink = 11;
                out.uid = 12;
                out.gid = 13;
                out.rdev = 14;
                out.blksize = 15;
              }
            });
    ByteBuffer attr = other.send(Opcode.GETATTR, 1, 0, 0, 0L);
    int at = AttrOut.ATTR;
    StringBuilder seen = new StringBuilder();
    for (int field = Attr.INO; field <= Attr.CTIME; field += Long.BYTES) {
      seen.append(attr.getLong(at + field)).append(' ');
    }
    for (int field = Attr.ATIMENSEC; field <= Attr.BLKSIZE; field += Integer.BYTES) {
      seen.append(attr.getInt(at + field)).append(' ');
    }
    assertEquals("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 ", seen.toString());
  }

  @Test
  void callerIsTheOneOfTheHeader() {
    List<Integer> seen = new ArrayList<>();
    FakeKernel other =
        FakeKernel.initialised(
            new MemoryFileSystem() {
              @Override
              public void statfs(Caller caller, long nodeid, org.stratafs.posix.StatFs out) {
                seen.addAll(List.of(caller.uid(), caller.gid(), caller.pid()));
              }
            });
    other.send(Opcode.STATFS, 1);
    assertEquals(List.of(1000, 100, 77), seen);
  }

  @Test
  void dataWrittenIsRead() {
    ByteBuffer created = ok(Opcode.CREATE, 1, RDWR, 0640, 022, 0, "file");
    long node = created.getLong(EntryOut.NODEID);
    long handle = created.getLong(EntryOut.SIZE + OpenOut.FH);
    assertEquals(OpenOut.FOPEN_KEEP_CACHE, created.getInt(EntryOut.SIZE + OpenOut.OPEN_FLAGS));
    byte[] data = "0123456789".getBytes(StandardCharsets.US_ASCII);
    ByteBuffer written = ok(Opcode.WRITE, node, handle, 5L, data.length, 0, 0L, RDWR, 0, data);
    assertEquals(10, written.getInt(0));
    ByteBuffer read = ok(Opcode.READ, node, handle, 0L, 4096, 0, 0L, RDWR, 0);
    assertEquals("\0\0\0\0\0000123456789", FakeKernel.text(read, 0, read.capacity()));
    ok(Opcode.RELEASE, node, handle, RDWR, 0, 0L);
    assertEquals(0, fs.openHandles());
    kernel.checkGuards();
  }

  @Test
  void setattrCarriesWhatItsBitsSay() {
    List<String> seen = new ArrayList<>();
    FakeKernel other =
        FakeKernel.initialised(
            new MemoryFileSystem() {
              @Override
              @SuppressWarnings("UnsynchronizedOverridesSynchronized") // one thread
              public void setattr(Caller caller, long nodeid, SetAttr change, Stat out) {
                seen.add(
                    (change.setMode ? "mode " + Integer.toOctalString(change.mode) : "")
                        + (change.setUid ? " uid " + change.uid : "")
                        + (change.setGid ? " gid " + change.gid : "")
                        + (change.setSize ? " size " + change.size : "")
                        + (change.setAtime ? " atime " + change.atimeNow : "")
                        + (change.setMtime ? " mtime " + change.mtimeSec + "." : "")
                        + (change.setMtime ? change.mtimeNsec : "")
                        + (change.killSuidGid ? " kill" : "")
                        + " handle "
                        + change.handle);
              }
            });
    Object[] fields = {
      0, 9L, 1234L, 0L, 11L, 22L, 33L, 111, 222, 333, 0751, 0, 1001, 1002, 0,
    };
    Object[] request = new Object[fields.length + 1];
    System.arraycopy(fields, 0, request, 1, fields.length);
    request[0] = 0xfff;
    other.send(Opcode.SETATTR, 1, request);
    request[0] = 1 << 5;
    other.send(Opcode.SETATTR, 1, request);
    request[0] = 0;
    other.send(Opcode.SETATTR, 1, request);
    assertEquals(
        List.of(
            "mode 751 uid 1001 gid 1002 size 1234 atime true mtime 22.222 kill handle 9",
            " mtime 22.222 handle 0",
            " handle 0"),
        seen);
  }

  @Test
  void statxTellsTheBirthTime() {
    ByteBuffer out = ok(Opcode.STATX, 1, 0, 0, 0L, 0, 0xfff);
    int at = StatxOut.STAT;
    assertEquals(0xfff, out.getInt(at + Statx.MASK));
    assertEquals(1_000_000_000L, out.getLong(at + Statx.BTIME));
    assertEquals((short) (Mode.S_IFDIR | 0755), out.getShort(at + Statx.MODE));
  }

  @Test
  void deviceNumbersSurviveBothWays() {
    // major 4095, minor 0xfffff: all bits that the kernel's 32-bit encoding has
    ByteBuffer out = ok(Opcode.MKNOD, 1, Mode.S_IFCHR | 0600, -1, 0, 0, "dev");
    assertEquals(-1, out.getInt(EntryOut.ATTR + Attr.RDEV));
    long node = out.getLong(EntryOut.NODEID);
    ByteBuffer statx = ok(Opcode.STATX, node, 0, 0, 0L, 0, 0xfff);
    assertEquals(4095, statx.getInt(StatxOut.STAT + Statx.RDEV_MAJOR));
    assertEquals(0xfffff, statx.getInt(StatxOut.STAT + Statx.RDEV_MINOR));
  }

  @Test
  void namesAndTargetsKeepEveryByte() {
    StringBuilder all = new StringBuilder();
    for (char c = 1; c < 256; c++) {
      if (c != '/') {
        all.append(c);
      }
    }
    String name = all.append('x').toString();
    assertEquals(255, name.length());
    long link = ok(Opcode.SYMLINK, 1, name, name + "/target").getLong(EntryOut.NODEID);
    ByteBuffer target = ok(Opcode.READLINK, link);
    assertEquals(name + "/target", FakeKernel.text(target, 0, target.capacity()));
    assertEquals(link, lookup(name));
  }

  @Test
  void renameTakesBothFormsAndTheirFlags() {
    fs.file("a", new byte[0]);
    fs.file("b", new byte[0]);
    assertEquals(Errno.EEXIST, errno(Opcode.RENAME2, 1, 1L, 1, 0, "a", "b"));
    ok(Opcode.RENAME2, 1, 1L, 0, 0, "a", "c");
    ok(Opcode.RENAME, 1, 1L, "c", "b");
    assertEquals(2, lookup("b"));
  }

  @Test
  void xattrsTellTheirSizeAndRefuseTooSmallABuffer() {
    byte[] value = {1, 0, 2};
    ok(Opcode.SETXATTR, 1, 3, 0, 0, 0, "user.x", value);
    assertEquals(3, ok(Opcode.GETXATTR, 1, 0, 0, "user.x").getInt(0));
    assertEquals(Errno.ERANGE, errno(Opcode.GETXATTR, 1, 2, 0, "user.x"));
    ByteBuffer got = ok(Opcode.GETXATTR, 1, 3, 0, "user.x");
    byte[] bytes = new byte[got.capacity()];
    got.get(bytes);
    assertArrayEquals(value, bytes);
    ok(Opcode.SETXATTR, 1, 0, 0, 0, 0, "user.y", new byte[0]);
    ByteBuffer names = ok(Opcode.LISTXATTR, 1, 100, 0);
    assertEquals("user.x\0user.y\0", FakeKernel.text(names, 0, names.capacity()));
    ok(Opcode.REMOVEXATTR, 1, "user.x");
    assertEquals(Errno.ENODATA, errno(Opcode.REMOVEXATTR, 1, "user.x"));
  }

  @Test
  void setxattrIsShortWhereTheKernelDoesNotKnowTheLongForm() {
    FakeKernel old = new FakeKernel(fs, FuseOptions.defaults());
    old.send(Opcode.INIT, 0, 7, 31, 131072, 0x07ff_ffff);
    old.send(Opcode.SETXATTR, 1, 1, 0, "user.x", new byte[] {7});
    assertEquals(0, old.errno);
    assertArrayEquals(new byte[] {7}, fs.getxattr(null, 1, "user.x"));
  }

  @Test
  void copyFileRangeRepliesInItsTwoWidths() {
    fs.file("f", new byte[0]);
    long node = lookup("f");
    long handle = open(node);
    long huge = 5L << 32;
    ByteBuffer narrow = ok(Opcode.COPY_FILE_RANGE, node, handle, 0L, node, handle, 0L, huge, 0L);
    assertEquals(0x7fff_f000, narrow.getInt(0));
    ByteBuffer wide = ok(Opcode.COPY_FILE_RANGE_64, node, handle, 0L, node, handle, 0L, huge, 0L);
    assertEquals(huge, wide.getLong(0));
    int errno = errno(Opcode.COPY_FILE_RANGE, node, handle, 0L, node, handle, 0L, 1L, 1L);
    assertEquals(Errno.EINVAL, errno);
  }

  @Test
  void lseekServesDataAndHoleOnly() {
    fs.file("f", new byte[10]);
    long node = lookup("f");
    long handle = open(node);
    assertEquals(4, ok(Opcode.LSEEK, node, handle, 4L, 3, 0).getLong(0));
    assertEquals(10, ok(Opcode.LSEEK, node, handle, 4L, 4, 0).getLong(0));
    assertEquals(Errno.ENXIO, errno(Opcode.LSEEK, node, handle, 10L, 3, 0));
    assertEquals(Errno.EINVAL, errno(Opcode.LSEEK, node, handle, 4L, 0, 0));
  }

  @Test
  void ioctlReplacesItsInputByItsOutput() {
    FakeKernel other =
        FakeKernel.initialised(
            new MemoryFileSystem() {
              @Override
              public int ioctl(
                  Caller caller,
                  long nodeid,
                  long handle,
                  long command,
                  long address,
                  int inSize,
                  int outSize) {
                var memory = com.kenai.jffi.MemoryIO.getInstance();
                memory.putInt(address, memory.getInt(address) + 1);
                return 5;
              }
            });
    ByteBuffer out = other.send(Opcode.IOCTL, 1, 1L, 0, 0x8008_6601, 0L, 4, 8, 41);
    assertEquals(0, other.errno);
    assertEquals(5, out.getInt(0));
    assertEquals(42, out.getInt(ReplyLayout.IoctlOut.SIZE));
    assertEquals(0, out.getInt(ReplyLayout.IoctlOut.SIZE + 4));
    other.send(Opcode.IOCTL, 1, 1L, 0, 0x8008_6601, 0L, 4, -8, 41);
    assertEquals(Errno.EINVAL, other.errno);
    assertEquals(Errno.ENOTTY, errno(Opcode.IOCTL, 1, 1L, 0, 1, 0L, 0, 0));
  }

  @Test
  void requestsAreCountedByOpcode() {
    lookupAbsent();
    lookupAbsent();
    assertEquals(2, kernel.exchange.counts().of(Opcode.LOOKUP));
    assertEquals(1, kernel.exchange.counts().of(Opcode.INIT));
  }

  private void lookupAbsent() {
    ok(Opcode.LOOKUP, 1, "absent");
  }

  @Test
  void attributesOfANodeidThatWasReplacedAreNotRemembered() {
    MemoryFileSystem replacing =
        new MemoryFileSystem() {
          @Override
          public boolean isReplaced(long nodeid) {
            return nodeid == ROOT;
          }
        };
    FakeKernel other = FakeKernel.initialised(replacing);
    ByteBuffer out = other.send(Opcode.GETATTR, 1, 0, 0, 0L);
    assertEquals(0, out.getLong(AttrOut.ATTR_VALID));
    assertEquals(0, out.getInt(AttrOut.ATTR_VALID_NSEC));
    assertEquals(1, out.getLong(AttrOut.ATTR + Attr.INO));
  }

  @Test
  void attributeTimeoutsGoIntoGetattr() {
    ByteBuffer out = ok(Opcode.GETATTR, 1, 0, 0, 0L);
    assertEquals(1_000_000_000L, out.getLong(AttrOut.ATTR_VALID));
    assertEquals(1, out.getLong(AttrOut.ATTR + Attr.INO));
    assertEquals(AttrOut.SIZE, out.capacity());
    assertEquals(Errno.ESTALE, errno(Opcode.GETATTR, 99, 0, 0, 0L));
  }
}
