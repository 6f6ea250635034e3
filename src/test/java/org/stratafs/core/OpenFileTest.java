package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.stratafs.core.LookupTest.assertErrno;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.posix.Errno;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.UnionFixture;

/**
 * Files that are open: after their name is gone, before they have one, and on a mount that takes no
 * change.
 */
class OpenFileTest {
  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "owners in layers need root");
  }

  private static String text(Client client, int fd) {
    return Names.fromBytes(client.read(fd, 0, 100));
  }

  @ParameterizedTest
  @ValueSource(strings = {"lower", "upper"})
  void anUnlinkedFileIsReadWrittenAndTruncated(String name) {
    try (UnionFixture union = UnionFixture.of("file lower text").upper("file upper text").open()) {
      Client client = union.client();
      int fd = client.open(name, OpenFlags.O_RDWR, 0);
      client.unlink(name);
      assertFalse(client.exists(name));
      assertEquals("text", text(client, fd));
      client.write(fd, 4, Names.toBytes(" more"));
      assertEquals("text more", text(client, fd));
      client.ftruncate(fd, 2);
      Stat stat = new Stat();
      client.fstat(fd, stat);
      assertEquals(2, stat.size);
      assertEquals(0, stat.nlink);
      client.close(fd);
    }
  }

  @Test
  void anUnlinkedLowerFileOpenForReadingStaysReadable() {
    try (UnionFixture union = UnionFixture.of("file f text").open()) {
      Client client = union.client();
      int fd = client.open("f", OpenFlags.O_RDONLY, 0);
      client.unlink("f");
      assertEquals("text", text(client, fd));
      Stat stat = new Stat();
      client.fstat(fd, stat);
      assertEquals(0, stat.nlink);
      client.write("f", "another");
      assertEquals("text", text(client, fd));
      client.close(fd);
      assertEquals("another", client.text("f"));
    }
  }

  @Test
  void aFileReplacedByARenameStaysReadable() {
    try (UnionFixture union = UnionFixture.of("file f old\nfile g new").open()) {
      Client client = union.client();
      int fd = client.open("f", OpenFlags.O_RDONLY, 0);
      client.rename("g", "f", 0);
      assertEquals("old", text(client, fd));
      assertEquals("new", client.text("f"));
      client.close(fd);
    }
  }

  @Test
  void anOpenFileFollowsItsRenames() {
    try (UnionFixture union = UnionFixture.of("file f text\ndir d").open()) {
      Client client = union.client();
      int fd = client.open("f", OpenFlags.O_RDWR, 0);
      client.rename("f", "d/g", 0);
      client.write(fd, 0, Names.toBytes("TEXT"));
      assertEquals("TEXT", client.text("d/g"));
      client.close(fd);
    }
  }

  @Test
  void anUnnamedFileGetsAName() {
    try (UnionFixture union = UnionFixture.of("file gone x\ndir d").open()) {
      Client client = union.client();
      client.unlink("gone");
      for (String name : new String[] {"fresh", "gone", "d/f"}) {
        int fd = client.tmpfile("d", 0640);
        client.write(fd, 0, Names.toBytes("text"));
        Stat stat = new Stat();
        client.fstat(fd, stat);
        assertEquals(0, stat.nlink);
        client.linkOpen(fd, name);
        client.close(fd);
      }
      union.remount();
      assertEquals("text", union.client().text("fresh"));
      assertEquals("text", union.client().text("gone"));
      assertEquals("text", union.client().text("d/f"));
    }
  }

  @Test
  void anUnnamedFileThatIsClosedLeavesNothing() {
    try (UnionFixture union = UnionFixture.of("dir d").open()) {
      union.client().close(union.client().tmpfile("", 0600));
      assertEquals("/\"\" d 755 0:0", union.upperSnapshot());
    }
  }

  @Test
  void aRemovedDirectoryThatIsInUseIsEmptyAndTakesNothing() {
    try (UnionFixture union = UnionFixture.of("dir d").open()) {
      Client client = union.client();
      long nodeid = client.nodeid("d");
      // A second lookup, so that the node stays known after the client dropped the name.
      org.stratafs.fs.Entry entry = new org.stratafs.fs.Entry();
      union.fs().lookup(client.caller(), 1, "d", entry);
      assertEquals(nodeid, entry.nodeid);
      client.rmdir("d");
      assertErrno(
          Errno.ENOENT,
          () ->
              union
                  .fs()
                  .mkdir(
                      client.caller(),
                      nodeid,
                      "x",
                      Mode.S_IFDIR | 0755,
                      0,
                      new org.stratafs.fs.Entry()));
      union.fs().lookup(client.caller(), nodeid, "x", entry);
      assertEquals(0, entry.nodeid);
      union.fs().forget(nodeid, 1);
    }
  }

  @Test
  void withoutAnUpperEveryChangeIsRefused() {
    try (UnionFixture union =
        UnionFixture.readOnly("file f text user.x=1\ndir d\nfile e/g x").open()) {
      Client client = union.client();
      assertEquals("text", client.text("f"));
      assertErrno(Errno.EROFS, () -> client.mkdir("new", 0755));
      assertErrno(Errno.EROFS, () -> client.mknod("new", Mode.S_IFIFO | 0600, 0));
      assertErrno(Errno.EROFS, () -> client.symlink("t", "new"));
      assertErrno(Errno.EROFS, () -> client.link("f", "new"));
      assertErrno(Errno.EROFS, () -> client.unlink("f"));
      assertErrno(Errno.EROFS, () -> client.rmdir("d"));
      assertErrno(Errno.EROFS, () -> client.rename("f", "new", 0));
      assertErrno(Errno.EROFS, () -> client.open("f", OpenFlags.O_WRONLY, 0));
      assertErrno(Errno.EROFS, () -> client.open("f", OpenFlags.O_RDWR, 0));
      assertErrno(
          Errno.EROFS, () -> client.open("new", OpenFlags.O_RDWR | OpenFlags.O_CREAT, 0644));
      assertErrno(Errno.EROFS, () -> client.tmpfile("", 0600));
      assertErrno(Errno.EROFS, () -> client.chmod("f", 0600));
      assertErrno(Errno.EROFS, () -> client.chown("f", 1, 1));
      assertErrno(Errno.EROFS, () -> client.truncate("f", 0));
      assertErrno(Errno.EROFS, () -> client.utimens("f", 1, 1));
      assertErrno(Errno.EROFS, () -> client.setxattr("f", "user.y", new byte[1], 0));
      assertErrno(Errno.EROFS, () -> client.removexattr("f", "user.x"));
    }
  }

  @Test
  void aWriteIsInUpperWhenItReturns() {
    try (UnionFixture union = UnionFixture.of("dir d").open()) {
      int fd = union.client().open("d/f", OpenFlags.O_WRONLY | OpenFlags.O_CREAT, 0644);
      union.client().write(fd, 0, Names.toBytes("text"));
      assertEquals(true, union.upperSnapshot().contains("/d/f - 644 0:0 4 text"));
      union.client().close(fd);
    }
  }
}
