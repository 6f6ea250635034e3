package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.TestCaller;
import org.stratafs.testkit.UnionFixture;
import org.stratafs.union.UnionFileSystem;
import org.stratafs.union.UnionOptions;

/** Which nodes and descriptors are kept, and the inode numbers they show. */
class NodesTest {
  private final TestCaller caller = new TestCaller();

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "owners in layers need root");
  }

  private long lookup(UnionFixture union, long parent, String name) {
    Entry entry = new Entry();
    union.fs().lookup(caller, parent, name, entry);
    return entry.nodeid;
  }

  private static int nodes(UnionFixture union) {
    return ((UnionFileSystem) union.fs()).nodeCount();
  }

  @Test
  void aDirectoryStaysForItsChildrenAndGoesWithTheLast() {
    try (UnionFixture union = UnionFixture.of("file d/e/f f").open()) {
      FileSystem fs = union.fs();
      long d = lookup(union, FileSystem.ROOT, "d");
      long e = lookup(union, d, "e");
      long f = lookup(union, e, "f");
      fs.forget(d, 1);
      fs.forget(e, 1);
      assertEquals(4, nodes(union));
      fs.getattr(caller, f, 0, new Stat());
      assertEquals(e, lookup(union, d, "e"), "the same node");
      fs.forget(e, 1);
      fs.forget(f, 1);
      assertEquals(1, nodes(union));
    }
  }

  @Test
  void aDirectoryThatOnlyARemovedFileKeptGoes() {
    try (UnionFixture union = UnionFixture.of("file d/f f").open()) {
      long d = lookup(union, FileSystem.ROOT, "d");
      long f = lookup(union, d, "f");
      union.fs().forget(d, 1);
      union.fs().unlink(caller, d, "f");
      assertEquals(2, nodes(union));
      union.fs().forget(f, 1);
      assertEquals(1, nodes(union));
    }
  }

  @Test
  void aForgottenDirectoryKeepsNoDescriptor() {
    try (UnionFixture union =
        UnionFixture.of("file d/f f", "file d/g g").upper("file d/h h").open()) {
      int before = union.descriptors().open().size();
      long d = lookup(union, FileSystem.ROOT, "d");
      union.fs().forget(lookup(union, d, "g"), 1);
      assertTrue(union.descriptors().open().size() > before);
      union.fs().forget(d, 1);
      assertEquals(before, union.descriptors().open().size());
    }
  }

  @Test
  void manyNodesAreFoundWhateverWasForgottenBetween() {
    StringBuilder spec = new StringBuilder();
    for (int i = 0; i < 600; i++) {
      spec.append("file f").append(i).append(" x\n");
    }
    try (UnionFixture union = UnionFixture.of(spec.toString()).open()) {
      List<Long> kept = new ArrayList<>();
      for (int i = 0; i < 600; i++) {
        kept.add(lookup(union, FileSystem.ROOT, "f" + i));
      }
      for (int step : new int[] {3, 5, 2}) {
        for (int i = kept.size() - 1; i >= 0; i -= step) {
          union.fs().forget(kept.remove(i), 1);
        }
        for (long node : kept) {
          union.fs().getattr(caller, node, 0, new Stat());
        }
        assertEquals(1 + kept.size(), nodes(union));
      }
      kept.forEach(node -> union.fs().forget(node, 1));
    }
  }

  @Test
  void fewDescriptorsAreEnoughForManyDirectoriesOfSeveralLayers() {
    StringBuilder first = new StringBuilder();
    StringBuilder second = new StringBuilder();
    for (int i = 0; i < 30; i++) {
      first.append("file d").append(i).append("/a top").append(i).append('\n');
      second.append("file d").append(i).append("/b low").append(i).append('\n');
    }
    try (UnionFixture union =
        UnionFixture.of(first.toString(), second.toString()).descriptors(16).open()) {
      int before = union.descriptors().open().size();
      for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 30; i++) {
          assertEquals("top" + i, union.client().text("d" + i + "/a"));
          assertEquals("low" + i, union.client().text("d" + i + "/b"));
        }
        assertTrue(union.descriptors().open().size() <= before + 16);
      }
    }
  }

  @Test
  void aFileIsReachedByTheNameItHasLeft() {
    try (UnionFixture union = UnionFixture.of("").upper("file a text\nhard b a\nhard c a").open()) {
      Client client = union.client();
      for (String name : new String[] {"a", "b", "c"}) {
        client.nodeid(name);
      }
      client.unlink("b");
      client.unlink("a");
      assertEquals(1, client.lstat("c").nlink);
      assertEquals("text", client.text("c"));
      client.chmod("c", 0640);
      assertEquals(0640, client.lstat("c").mode & 07777);
    }
  }

  @Test
  void layersOnTwoFileSystemsShareNoInodeNumberAndIno32Folds() throws IOException {
    Path other = Files.createTempDirectory("stratafs-test-"); // of UnionFixture: /dev/shm
    try {
      Files.writeString(other.resolve("l"), "lower");
      UnionOptions plain = UnionOptions.defaults();
      for (boolean ino32 : new boolean[] {false, true}) {
        UnionOptions options =
            new UnionOptions(
                plain.staticNlink(),
                ino32,
                plain.durable(),
                plain.keepCache(),
                plain.writeback(),
                plain.lowerPassthrough(),
                plain.redirects(),
                plain.index(),
                plain.metacopy(),
                plain.metacopyAbove(),
                /* layerXattrs= */ true,
                plain.directoryDescriptors(),
                plain.generation());
        try (UnionFixture union =
            new UnionFixture()
                .upper("file u u")
                .lowerAt(other.toString())
                .options(options)
                .open()) {
          long upper = union.client().lstat("u").ino;
          long lower = union.client().lstat("l").ino;
          if (ino32) {
            assertTrue(lower > 0 && lower >>> 32 == 0, Long.toHexString(lower));
            assertTrue(upper > 0 && upper >>> 32 == 0, Long.toHexString(upper));
          } else {
            assertTrue(upper >>> 63 != lower >>> 63, "the top bit tells which file system");
            Stat stat = new Stat();
            union.real().stat(Syscalls.AT_FDCWD, other + "/l", stat);
            assertEquals(stat.ino, lower & Long.MAX_VALUE);
          }
        }
      }
    } finally {
      Files.delete(other.resolve("l"));
      Files.delete(other);
    }
  }
}
