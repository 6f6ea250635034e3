package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import org.junit.jupiter.api.Test;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.posix.Mode;
import org.stratafs.testkit.DirectoryTree;
import org.stratafs.testkit.TestCaller;
import org.stratafs.testkit.UnionFixture;

/**
 * What the heap holds for a file that the kernel knows, counted after collections: a million of
 * them are to fit in 256 MiB. FORGET gives it back, all but the names of lowers.
 */
class NodeMemoryTest {
  private static final int DIRECTORIES = 20;
  private static final int FILES = 2_000;

  /** In bytes: a million of them leave room in 256 MiB for the rest and for the collector. */
  private static final long MOST = 190;

  /** In bytes; KnownNames keeps 200,000 names at most, also of files that are forgotten. */
  private static final long MOST_OF_NAMES = 100;

  private final MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
  private final TestCaller caller = new TestCaller();

  /** In bytes. */
  private long used() {
    for (int i = 0; i < 3; i++) {
      memory.gc();
    }
    return memory.getHeapMemoryUsage().getUsed();
  }

  private static String name(int i) {
    return "file-" + (1_000_000 + i);
  }

  @Test
  void aFileThatIsKnownTakesFewBytesAndGivesThemBackOnceItIsForgotten() {
    UnionFixture fixture = UnionFixture.of("");
    try (DirectoryTree lower = new DirectoryTree(fixture.real(), fixture.lowerPaths().get(0))) {
      for (int d = 0; d < DIRECTORIES; d++) {
        lower.mkdir("d" + d, 0755);
        for (int f = 0; f < FILES; f++) {
          lower.mknod("d" + d + "/" + name(f), Mode.S_IFREG | 0644, 0);
        }
      }
    }
    try (UnionFixture union = fixture.open()) {
      FileSystem fs = union.fs();
      long before = used();
      long[] nodes = new long[DIRECTORIES * (FILES + 1)];
      Entry out = new Entry();
      int count = 0;
      for (int d = 0; d < DIRECTORIES; d++) {
        fs.lookup(caller, FileSystem.ROOT, "d" + d, out);
        long directory = out.nodeid;
        nodes[count++] = directory;
        for (int f = 0; f < FILES; f++) {
          fs.lookup(caller, directory, name(f), out);
          nodes[count++] = out.nodeid;
        }
      }
      long known = used();
      for (int i = count - 1; i >= 0; i--) {
        fs.forget(nodes[i], 1);
      }
      long forgotten = used();
      long each = (known - forgotten) / count;
      assertTrue(each <= MOST, each + " bytes a node");
      long names = (forgotten - before) / count;
      assertTrue(names <= MOST_OF_NAMES, names + " bytes a name that is kept");
    }
  }
}
