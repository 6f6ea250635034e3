package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.stratafs.core.LookupTest.assertErrno;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.OpenResult;
import org.stratafs.fs.SetAttr;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.NativeBytes;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.SyscallWrapper;
import org.stratafs.testkit.TestCaller;
import org.stratafs.testkit.UnionFixture;

/**
 * passthrough=all: while the kernel reads a lower file by one nodeid, nobody opens its copy by that
 * nodeid.
 */
class LowerPassthroughTest {
  private final TestCaller caller = new TestCaller();
  private boolean failOpens;
  private UnionFixture union;
  private FileSystem fs;

  /** Fails opens while {@link #failOpens} is set. */
  private final class Failing extends SyscallWrapper {
    Failing(Syscalls real) {
      super(real);
    }

    @Override
    protected void before(String call, Object[] args) {
      if (failOpens && call.startsWith("openat")) {
        throw new FsException(Errno.EMFILE);
      }
    }
  }

  @BeforeEach
  void mount() {
    assumeTrue(Real.SYS.geteuid() == 0, "owners in layers need root");
    union =
        UnionFixture.of("file f lower\nfile h1 linked\nhard h2 h1\nfile big " + "b".repeat(99_999))
            .lowerPassthrough()
            .wrap(sys -> new Failing(sys).syscalls())
            .open();
    fs = union.fs();
  }

  @AfterEach
  void unmount() {
    if (union != null) {
      union.close(); // checks the lowers, and that every node is gone once it is forgotten
    }
  }

  private long lookup(String name) {
    Entry out = new Entry();
    fs.lookup(caller, FileSystem.ROOT, name, out);
    return out.nodeid;
  }

  private OpenResult open(long nodeid, int flags) {
    OpenResult out = new OpenResult();
    out.wantsBacking = true;
    out.wantsLowerBacking = true;
    fs.open(caller, nodeid, flags, false, out);
    return out;
  }

  private String read(long nodeid, OpenResult open) {
    NativeBytes bytes = new NativeBytes(16);
    int n = fs.read(caller, nodeid, open.handle, 0, bytes.address(), 16);
    return Names.fromBytes(bytes.get(n));
  }

  private void write(long nodeid, OpenResult open, String text) {
    NativeBytes bytes = NativeBytes.of(Names.toBytes(text));
    fs.write(caller, nodeid, open.handle, 0, bytes.address(), text.length(), 0, false);
  }

  /** Opens for writing as the kernel does: ESTALE brings it to look the name up again. */
  private long staleThenLookup(long nodeid, String name, int flags) {
    assertErrno(Errno.ESTALE, () -> open(nodeid, flags));
    long next = lookup(name);
    assertNotEquals(nodeid, next);
    return next;
  }

  @Test
  void aLowerFileIsBackedWhileItIsLower() {
    long old = lookup("f");
    OpenResult reader = open(old, OpenFlags.O_RDONLY);
    assertTrue(reader.backing >= 0);
    assertTrue(reader.lower);
    fs.release(old, reader.handle);
    OpenResult writer = open(old, OpenFlags.O_RDWR);
    assertTrue(writer.backing >= 0, "nobody had it open: the nodeid stays");
    assertFalse(writer.lower);
    fs.release(old, writer.handle);
    fs.forget(old, 1);
  }

  @Test
  void theCopyOfAFileThatIsOpenHasAnotherNodeidAndTheSameInode() {
    long old = lookup("f");
    OpenResult before = open(old, OpenFlags.O_RDONLY);
    long next = staleThenLookup(old, "f", OpenFlags.O_RDWR);
    OpenResult writer = open(next, OpenFlags.O_RDWR);
    assertFalse(writer.lower);
    write(next, writer, "UPPER");
    assertEquals("lower", read(old, before), "all of it is the old one");
    assertEquals("UPPER", read(next, writer));
    assertErrno(Errno.ESTALE, () -> open(old, OpenFlags.O_RDONLY));
    Stat byOld = new Stat();
    Stat byNew = new Stat();
    fs.getattr(caller, old, 0, byOld);
    fs.getattr(caller, next, 0, byNew);
    assertEquals(byNew.ino, byOld.ino);
    assertTrue(fs.isReplaced(old));
    assertFalse(fs.isReplaced(next));
    fs.release(old, before.handle);
    fs.release(next, writer.handle);
    fs.forget(old, 1);
    assertErrno(Errno.ESTALE, () -> fs.getattr(caller, old, 0, byOld));
    fs.forget(next, 1);
  }

