package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stratafs.fs.DirSink;
import org.stratafs.fs.Entry;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.ShuffledDirectories;
import org.stratafs.testkit.SyscallWrapper;
import org.stratafs.testkit.UnionFixture;

/**
 * Listings read entry by entry: d_ino, d_type and offsets, whatever order and types the file
 * systems below give, and what spoils an entry.
 */
class ListingTest {
  private static final int EACH = 12;

  /** The call that fails and the name it fails for; null: nothing does. */
  private String failing;

  private String failingName;

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "devices and trusted xattrs in layers need root");
  }

  private final class Failing extends SyscallWrapper {
    Failing(Syscalls real) {
      super(real);
    }

    @Override
    protected void before(String call, Object[] args) {
      if (call.equals(failing) && (failingName == null || failingName.equals(args[1]))) {
        throw new FsException(Errno.EIO);
      }
    }
  }

  /** One reading of a directory, with what it counted given back. */
  private static final class Listed implements DirSink {
    final TreeMap<String, Long> inos = new TreeMap<>();
    final TreeMap<String, Integer> types = new TreeMap<>();
    final List<String> withAttributes = new ArrayList<>();
    final List<Long> offsets = new ArrayList<>();
    private final List<Long> looked = new ArrayList<>();

    static Listed of(UnionFixture union, String path, long offset, boolean plus) {
      Listed listed = new Listed();
      Client client = union.client();
      long node = client.nodeid(path);
      if (plus) {
        union.fs().readdirplus(client.caller(), node, 0, offset, listed);
      } else {
        union.fs().readdir(client.caller(), node, 0, offset, listed);
      }
      listed.looked.forEach(each -> union.fs().forget(each, 1));
      return listed;
    }

    @Override
    public boolean fits(int nameBytes) {
      return true;
    }

    @Override
    public void add(String name, long ino, int type, long nextOffset) {
      assertEquals(null, inos.put(name, ino), name + " is listed twice");
      types.put(name, type);
      offsets.add(nextOffset);
    }

    @Override
    public void addPlus(String name, Entry entry, long nextOffset) {
      add(name, entry.attr.ino, Mode.toDirentType(entry.attr.mode), nextOffset);
      withAttributes.add(name);
      looked.add(entry.nodeid);
    }
  }

  /** Names of every kind in a layer; those that carry its number are in no other. */
  private static String layer(int layer) {
    StringBuilder spec = new StringBuilder("dir d\n");
    for (int i = 0; i < EACH; i++) {
      spec.append("file d/marked").append(i).append(" x\n");
      spec.append("whiteout d/marked").append(i).append(" form=name\n");
      spec.append("dir d/merged").append(i).append('\n');
      spec.append("link d/own").append(layer).append('.').append(i).append(" target\n");
      spec.append(layer == 1 ? "whiteout d/gone" : "fifo d/gone").append(i).append('\n');
    }
    return spec.toString();
  }

  @Test
  void entriesAreWhatStatTellsWhateverOrderAndTypesTheLayersGive() {
    for (int seed = 0; seed < 12; seed++) {
      long shuffle = seed;
      try (UnionFixture union =
          UnionFixture.of(layer(1), layer(2))
              .upper("dir d\ndir d/merged0\nfile d/merged1 x\nwhiteout d/marked0\nsock d/upper")
              .wrap(sys -> new ShuffledDirectories(sys, shuffle).syscalls())
              .open()) {
        Listed listed = Listed.of(union, "d", 2, false);
        assertEquals(EACH - 1 + EACH + 2 * EACH + 1, listed.inos.size(), "seed " + seed);
        for (String name : listed.inos.keySet()) {
          Stat stat = union.client().lstat("d/" + name);
          String where = name + ", seed " + seed;
          assertEquals(Mode.toDirentType(stat.mode), listed.types.get(name), where);
          assertEquals(stat.ino, listed.inos.get(name), where);
        }
      }
    }
  }

  @Test
  void dotsHaveTheNumbersOfTheDirectoryAndItsParent() {
    try (UnionFixture union = UnionFixture.of("dir d/e\nfile d/e/f f").open()) {
      Listed listed = Listed.of(union, "d/e", 0, false);
      assertEquals(union.client().lstat("d/e").ino, listed.inos.get("."));
      assertEquals(union.client().lstat("d").ino, listed.inos.get(".."));
    }
  }

  @Test
  void offsetsAreOf30BitsInOrderAndNothingIsBeyondTheLast() {
    StringBuilder spec = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      spec.append("file d/f").append(i).append(" x\n");
    }
    try (UnionFixture union = UnionFixture.of(spec.toString()).open()) {
      List<Long> offsets = Listed.of(union, "d", 0, false).offsets;
      for (int i = 1; i < offsets.size(); i++) {
        assertTrue(offsets.get(i) > offsets.get(i - 1), offsets::toString);
      }
      long last = offsets.get(offsets.size() - 1);
      assertTrue(last < (1L << 30) + 1000, "32-bit programs could not tell: " + last);
      for (long offset : new long[] {last, last + 1, 1L << 32 | 1, Long.MAX_VALUE}) {
        assertEquals(List.of(), Listed.of(union, "d", offset, false).offsets, "from " + offset);
      }
    }
  }

  @Test
  void anEntryThatCannotBeAskedForIsListedAllTheSame() {
    try (UnionFixture union =
        UnionFixture.of("chr d/low 1:3\nfile d/a a")
            .upper("chr d/up 1:3\nfile d/b b")
            .wrap(sys -> new Failing(sys).syscalls())
            .open()) {
      for (String bad : new String[] {"low", "up"}) {
        union.remount();
        union.client().nodeid("d");
        failing = "statOrAbsent";
        failingName = bad;
        Listed listed = Listed.of(union, "d", 2, true);
        failing = null;
        assertEquals("[a, b, low, up]", listed.inos.keySet().toString());
        assertEquals(3, listed.withAttributes.size(), listed.withAttributes::toString);
      }
    }
  }

  @Test
  void aRedirectThatCannotBeFollowedSpoilsItsOwnEntryOnly() {
    try (UnionFixture union =
        UnionFixture.of("file d/a a")
            .upper("dir d trusted.overlay.impure=y\ndir d/n trusted.overlay.redirect=a/b")
            .open()) {
      assertEquals("[a, n]", Listed.of(union, "d", 2, false).inos.keySet().toString());
      assertEquals("[a]", Listed.of(union, "d", 2, true).withAttributes.toString());
    }
  }

  @Test
  void aDirectoryThatCannotBeReadIsSearched() {
    try (UnionFixture union =
        UnionFixture.of("file d/a a\nfile d/b b\nfile d/c c", "file d/e e\nfile d/f f")
            .wrap(sys -> new Failing(sys).syscalls())
            .open()) {
      failing = "readDirectory";
      failingName = null;
      for (String name : new String[] {"a", "b", "c", "e", "f"}) {
        assertEquals(name, union.client().text("d/" + name));
      }
      failing = null;
    }
  }
}
