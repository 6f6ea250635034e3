package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.stratafs.core.LookupTest.assertErrno;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.OpenResult;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.RenameFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.NativeBytes;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.SyscallWrapper;
import org.stratafs.testkit.TestCaller;
import org.stratafs.testkit.UnionFixture;

/** Requests as a kernel, or a program in its place, may send them, without the checks of a VFS. */
class RequestTest {
  private static final long ROOT = FileSystem.ROOT;

  private final TestCaller caller = new TestCaller();

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "owners in layers need root");
  }

  private static UnionFixture union() {
    return new UnionFixture()
        .upper("file u upper\nfile v other\ndir ud\nfile ud/x x\ndir pure")
        .lower("dir d\nfile d/f text mode=6755\ndir d/sub\nfile l lower\ndir e")
        .open();
  }

  @Test
  void renameTakesTheFlagsItKnowsInTheCombinationsThatMeanSomething() {
    try (UnionFixture union = union()) {
      FileSystem fs = union.fs();
      int exchange = RenameFlags.EXCHANGE;
      assertErrno(Errno.EINVAL, () -> fs.rename(caller, ROOT, "u", ROOT, "n", 8));
      assertErrno(
          Errno.EINVAL,
          () -> fs.rename(caller, ROOT, "u", ROOT, "v", exchange | RenameFlags.NOREPLACE));
      assertErrno(Errno.ENOENT, () -> fs.rename(caller, ROOT, "u", ROOT, "absent", exchange));
      assertErrno(
          Errno.EEXIST, () -> fs.rename(caller, ROOT, "u", ROOT, "v", RenameFlags.NOREPLACE));
      assertErrno(Errno.ENOENT, () -> fs.rename(caller, ROOT, "absent", ROOT, "n", 0));
      assertEquals("upper", union.client().text("u"));
      assertEquals("other", union.client().text("v"));
    }
  }

  @Test
  void aDirectoryIsNotMovedNorExchangedBeneathItself() {
    try (UnionFixture union = union()) {
      Client client = union.client();
      long d = client.nodeid("d");
      long sub = client.nodeid("d/sub");
      FileSystem fs = union.fs();
      for (int flags : new int[] {0, RenameFlags.EXCHANGE}) {
        String to = flags == 0 ? "n" : "x";
        if (flags != 0) {
          client.mkdir("d/sub/x", 0755);
        }
        assertErrno(Errno.EINVAL, () -> fs.rename(caller, ROOT, "d", sub, to, flags));
      }
      assertErrno(Errno.EINVAL, () -> fs.rename(caller, ROOT, "d", d, "n", 0));
    }
  }

  @Test
  void requestsWithoutALookupBeforeLeaveNoNode() {
    try (UnionFixture union = union()) {
      FileSystem fs = union.fs();
      fs.rename(caller, ROOT, "u", ROOT, "v", 0);
      fs.rename(caller, ROOT, "v", ROOT, "l", RenameFlags.EXCHANGE);
      assertErrno(Errno.ENOTEMPTY, () -> fs.rmdir(caller, ROOT, "d"));
      assertErrno(Errno.EISDIR, () -> fs.unlink(caller, ROOT, "d"));
      assertErrno(Errno.ENOTDIR, () -> fs.rmdir(caller, ROOT, "l"));
      assertErrno(Errno.ENOTEMPTY, () -> fs.rename(caller, ROOT, "e", ROOT, "d", 0));
      fs.unlink(caller, ROOT, "l");
      fs.rmdir(caller, ROOT, "e");
      // unmount checks that only the root is left
    }
  }

  @Test
  void nothingIsMadeInARemovedDirectory() {
    try (UnionFixture union = union()) {
      Client client = union.client();
      FileSystem fs = union.fs();
      for (String name : new String[] {"pure", "e"}) {
        long gone = client.nodeid(name);
        fs.rmdir(caller, ROOT, name);
        Entry entry = new Entry();
        assertErrno(Errno.ENOENT, () -> fs.mkdir(caller, gone, "n", 0755, 0, entry));
        assertErrno(Errno.ENOENT, () -> fs.rename(caller, ROOT, "u", gone, "n", 0));
        assertErrno(Errno.ENOENT, () -> fs.link(caller, client.nodeid("u"), gone, "n", entry));
        assertTrue(client.exists("u"));
      }
    }
  }

  @Test
  void createOfAnExistingNameOpensItUnlessExclusive() {
    try (UnionFixture union = union()) {
      FileSystem fs = union.fs();
      Entry entry = new Entry();
      OpenResult opened = new OpenResult();
      int exclusive = OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_EXCL;
      for (String name : new String[] {"u", "l", "d"}) {
        assertErrno(
            Errno.EEXIST, () -> fs.create(caller, ROOT, name, exclusive, 0644, 0, entry, opened));
      }
      int flags = OpenFlags.O_RDWR | OpenFlags.O_CREAT;
      assertErrno(Errno.EISDIR, () -> fs.create(caller, ROOT, "d", flags, 0644, 0, entry, opened));
      fs.create(caller, ROOT, "l", flags, 0644, 0, entry, opened);
      NativeBytes memory = new NativeBytes(10);
      int read = fs.read(caller, entry.nodeid, opened.handle, 0, memory.address(), 10);
      assertEquals("lower", Names.fromBytes(memory.get(read)));
      fs.release(entry.nodeid, opened.handle);
      fs.forget(entry.nodeid, 1);
    }
  }

  @Test
  void aHandleIsNoHandleOnceItWasReleased() {
    try (UnionFixture union = union()) {
      FileSystem fs = union.fs();
      Client client = union.client();
      long node = client.nodeid("u");
      OpenResult first = new OpenResult();
      OpenResult second = new OpenResult();
      fs.open(caller, node, OpenFlags.O_RDONLY, false, first);
      fs.release(node, first.handle);
      fs.open(caller, node, OpenFlags.O_RDONLY, false, second);
      long address = new NativeBytes(1).address();
      assertErrno(Errno.EBADF, () -> fs.read(caller, node, first.handle, 0, address, 1));
      fs.release(node, first.handle);
      assertEquals(1, fs.read(caller, node, second.handle, 0, address, 1));
      assertErrno(Errno.ENOTDIR, () -> fs.readdir(caller, node, second.handle, 0, null));
      assertErrno(
          Errno.EBADF, () -> fs.write(caller, node, second.handle, 0, address, 1, 0, false));
      fs.release(node, second.handle);
    }
  }

  @Test
  void seekingIsForDataAndHolesOnly() {
    try (UnionFixture union = union()) {
      Client client = union.client();
      int fd = client.open("u", OpenFlags.O_RDONLY, 0);
      for (int whence : new int[] {0, 1, 2, 5}) {
        assertErrno(
            Errno.EINVAL,
            () -> union.fs().lseek(caller, client.nodeid("u"), client.handle(fd), 1, whence));
      }
      client.close(fd);
    }
  }

  @Test
  void whatChangesDataClearsSuidAndSgid() {
    String[] ways = {"open", "fallocate", "copy"};
    for (String way : ways) {
      try (UnionFixture union = union()) {
        Client client = union.client();
        FileSystem fs = union.fs();
        long node = client.nodeid("d/f");
        OpenResult opened = new OpenResult();
        int truncate = way.equals("open") ? OpenFlags.O_TRUNC : 0;
        fs.open(caller, node, OpenFlags.O_RDWR | truncate, way.equals("open"), opened);
        if (way.equals("fallocate")) {
          fs.fallocate(caller, node, opened.handle, 0, 0, 100);
        } else if (way.equals("copy")) {
          fs.copyFileRange(caller, node, opened.handle, 0, node, opened.handle, 10, 2);
        }
        fs.release(node, opened.handle);
        assertEquals(0755, client.lstat("d/f").mode & Mode.PERMISSIONS, way);
      }
    }
  }

  @Test
  void accessMode3IsReadableAndWritable() {
    try (UnionFixture union = union()) {
      FileSystem fs = union.fs();
      long node = union.client().nodeid("u");
      OpenResult opened = new OpenResult();
      fs.open(caller, node, 3, false, opened);
      long address = new NativeBytes(2).address();
      assertEquals(2, fs.read(caller, node, opened.handle, 0, address, 2));
      assertEquals(2, fs.write(caller, node, opened.handle, 0, address, 2, 3, false));
      fs.release(node, opened.handle);
    }
  }

  /** Lets reads and writes do little at a time, and the third write fail. */
  private static final class Slow extends SyscallWrapper {
    private int writes;

    Slow(Syscalls real) {
      super(real);
    }

    @Override
    protected void before(String call, Object[] args) {
      if (call.equals("pread") || call.equals("pwrite")) {
        args[2] = Math.min(2, (Integer) args[2]);
      }
      if (call.equals("pwrite") && ++writes >= 3) {
        throw new FsException(Errno.ENOSPC);
      }
    }
  }

  @Test
  void shortReadsGoOnAndAWriteThatFailsLaterTellsWhatWasWritten() {
    try (UnionFixture union =
        new UnionFixture()
            .upper("file u 0123456789")
            .lower("")
            .wrap(sys -> new Slow(sys).syscalls())
            .open()) {
      FileSystem fs = union.fs();
      long node = union.client().nodeid("u");
      OpenResult opened = new OpenResult();
      fs.open(caller, node, OpenFlags.O_RDWR, false, opened);
      NativeBytes memory = NativeBytes.of(Names.toBytes("abcdefgh"));
      long handle = opened.handle;
      assertEquals(4, fs.write(caller, node, handle, 0, memory.address(), 8, 2, false));
      assertErrno(
          Errno.ENOSPC, () -> fs.write(caller, node, handle, 4, memory.address(), 4, 2, false));
      assertEquals(8, fs.read(caller, node, handle, 0, memory.address(), 8));
      assertEquals("abcd4567", Names.fromBytes(memory.get(8)));
      fs.release(node, handle);
    }
  }

  @Test
  void aCopyUpTellsTheKernelOfTheNodeAndItsDirectory() {
    try (UnionFixture union = union()) {
      Client client = union.client();
      List<Long> told = new ArrayList<>();
      union.fs().start(told::add);
      long f = client.nodeid("d/f");
      long d = client.nodeid("d");
      client.chmod("d/f", 0600);
      assertTrue(told.containsAll(List.of(f, d, ROOT)), told + " of " + f + " " + d);
      told.clear();
      client.chmod("d/f", 0640);
      assertEquals(List.of(), told);
    }
  }

  @Test
  void endingClosesWhatIsOpen() {
    UnionFixture union = union();
    Client client = union.client();
    client.open("u", OpenFlags.O_RDONLY, 0);
    client.open("l", OpenFlags.O_RDONLY, 0);
    union.fs().destroy();
    assertFalse(
        union.descriptors().open().values().stream().anyMatch(call -> call.contains(" u ")),
        union.descriptors().open().toString());
    union.kill();
    union.temp().close();
  }

  @Test
  void anotherDescriptorOfAnUnlinkedNameIsNotKeptWhileALinkIsLeft() {
    try (UnionFixture union = union()) {
      Client client = union.client();
      client.link("u", "u2");
      client.lstat("u2", new Stat());
      int before = union.descriptors().open().size();
      client.unlink("u");
      assertEquals(before, union.descriptors().open().size());
      client.unlink("u2");
    }
  }

  @Test
  void dotDotLeadsToTheParent() {
    try (UnionFixture union = union()) {
      Client client = union.client();
      Entry entry = new Entry();
      union.fs().lookup(caller, client.nodeid("d/sub"), "..", entry);
      assertEquals(client.nodeid("d"), entry.nodeid);
      union.fs().forget(entry.nodeid, 1);
      union.fs().lookup(caller, client.nodeid("d"), ".", entry);
      assertEquals(client.nodeid("d"), entry.nodeid);
      union.fs().forget(entry.nodeid, 1);
    }
  }
}
