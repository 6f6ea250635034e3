package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.stratafs.core.LookupTest.assertErrno;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.OpenResult;
import org.stratafs.fs.SetAttr;
import org.stratafs.posix.Errno;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.posix.StatFs;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.NativeBytes;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.UnionFixture;

/** The operations on open files, on both sides of a copy-up. */
class FileIoTest {
  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "owners in layers need root");
  }

  private static long lseek(UnionFixture union, int fd, String path, long offset, int whence) {
    Client client = union.client();
    return union
        .fs()
        .lseek(client.caller(), client.nodeid(path), client.handle(fd), offset, whence);
  }

  @Test
  void seekFindsDataAndHolesOfLowerAndUpper() {
    try (UnionFixture union = UnionFixture.of("file f text size=1000000").open()) {
      Client client = union.client();
      int lower = client.open("f", OpenFlags.O_RDONLY, 0);
      assertEquals(0, lseek(union, lower, "f", 0, Syscalls.SEEK_DATA));
      assertEquals(4096, lseek(union, lower, "f", 0, Syscalls.SEEK_HOLE));
      assertErrno(Errno.ENXIO, () -> lseek(union, lower, "f", 4096, Syscalls.SEEK_DATA));
      int upper = client.open("f", OpenFlags.O_RDWR, 0);
      client.write(upper, 500_000, Names.toBytes("x"));
      for (int fd : new int[] {lower, upper}) {
        assertEquals(499_712, lseek(union, fd, "f", 4096, Syscalls.SEEK_DATA));
      }
      client.close(lower);
      client.close(upper);
    }
  }

  @Test
  void fallocateMakesRoomAndPunchesHoles() {
    try (UnionFixture union = UnionFixture.of("file f " + "x".repeat(9000)).open()) {
      Client client = union.client();
      int fd = client.open("f", OpenFlags.O_RDWR, 0);
      FileSystem fs = union.fs();
      fs.fallocate(client.caller(), client.nodeid("f"), client.handle(fd), 0, 0, 20_000);
      assertEquals(20_000, client.lstat("f").size);
      int punch = Syscalls.FALLOC_FL_PUNCH_HOLE | Syscalls.FALLOC_FL_KEEP_SIZE;
      fs.fallocate(client.caller(), client.nodeid("f"), client.handle(fd), punch, 0, 8192);
      assertArrayEquals(new byte[10], client.read(fd, 0, 10));
      assertEquals("xx", Names.fromBytes(client.read(fd, 8192, 2)));
      client.close(fd);
    }
  }

  @Test
  void copyFileRangeCopiesFromLowerToUpper() {
    try (UnionFixture union = UnionFixture.of("file from 0123456789").open()) {
      Client client = union.client();
      int in = client.open("from", OpenFlags.O_RDONLY, 0);
      int out = client.open("to", OpenFlags.O_RDWR | OpenFlags.O_CREAT, 0644);
      long copied =
          union
              .fs()
              .copyFileRange(
                  client.caller(),
                  client.nodeid("from"),
                  client.handle(in),
                  3,
                  client.nodeid("to"),
                  client.handle(out),
                  1,
                  4);
      assertEquals(4, copied);
      assertEquals("\0" + "3456", client.text("to"));
      client.close(in);
      client.close(out);
    }
  }

  @Test
  void aReadReturnsLessOnlyAtTheEnd() {
    try (UnionFixture union = UnionFixture.of("file f 0123456789").open()) {
      Client client = union.client();
      int fd = client.open("f", OpenFlags.O_RDONLY, 0);
      assertEquals("6789", Names.fromBytes(client.read(fd, 6, 100)));
      assertEquals(0, client.read(fd, 10, 100).length);
      assertEquals(0, client.read(fd, 1_000_000, 100).length);
      client.close(fd);
    }
  }

  @Test
  void fsyncAndSyncfsSucceedOnLowerAndUpper() {
    try (UnionFixture union = UnionFixture.of("file f text\ndir d").open()) {
      Client client = union.client();
      FileSystem fs = union.fs();
      for (int flags : new int[] {OpenFlags.O_RDONLY, OpenFlags.O_RDWR}) {
        int fd = client.open("f", flags, 0);
        fs.fsync(client.caller(), client.nodeid("f"), client.handle(fd), false);
        fs.fsync(client.caller(), client.nodeid("f"), client.handle(fd), true);
        client.close(fd);
      }
      OpenResult directory = new OpenResult();
      fs.opendir(client.caller(), client.nodeid("d"), OpenFlags.O_RDONLY, directory);
      fs.fsyncdir(client.caller(), client.nodeid("d"), directory.handle, false);
      fs.releasedir(client.nodeid("d"), directory.handle);
      fs.syncfs(client.caller(), FileSystem.ROOT);
    }
  }

  @Test
  void statfsTellsOfUpper() {
    try (UnionFixture union = UnionFixture.of("file f text").open()) {
      StatFs stat = new StatFs();
      union.fs().statfs(union.client().caller(), FileSystem.ROOT, stat);
      assertTrue(stat.blocks > 0 && stat.bsize > 0);
      assertEquals(255, stat.namelen);
    }
  }

  @Test
  void aHandleThatIsNotOpenIsRefused() {
    try (UnionFixture union = UnionFixture.of("file f text").open()) {
      Client client = union.client();
      long nodeid = client.nodeid("f");
      NativeBytes memory = new NativeBytes(10);
      assertErrno(
          Errno.EBADF,
          () -> union.fs().read(client.caller(), nodeid, 4711, 0, memory.address(), 10));
      assertErrno(Errno.EBADF, () -> union.fs().fsync(client.caller(), nodeid, 4711, false));
      union.fs().release(nodeid, 4711);
    }
  }

  @Test
  void aWriteThatSaysSoClearsSuidAndSgid() {
    try (UnionFixture union = UnionFixture.of("file f text mode=6755").open()) {
      Client client = union.client();
      int fd = client.open("f", OpenFlags.O_RDWR, 0);
      NativeBytes memory = NativeBytes.of(new byte[] {'T'});
      union
          .fs()
          .write(
              client.caller(),
              client.nodeid("f"),
              client.handle(fd),
              0,
              memory.address(),
              1,
              OpenFlags.O_RDWR,
              true);
      assertEquals(0755, client.lstat("f").mode & 07777);
      client.close(fd);
    }
  }

  @Test
  void aTruncationThatSaysSoClearsSuidAndSgid() {
    try (UnionFixture union = UnionFixture.of("file f text mode=6755").open()) {
      Client client = union.client();
      SetAttr change = new SetAttr();
      change.setSize = true;
      change.size = 2;
      change.killSuidGid = true;
      union.fs().setattr(client.caller(), client.nodeid("f"), change, new Stat());
      assertEquals(0755, client.lstat("f").mode & 07777);
      assertEquals("te", client.text("f"));
    }
  }

  @Test
  void oneSetattrChangesAllItNames() {
    try (UnionFixture union = UnionFixture.of("file f text mode=644").open()) {
      Client client = union.client();
      SetAttr change = new SetAttr();
      change.setMode = true;
      change.mode = 0x8000 | 04711;
      change.setUid = true;
      change.uid = 7;
      change.setGid = true;
      change.gid = 8;
      change.setSize = true;
      change.size = 1;
      change.setAtime = true;
      change.atimeSec = 11;
      change.atimeNsec = 12;
      change.setMtime = true;
      change.mtimeSec = 13;
      change.mtimeNsec = 14;
      Stat stat = new Stat();
      union.fs().setattr(client.caller(), client.nodeid("f"), change, stat);
      assertEquals("104711 7:8 1 11.12 13.14", describe(stat));
      assertEquals("104711 7:8 1 11.12 13.14", describe(client.lstat("f")));
    }
  }

  private static String describe(Stat stat) {
    return Integer.toOctalString(stat.mode)
        + " "
        + stat.uid
        + ":"
        + stat.gid
        + " "
        + stat.size
        + " "
        + stat.atimeSec
        + "."
        + stat.atimeNsec
        + " "
        + stat.mtimeSec
        + "."
        + stat.mtimeNsec;
  }

  @Test
  void anUnknownIoctlIsNotATypewriter() {
    try (UnionFixture union = UnionFixture.of("file f text").open()) {
      Client client = union.client();
      int fd = client.open("f", OpenFlags.O_RDONLY, 0);
      NativeBytes memory = new NativeBytes(64);
      assertErrno(
          Errno.ENOTTY,
          () ->
              union
                  .fs()
                  .ioctl(
                      client.caller(),
                      client.nodeid("f"),
                      client.handle(fd),
                      0x5401,
                      memory.address(),
                      0,
                      36));
      client.close(fd);
    }
  }
}
