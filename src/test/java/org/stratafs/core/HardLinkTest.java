package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stratafs.fs.FileSystem;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.UnionFixture;

/** The names of a lower file with several hard links stay one file (index=on). */
final class HardLinkTest {
  private static final String LOWER =
      """
      dir d
      file d/a content
      hard d/b d/a
      dir e
      hard e/c d/a
      """;

  @Test
  void twoNamesOfALowerFileStayOneFileAfterAWrite() {
    try (UnionFixture union = UnionFixture.of(LOWER).open()) {
      Client client = union.client();
      write(client, "d/a", "changed");
      assertEquals("changed", read(client, "d/b"));
      assertEquals("changed", read(client, "e/c"));
      assertEquals(stat(client, "d/a").ino, stat(client, "e/c").ino);
      assertEquals(3, stat(client, "d/b").nlink);
    }
  }

  @Test
  void theyStayOneFileAfterARemount() {
    try (UnionFixture union = UnionFixture.of(LOWER).open()) {
      long ino = stat(union.client(), "d/a").ino;
      write(union.client(), "d/a", "changed");
      union.remount();
      assertEquals("changed", read(union.client(), "e/c"));
      assertEquals("changed", read(union.client(), "d/a"));
      assertEquals(ino, stat(union.client(), "d/b").ino);
      write(union.client(), "d/b", "again");
      union.remount();
      assertEquals("again", read(union.client(), "d/a"));
      assertEquals(ino, stat(union.client(), "d/a").ino);
      assertEquals(3, stat(union.client(), "e/c").nlink);
    }
  }

  @Test
  void chownOfEachNameLeavesAllNamesOwnedAfterARemount() {
    try (UnionFixture union = UnionFixture.of(LOWER).open()) {
      union.client().chown("d/a", 7, 8);
      union.client().chown("d/b", 7, 8);
      union.remount();
      for (String name : new String[] {"d/a", "d/b", "e/c"}) {
        assertEquals(7, stat(union.client(), name).uid, name);
        assertEquals(8, stat(union.client(), name).gid, name);
      }
    }
  }

  /** A program of libfuse's transport, or of the kernel's, whose node of the name is forgotten. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aNameThatNobodyHoldsIsRenamedAfterTheFileWasCopiedUpByAnother() {
    try (UnionFixture union = UnionFixture.of("file a content\nhard b a").open()) {
      Client client = union.client();
      write(client, "a", "changed");
      client.dropCaches();
      union.fs().rename(client.caller(), FileSystem.ROOT, "b", FileSystem.ROOT, "c", 0);
      assertEquals("changed", read(client, "c"));
      assertEquals(stat(client, "a").ino, stat(client, "c").ino);
      assertEquals("a c", client.names(""));
    }
  }

  @Test
  void aNameThatWasUsedIsInUpperAfterAChange() {
    try (UnionFixture union = UnionFixture.of(LOWER).open()) {
      stat(union.client(), "e/c");
      union.client().chown("d/a", 7, 8);
      assertEquals(true, union.upperSnapshot().contains("e/c"), union.upperSnapshot());
    }
  }

  @Test
  void nlinkFollowsLinkAndUnlink() {
    try (UnionFixture union = UnionFixture.of(LOWER).open()) {
      Client client = union.client();
      client.unlink("d/b");
      assertEquals(2, stat(client, "d/a").nlink);
      client.chmod("d/a", 0600);
      assertEquals(2, stat(client, "d/a").nlink);
      client.link("d/a", "d/new");
      assertEquals(3, stat(client, "e/c").nlink);
      union.remount();
      client = union.client();
      assertEquals(3, stat(client, "e/c").nlink);
      client.unlink("e/c");
      client.unlink("d/a");
      assertEquals(1, stat(client, "d/new").nlink);
      assertEquals("content", read(client, "d/new"));
    }
  }

  @Test
  void theLastUnlinkLeavesAnOpenFileReadable() {
    try (UnionFixture union = UnionFixture.of(LOWER).open()) {
      Client client = union.client();
      write(client, "d/a", "changed");
      int fd = client.open("e/c", OpenFlags.O_RDWR, 0);
      client.unlink("d/a");
      client.unlink("d/b");
      client.unlink("e/c");
      Stat stat = new Stat();
      client.fstat(fd, stat);
      assertEquals(0, stat.nlink);
      assertArrayEquals(bytes("changed"), client.read(fd, 0, 100));
      client.close(fd);
    }
  }

  @Test
  void aRenamedNameIsStillTheSameFile() {
    try (UnionFixture union = UnionFixture.of(LOWER).open()) {
      Client client = union.client();
      client.rename("e/c", "e/z", 0);
      write(client, "e/z", "changed");
      assertEquals("changed", read(client, "d/a"));
      union.remount();
      assertEquals("changed", read(union.client(), "d/b"));
      assertEquals("changed", read(union.client(), "e/z"));
      assertEquals(3, stat(union.client(), "e/z").nlink);
    }
  }

  @Test
  void renameOverOneNameLeavesTheOthers() {
    try (UnionFixture union = UnionFixture.of(LOWER).open()) {
      Client client = union.client();
      write(client, "d/a", "changed");
      write(client, "other", "other");
      client.rename("other", "d/b", 0);
      assertEquals("other", read(client, "d/b"));
      assertEquals("changed", read(client, "e/c"));
      assertEquals(2, stat(client, "e/c").nlink);
      assertNotEquals(stat(client, "d/b").ino, stat(client, "d/a").ino);
    }
  }

  private static Stat stat(Client client, String path) {
    Stat stat = new Stat();
    client.lstat(path, stat);
    return stat;
  }

  private static void write(Client client, String path, String content) {
    int fd = client.open(path, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC, 0644);
    client.write(fd, 0, bytes(content));
    client.close(fd);
  }

  private static String read(Client client, String path) {
    int fd = client.open(path, OpenFlags.O_RDONLY, 0);
    byte[] read = client.read(fd, 0, 1000);
    client.close(fd);
    return new String(read, StandardCharsets.ISO_8859_1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
