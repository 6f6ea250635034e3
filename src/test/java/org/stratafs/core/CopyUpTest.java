package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.posix.Errno;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.testkit.CallCounter;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.DirectoryTree;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.TreeSnapshot;
import org.stratafs.testkit.UnionFixture;

/** What comes up from a lower comes up whole, and only when it must. */
class CopyUpTest {
  /**
   * struct posix_acl_xattr: version 2; user::rw-, user:1000:rwx, group::r--, mask::rwx, other::r--.
   */
  private static final String ACL =
      "\\x02\\x00\\x00\\x00"
          + "\\x01\\x00\\x06\\x00\\xff\\xff\\xff\\xff"
          + "\\x02\\x00\\x07\\x00\\xe8\\x03\\x00\\x00"
          + "\\x04\\x00\\x04\\x00\\xff\\xff\\xff\\xff"
          + "\\x10\\x00\\x07\\x00\\xff\\xff\\xff\\xff"
          + "\\x20\\x00\\x04\\x00\\xff\\xff\\xff\\xff";

  /** struct vfs_cap_data, revision 2: cap_net_raw permitted and effective. */
  private static final String CAPABILITY =
      "\\x01\\x00\\x00\\x02\\x00\\x20\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00";

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "owners and trusted xattrs need root");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file d/x text mode=4751 uid=1000 gid=100 mtime=5.000000007 user.a=1 user.empty= trusted.t=2",
        "file d/x text mode=2644 uid=3 gid=4",
        "file d/x text mode=0",
        "file d/x \"\"",
        "link d/x target uid=5 gid=6 mtime=8.000000009",
        "fifo d/x mode=620 uid=5",
        "sock d/x mode=777",
        "chr d/x 1:3 mode=666 gid=9",
        "blk d/x 259:1048575 mode=660",
        "dir d/x mode=3770 uid=7 gid=8 mtime=9.999999999 user.a=1",
      })
  void everyAttributeIsKept(String lower) {
    try (UnionFixture union =
        UnionFixture.of("dir d mtime=3.000000001 mode=2750 gid=50\n" + lower).open()) {
      String before = union.view(TreeSnapshot.Part.MTIME, TreeSnapshot.Part.NLINK);
      Stat stat = union.client().lstat("d/x");
      // The name is copied up for a change that changes nothing.
      union.client().utimens("d/x", stat.mtimeSec, stat.mtimeNsec);
      assertEquals(before, union.view(TreeSnapshot.Part.MTIME, TreeSnapshot.Part.NLINK));
      assertTrue(union.upperSnapshot().contains("/d/x"), union.upperSnapshot());
      union.remount();
      assertEquals(before, union.view(TreeSnapshot.Part.MTIME, TreeSnapshot.Part.NLINK));
    }
  }

  @Test
  void aclsAndCapabilitiesAreKept() {
    String lower =
        "file d/f text mode=674 security.capability="
            + CAPABILITY
            + " system.posix_acl_access="
            + ACL;
    try (UnionFixture union = UnionFixture.of(lower).open()) {
      String before = union.view(TreeSnapshot.Part.MTIME);
      assertTrue(
          before.contains("security.capability") && before.contains("posix_acl_access"), before);
      union.client().setxattr("d/f", "user.new", new byte[] {1}, 0);
      union.client().removexattr("d/f", "user.new");
      union.remount();
      assertEquals(before, union.view(TreeSnapshot.Part.MTIME));
    }
  }

  @Test
  void aWriteClearsTheCapabilityOfTheCopy() {
    try (UnionFixture union =
        UnionFixture.of("file f text security.capability=" + CAPABILITY).open()) {
      union.client().write("f", "x");
      assertEquals("[]", union.client().listxattr("f").toString());
    }
  }

  @Test
  void holesStayHoles() {
    try (UnionFixture union = UnionFixture.of("file f begin size=50000000").open()) {
      long blocks = union.client().lstat("f").blocks;
      union.client().write("f", "B");
      assertEquals(50000000, union.client().lstat("f").size);
      assertTrue(
          union.client().lstat("f").blocks <= blocks + 16,
          union.client().lstat("f").blocks + " blocks");
      int fd = union.client().open("f", OpenFlags.O_RDONLY, 0);
      assertArrayEquals(Names.toBytes("Begin\0"), union.client().read(fd, 0, 6));
      assertArrayEquals(new byte[4], union.client().read(fd, 30_000_000, 4));
      union.client().close(fd);
    }
  }

  @Test
  void aLargeFileIsCopiedWhole() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 100_000; i++) {
      text.append(i).append(',');
    }
    try (UnionFixture union = UnionFixture.of("file f " + text).open()) {
      union.client().write("f", "X");
      assertEquals("X" + text.substring(1), union.client().text("f"));
    }
  }

  @Test
  void theTimesOfAllParentsAreKept() {
    try (UnionFixture union =
        UnionFixture.of(
                "dir a mtime=1.000000001\ndir a/b mtime=2.000000002\nfile a/b/f text mtime=3.000000003")
            .open()) {
      String before = union.view(TreeSnapshot.Part.MTIME);
      union.client().chmod("a/b/f", 0600);
      assertEquals(
          before.replace("a/b/f - 644", "a/b/f - 600"), union.view(TreeSnapshot.Part.MTIME));
      union.remount();
      assertEquals(
          before.replace("a/b/f - 644", "a/b/f - 600"), union.view(TreeSnapshot.Part.MTIME));
    }
  }

  @Test
  void privateXattrsOfALowerAreNotCopied() {
    try (UnionFixture union =
        UnionFixture.of(
                "file f text trusted.overlay.origin=junk user.overlay.metacopy=junk user.x=1")
            .open()) {
      union.client().chmod("f", 0600);
      String upper = union.upperSnapshot(TreeSnapshot.Part.PRIVATE_XATTRS);
      assertFalse(upper.contains("junk"), upper);
      assertTrue(upper.contains("user.x=1"), upper);
    }
  }

  @Test
  void readingCopiesNothing() {
    try (UnionFixture union = UnionFixture.of("dir d user.x=1\nfile d/f text\nlink d/l t").open()) {
      Client client = union.client();
      assertEquals("text", client.text("d/f"));
      client.lstat("d/f");
      client.listxattr("d");
      client.list("d");
      client.readlink("d/l");
      assertEquals("/\"\" d 755 0:0", union.upperSnapshot());
    }
  }

  @Test
  void removingAndReplacingALowerNameCopiesNoData() {
    String lower =
        "file f big size=200000\nfile g big size=200000\nfile d/f big size=200000\nfile over big size=200000";
    CallCounter[] calls = new CallCounter[1];
    UnionFixture fixture = UnionFixture.of(lower).upper("file new new");
    fixture.wrap(
        sys -> {
          calls[0] = new CallCounter(sys);
          return calls[0].syscalls();
        });
    try (UnionFixture union = fixture.open()) {
      calls[0].reset();
      union.client().unlink("f");
      union.client().unlink("d/f");
      union.client().rmdir("d");
      union.client().rename("new", "over", 0);
      union.client().truncate("g", 0);
      for (String copying : new String[] {"copyFileRange", "ficlone", "pwrite", "pread"}) {
        assertEquals(0, calls[0].count(copying), copying + " in " + calls[0]);
      }
      assertEquals("g over", union.client().names(""));
    }
  }

  @Test
  void aDescriptorOpenedBeforeTheCopyUpReadsWhatIsWrittenAfter() {
    try (UnionFixture union = UnionFixture.of("file f old").open()) {
      int reader = union.client().open("f", OpenFlags.O_RDONLY, 0);
      assertEquals("old", Names.fromBytes(union.client().read(reader, 0, 9)));
      int writer = union.client().open("f", OpenFlags.O_RDWR, 0);
      union.client().write(writer, 0, Names.toBytes("newer"));
      assertEquals("newer", Names.fromBytes(union.client().read(reader, 0, 9)), "I13");
      Stat stat = new Stat();
      union.client().fstat(reader, stat);
      assertEquals(5, stat.size);
      union.client().close(reader);
      union.client().close(writer);
    }
  }

  @Test
  void anInterruptedCopyUpLeavesTheLowerFile() {
    try (UnionFixture union = UnionFixture.of("file f text size=9000000").open()) {
      union.client().caller().interrupt(true);
      LookupTest.assertErrno(Errno.EINTR, () -> union.client().open("f", OpenFlags.O_RDWR, 0));
      union.client().caller().interrupt(false);
      assertEquals("/\"\" d 755 0:0", union.upperSnapshot());
      union.client().write("f", "T");
      assertEquals(9000000, union.client().lstat("f").size);
    }
  }

  @Test
  void theNamesOfALowerHardLinkStayOneFile() {
    try (UnionFixture union = UnionFixture.of("file a text\nhard b a").open()) {
      union.client().write("a", "TEXT");
      for (int i = 0; i < 2; i++) {
        assertEquals("TEXT", union.client().text("b"));
        assertEquals(2, union.client().lstat("b").nlink);
        assertEquals(union.client().lstat("a").ino, union.client().lstat("b").ino);
        union.remount();
      }
    }
  }

  @Test
  void withoutAnIndexTheNamesOfALowerHardLinkPartAtCopyUp() {
    try (UnionFixture union = UnionFixture.of("file a text\nhard b a").index(false).open()) {
      union.client().write("a", "TEXT");
      assertEquals("TEXT", union.client().text("a"));
      assertEquals("text", union.client().text("b"));
      assertEquals(1, union.client().lstat("a").nlink);
    }
  }

  @Test
  void anUpperMadeByUsIsOnlyWhatWasChanged() {
    try (UnionFixture union = UnionFixture.of("file d/a a\nfile d/b b\nfile e/c c").open()) {
      union.client().write("d/a", "A");
      union.unmount();
      try (DirectoryTree upper = new DirectoryTree(Real.SYS, union.upperPath())) {
        assertEquals("d", upper.names(""));
        assertEquals("a", upper.names("d"));
      }
      union.open();
    }
  }
}
