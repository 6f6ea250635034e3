package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Mode;
import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.DirectoryTree;
import org.stratafs.testkit.PosixTree;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.TempTree;
import org.stratafs.testkit.TreeSnapshot;
import org.stratafs.testkit.TreeSpec;
import org.stratafs.testkit.UnionFixture;

/**
 * What a directory's default ACL gives to new entries, compared with what a plain directory does.
 */
class DefaultAclTest {
  /** user::rwx, user:1000:rw-, group::r-x, mask::rwx, other::---. */
  private static final String ACL =
      "\\x02\\x00\\x00\\x00"
          + "\\x01\\x00\\x07\\x00\\xff\\xff\\xff\\xff"
          + "\\x02\\x00\\x06\\x00\\xe8\\x03\\x00\\x00"
          + "\\x04\\x00\\x05\\x00\\xff\\xff\\xff\\xff"
          + "\\x10\\x00\\x07\\x00\\xff\\xff\\xff\\xff"
          + "\\x20\\x00\\x00\\x00\\xff\\xff\\xff\\xff";

  private static final String TREE = "dir d mode=2750 gid=5 system.posix_acl_default=" + ACL;

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "owners in layers need root");
  }

  @Test
  void newEntriesInheritAsOnAPlainDirectoryOverWhiteoutsToo() {
    Syscalls sys = Real.SYS;
    int umask = sys.umask(022);
    String plain;
    try (TempTree temp = new TempTree(sys);
        DirectoryTree tree = new DirectoryTree(sys, temp.build("plain", TreeSpec.parse(TREE)))) {
      make(tree);
      plain = TreeSnapshot.of(tree);
    } finally {
      sys.umask(umask);
    }
    String whiteouts =
        "whiteout d/dir\nwhiteout d/file\nwhiteout d/fifo\nwhiteout d/link\nwhiteout d/open\n";
    String hidden = "file d/dir x\nfile d/file x\nfile d/fifo x\nfile d/link x\nfile d/open x\n";
    for (String upper : new String[] {"", TREE, TREE + "\n" + whiteouts}) {
      String lower = upper.contains("whiteout") ? hidden + TREE : TREE;
      try (UnionFixture union = UnionFixture.of(lower).upper(upper).open()) {
        Client client = union.client();
        client.umask(022);
        make(client);
        assertEquals(plain, union.view(), upper);
        union.remount();
        assertEquals(plain, union.view(), upper + ", mounted again");
      }
    }
  }

  private static void make(PosixTree tree) {
    tree.mkdir("d/dir", 0777);
    tree.mkdir("d/dir/deeper", 0700);
    tree.mknod("d/file", Mode.S_IFREG | 0666, 0);
    tree.mknod("d/fifo", Mode.S_IFIFO | 0622, 0);
    tree.symlink("target", "d/link");
    tree.close(
        tree.open("d/open", OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, 0777));
    int fd = tree.tmpfile("d", 0666);
    tree.linkOpen(fd, "d/unnamed");
    tree.close(fd);
  }
}
