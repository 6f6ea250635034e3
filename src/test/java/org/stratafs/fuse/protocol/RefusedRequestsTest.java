package org.stratafs.fuse.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.stratafs.fs.Caller;
import org.stratafs.fs.Entry;
import org.stratafs.fuse.protocol.ReplyLayout.EntryOut;
import org.stratafs.fuse.protocol.RequestLayout.InHeader;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

class RefusedRequestsTest extends DispatcherFixture {
  @Test
  void batchForgetThatClaimsMoreThanItHoldsForgetsNothing() {
    fs.file("a", new byte[0]);
    long a = lookup("a");
    assertNull(kernel.send(Opcode.BATCH_FORGET, 0, 3, 0, a, 1L));
    assertNull(kernel.send(Opcode.BATCH_FORGET, 0, -1, 0, a, 1L));
    assertEquals(1, fs.lookups());
  }

  @Test
  void writeWhoseSizeIsNotItsDataIsRefused() {
    fs.file("f", new byte[0]);
    long node = lookup("f");
    long handle = open(node);
    for (int size : new int[] {11, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
      int errno = errno(Opcode.WRITE, node, handle, 0L, size, 0, 0L, RDWR, 0, new byte[10]);
      assertEquals(Errno.EINVAL, errno);
    }
  }

  @Test
  void readLargerThanTheReplyIsRefused() {
    fs.file("f", new byte[100]);
    long node = lookup("f");
    long handle = open(node);
    for (int size : new int[] {FakeKernel.CAPACITY, Integer.MAX_VALUE, -1}) {
      assertEquals(Errno.EINVAL, errno(Opcode.READ, node, handle, 0L, size, 0, 0L, RDWR, 0));
      assertEquals(Errno.EINVAL, errno(Opcode.READDIRPLUS, 1, handle, 0L, size, 0, 0L, RDWR, 0));
    }
    kernel.checkGuards();
  }

  @Test
  void namesThatNoFileCanHaveAreRefused() {
    assertEquals(Errno.ENAMETOOLONG, errno(Opcode.LOOKUP, 1, "x".repeat(256)));
    assertEquals(Errno.EINVAL, errno(Opcode.LOOKUP, 1, ""));
    assertEquals(Errno.EINVAL, errno(Opcode.LOOKUP, 1, "a/b"));
    assertEquals(Errno.EINVAL, errno(Opcode.RENAME, 1, 1L, "only one name"));
  }

  @Test
  void nameWithoutItsNulIsRefusedThoughStaleBytesFollow() {
    fs.file("name", new byte[0]);
    int length = kernel.put(Opcode.LOOKUP, 1, "name");
    kernel.request.putInt(InHeader.LEN, length - 1);
    kernel.dispatch(length - 1);
    assertEquals(Errno.EINVAL, kernel.errno);
  }

  @Test
  void extensionsAreNotPartOfTheRequest() {
    fs.file("name", new byte[0]);
    int length = kernel.put(Opcode.LOOKUP, 1, "name", new byte[19]);
    kernel.request.putShort(InHeader.TOTAL_EXTLEN, (short) 2);
    assertEquals(2, kernel.dispatch(length).getLong(EntryOut.NODEID));
    kernel.request.putShort(InHeader.TOTAL_EXTLEN, (short) 4);
    kernel.dispatch(length);
    assertEquals(Errno.EINVAL, kernel.errno);
    kernel.request.putShort(InHeader.TOTAL_EXTLEN, (short) -1);
    kernel.dispatch(length);
    assertEquals(Errno.EINVAL, kernel.errno);
  }

  @Test
  void whatTheKernelKeepsForItselfAndWhatNobodyKnowsIsEnosys() {
    for (Opcode opcode :
        List.of(Opcode.GETLK, Opcode.SETLK, Opcode.SETLKW, Opcode.BMAP, Opcode.POLL)) {
      assertEquals(Errno.ENOSYS, errno(opcode, 1, new byte[64]));
    }
    int length = kernel.put(Opcode.LOOKUP, 1, "x");
    for (int unknown : new int[] {0, 7, 54, 4096, -1}) {
      kernel.request.putInt(InHeader.OPCODE, unknown);
      assertNotNull(kernel.dispatch(length));
      assertEquals(Errno.ENOSYS, kernel.errno);
    }
  }

  @Test
  void everyOtherThrowableIsEioAndOneLogLine() {
    List<String> log = new ArrayList<>();
    MemoryFileSystem broken =
        new MemoryFileSystem() {
          @Override
          public synchronized void lookup(Caller caller, long parent, String name, Entry out) {
            throw new IllegalStateException("broken");
          }

          @Override
          public synchronized void unlink(Caller caller, long parent, String name) {
            throw new AssertionError("worse");
          }
        };
    FakeKernel other =
        new FakeKernel(new Dispatcher(broken, FuseOptions.defaults(), log::add, null, null));
    other.init(45, -1);
    other.send(Opcode.LOOKUP, 1, "x");
    assertEquals(Errno.EIO, other.errno);
    other.send(Opcode.UNLINK, 1, "x");
    assertEquals(Errno.EIO, other.errno);
    assertEquals(2, log.size());
    assertTrue(log.get(0).contains("LOOKUP") && log.get(0).contains("broken"), log.get(0));
    assertTrue(log.get(1).contains("UNLINK") && log.get(1).contains("worse"), log.get(1));
  }

  @Test
  void errnoOutsideOfTheKernelsRangeIsEio() {
    FakeKernel other =
        FakeKernel.initialised(
            new MemoryFileSystem() {
              @Override
              public void syncfs(Caller caller, long nodeid) {
                throw new FsException(512);
              }
            });
    other.send(Opcode.SYNCFS, 1, 0L);
    assertEquals(Errno.EIO, other.errno);
  }
}