  @Test
  void bothNodeidsAreForgottenInEitherOrder() {
    for (String name : new String[] {"f", "h1"}) {
      long old = lookup(name);
      OpenResult before = open(old, OpenFlags.O_RDONLY);
      long next = staleThenLookup(old, name, OpenFlags.O_WRONLY);
      fs.release(old, before.handle);
      if (name.equals("f")) {
        fs.forget(next, 1);
        assertEquals(next, lookup(name), "known as long as the kernel knows the old one");
        fs.forget(next, 1);
        fs.forget(old, 1);
      } else {
        fs.forget(old, 1);
        assertEquals(next, lookup(name));
        fs.forget(next, 2);
      }
      assertErrno(Errno.ESTALE, () -> fs.getattr(caller, old, 0, new Stat()));
      assertErrno(Errno.ESTALE, () -> fs.getattr(caller, next, 0, new Stat()));
    }
  }

  @Test
  void aHardLinkIsReplacedUnderAllItsNames() {
    long old = lookup("h1");
    assertEquals(old, lookup("h2"));
    OpenResult before = open(old, OpenFlags.O_RDONLY);
    long next = staleThenLookup(old, "h2", OpenFlags.O_WRONLY);
    assertEquals(next, lookup("h1"));
    OpenResult writer = open(next, OpenFlags.O_RDWR);
    write(next, writer, "LINKED");
    assertEquals("linked", read(old, before));
    assertEquals("LINKED", read(next, writer));
    fs.release(old, before.handle);
    fs.release(next, writer.handle);
    fs.forget(old, 2);
    fs.forget(next, 2);
  }

  @Test
  void aMetacopyIsReplacedWhenItsDataIsCopied() {
    long old = lookup("big");
    OpenResult before = open(old, OpenFlags.O_RDONLY);
    SetAttr change = new SetAttr();
    change.setMode = true;
    change.mode = 0600;
    fs.setattr(caller, old, change, new Stat());
    OpenResult between = open(old, OpenFlags.O_RDONLY);
    assertTrue(between.lower, "its data is where it was");
    fs.release(old, before.handle);
    long next = staleThenLookup(old, "big", OpenFlags.O_WRONLY);
    OpenResult writer = open(next, OpenFlags.O_RDWR);
    write(next, writer, "UPPER");
    assertEquals("bbbbb", read(old, between).substring(0, 5));
    assertEquals("UPPER", read(next, writer).substring(0, 5));
    fs.release(old, between.handle);
    fs.release(next, writer.handle);
    fs.forget(old, 1);
    fs.forget(next, 1);
  }

  @Test
  void whatChangesByOneNodeidIsToldToTheOther() {
    long old = lookup("f");
    OpenResult before = open(old, OpenFlags.O_RDONLY);
    List<Long> told = new ArrayList<>();
    fs.start(told::add);
    long next = staleThenLookup(old, "f", OpenFlags.O_WRONLY);
    assertTrue(told.contains(old), "the copy-up");
    told.clear();
    SetAttr change = new SetAttr();
    change.setMode = true;
    change.mode = 0611;
    fs.setattr(caller, old, change, new Stat());
    fs.setxattr(caller, old, "user.a", new byte[] {1}, 0, false);
    fs.removexattr(caller, old, "user.a");
    assertEquals(List.of(next, next, next), told);
    told.clear();
    fs.setattr(caller, next, change, new Stat());
    assertEquals(List.of(), told, "the old one is asked for each time");
    fs.release(old, before.handle);
    fs.forget(old, 1);
    fs.forget(next, 1);
  }

  @Test
  void anOpenThatFailsIsNotCounted() {
    long old = lookup("f");
    failOpens = true;
    assertErrno(Errno.EMFILE, () -> open(old, OpenFlags.O_RDONLY));
    failOpens = false;
    OpenResult writer = open(old, OpenFlags.O_WRONLY);
    fs.release(old, writer.handle);
    fs.forget(old, 1);
  }

  @Test
  void withoutAUseForItTheNodeidStaysAndTheDescriptorFollows() {
    long node = lookup("f");
    OpenResult before = new OpenResult();
    fs.open(caller, node, OpenFlags.O_RDONLY, false, before);
    assertEquals(-1, before.backing);
    OpenResult writer = open(node, OpenFlags.O_RDWR);
    write(node, writer, "UPPER");
    assertEquals("UPPER", read(node, before));
    fs.release(node, before.handle);
    fs.release(node, writer.handle);
    fs.forget(node, 1);
  }
}
