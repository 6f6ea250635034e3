package org.stratafs.fuse.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.stratafs.fs.Caller;
import org.stratafs.fs.DirSink;
import org.stratafs.fuse.protocol.ReplyLayout.Dirent;
import org.stratafs.fuse.protocol.ReplyLayout.EntryOut;
import org.stratafs.fuse.protocol.ReplyLayout.OpenOut;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

class DirectoryListingTest extends DispatcherFixture {
  @Test
  void readdirListsAllEntriesOverSeveralRepliesAndCountsNoLookup() {
    assertEquals(expectedNames(), list(Opcode.READDIR, 100));
    assertEquals(0, fs.lookups());
  }

  @Test
  void readdirplusCountsALookupForEachEntryThatFittedButNotForDots() {
    assertEquals(expectedNames(), list(Opcode.READDIRPLUS, 400));
    assertEquals(50, fs.lookups());
  }

  private static Set<String> expectedNames() {
    Set<String> names = new HashSet<>(List.of(".", ".."));
    for (int i = 0; i < 50; i++) {
      names.add("n".repeat(i % 9 + 1) + i);
    }
    return names;
  }

  private Set<String> list(Opcode opcode, int size) {
    for (String name : expectedNames()) {
      if (!name.startsWith(".")) {
        fs.file(name, new byte[0]);
      }
    }
    long handle = ok(Opcode.OPENDIR, 1, 0, 0).getLong(OpenOut.FH);
    Set<String> names = new HashSet<>();
    int prefix = opcode == Opcode.READDIRPLUS ? EntryOut.SIZE : 0;
    long offset = 0;
    while (true) {
      ByteBuffer out = ok(opcode, 1, handle, offset, size, 0, 0L, 0, 0);
      assertTrue(out.capacity() <= size);
      if (out.capacity() == 0) {
        return names;
      }
      int at = 0;
      while (at < out.capacity()) {
        int dirent = at + prefix;
        int length = out.getInt(dirent + Dirent.NAMELEN);
        assertTrue(names.add(FakeKernel.text(out, dirent + Dirent.SIZE, length)));
        offset = out.getLong(dirent + Dirent.OFF);
        at = dirent + Dirent.SIZE + ((length + 7) & -8);
      }
      assertEquals(out.capacity(), at);
    }
  }

  @Test
  void errorAfterSomeEntriesDeliversTheEntries() {
    fs.file("a", new byte[0]);
    MemoryFileSystem failing =
        new MemoryFileSystem() {
          @Override
          public synchronized void readdirplus(
              Caller caller, long nodeid, long handle, long offset, DirSink sink) {
            if (offset == 0) {
              super.readdirplus(caller, nodeid, handle, offset, sink);
            }
            throw new FsException(Errno.EIO);
          }
        };
    failing.file("a", new byte[0]);
    FakeKernel other = FakeKernel.initialised(failing);
    long handle = other.send(Opcode.OPENDIR, 1, 0, 0).getLong(OpenOut.FH);
    ByteBuffer out = other.send(Opcode.READDIRPLUS, 1, handle, 0L, 4096, 0, 0L, 0, 0);
    assertEquals(0, other.errno);
    assertTrue(out.capacity() > 0);
    other.send(Opcode.READDIRPLUS, 1, handle, 3L, 4096, 0, 0L, 0, 0);
    assertEquals(Errno.EIO, other.errno);
  }
}
