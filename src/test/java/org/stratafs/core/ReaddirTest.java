package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stratafs.fs.DirSink;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.OpenResult;
import org.stratafs.posix.OpenFlags;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.DirEntry;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.TreeSnapshot;
import org.stratafs.testkit.UnionFixture;

/**
 * Merged listings: complete, each name once, with the inode numbers and types of stat, at offsets
 * that stay.
 */
class ReaddirTest {
  private static final String TOP =
      "file d/a a\ndir d/b\nlink d/c x\nfifo d/p\nwhiteout d/gone\nfile d/both top";
  private static final String LOW =
      "file d/both low\nfile d/gone x\nfile d/z z\nchr d/n 1:3\nsock d/s";

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "devices in layers need root");
  }

  @Test
  void eachEntryHasTheInodeNumberAndTypeOfStat() {
    try (UnionFixture union = UnionFixture.of(TOP, LOW).upper("file d/u u").open()) {
      assertEquals("a b both c n p s u z", union.client().names("d"));
      union.view(TreeSnapshot.Part.INO);
    }
  }

  @Test
  void copyUpAndRemountKeepTheInodeNumbers() {
    try (UnionFixture union = UnionFixture.of(TOP, LOW).upper("file d/u u").open()) {
      Map<String, Long> before = numbers(union.client());
      for (String name : before.keySet()) {
        union.client().chown(name, 5, 5);
      }
      assertEquals(before, numbers(union.client()));
      union.view(TreeSnapshot.Part.INO);
      union.remount();
      union.view(TreeSnapshot.Part.INO);
      assertEquals(before, numbers(union.client()));
      union.client().rename("d/both", "moved", 0);
      assertEquals(before.get("d/both"), union.client().lstat("moved").ino);
      union.remount();
      assertEquals(before.get("d/both"), union.client().lstat("moved").ino);
    }
  }

  private static Map<String, Long> numbers(Client client) {
    Map<String, Long> numbers = new TreeMap<>();
    numbers.put("d", client.lstat("d").ino);
    for (DirEntry entry : client.list("d")) {
      numbers.put("d/" + entry.name(), client.lstat("d/" + entry.name()).ino);
    }
    return numbers;
  }

  @Test
  void noTwoFilesShareAnInodeNumber() {
    try (UnionFixture union = UnionFixture.of(TOP, LOW).open()) {
      union.client().write("new", "x");
      union.client().chmod("d/both", 0600);
      Set<Long> seen = new HashSet<>();
      for (Map.Entry<String, Long> entry : numbers(union.client()).entrySet()) {
        assertTrue(seen.add(entry.getValue()), entry.getKey());
      }
      assertTrue(seen.add(union.client().lstat("new").ino));
      assertTrue(seen.add(union.client().lstat("").ino));
    }
  }

  @Test
  void readingGoesOnAtAnyOffsetAsItDidBefore() {
    try (UnionFixture union = UnionFixture.of(many("low", 50)).upper(many("up", 50)).open();
        Reader reader = new Reader(union, "d")) {
      List<Read> all = reader.readFrom(0, Integer.MAX_VALUE);
      assertEquals(102, all.size());
      for (int i = 0; i < all.size(); i += 7) {
        List<Read> rest = reader.readFrom(all.get(i).next, 3);
        assertEquals(all.subList(i + 1, Math.min(i + 4, all.size())), rest);
      }
    }
  }

  @Test
  void whatStaysIsReadOnceWhileOthersComeAndGo() {
    try (UnionFixture union = UnionFixture.of(many("low", 60)).open();
        Reader reader = new Reader(union, "d")) {
      Client client = union.client();
      List<String> seen = new ArrayList<>();
      long offset = 0;
      for (int i = 0; i < 60; i++) {
        List<Read> some = reader.readFrom(offset, 2);
        for (Read read : some) {
          seen.add(read.name);
          offset = read.next;
        }
        client.write("d/new" + i, "x");
        if (i % 3 == 0) {
          client.unlink("d/low" + i);
        }
      }
      for (int i = 0; i < 60; i++) {
        String name = "low" + i;
        long times = seen.stream().filter(name::equals).count();
        assertTrue(i % 3 == 0 ? times <= 1 : times == 1, name + " was read " + times + " times");
      }
    }
  }

  @Test
  void rewindingShowsWhatWasMadeAndRemovedSince() {
    try (UnionFixture union = UnionFixture.of("file d/a a\nfile d/b b").open();
        Reader reader = new Reader(union, "d")) {
      reader.readFrom(0, Integer.MAX_VALUE);
      union.client().write("d/c", "c");
      union.client().unlink("d/a");
      Set<String> names = new HashSet<>();
      for (Read read : reader.readFrom(0, Integer.MAX_VALUE)) {
        names.add(read.name);
      }
      assertEquals(Set.of(".", "..", "b", "c"), names);
    }
  }

  private static String many(String name, int count) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < count; i++) {
      out.append("file d/").append(name).append(i).append(" x\n");
    }
    return out.toString();
  }

  private record Read(String name, long ino, int type, long next) {}

  /** An open directory read by offsets, as telldir(3) and seekdir(3) do. */
  private static final class Reader implements AutoCloseable {
    private final UnionFixture union;
    private final FileSystem fs;
    private final long nodeid;
    private final long handle;

    Reader(UnionFixture union, String path) {
      this.union = union;
      this.fs = union.fs();
      this.nodeid = union.client().nodeid(path);
      OpenResult result = new OpenResult();
      fs.opendir(
          union.client().caller(), nodeid, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, result);
      this.handle = result.handle;
    }

    List<Read> readFrom(long offset, int most) {
      List<Read> read = new ArrayList<>();
      fs.readdir(
          union.client().caller(),
          nodeid,
          handle,
          offset,
          new DirSink() {
            @Override
            public boolean fits(int nameBytes) {
              return read.size() < most;
            }

            @Override
            public void add(String name, long ino, int type, long nextOffset) {
              read.add(new Read(name, ino, type, nextOffset));
            }

            @Override
            public void addPlus(String name, Entry entry, long nextOffset) {
              throw new AssertionError("readdir gave attributes");
            }
          });
      return read;
    }

    @Override
    public void close() {
      fs.releasedir(nodeid, handle);
    }
  }
}
