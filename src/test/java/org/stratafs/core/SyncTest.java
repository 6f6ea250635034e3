package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.NativeBytes;
import org.stratafs.testkit.SyscallWrapper;
import org.stratafs.testkit.UnionFixture;

/** What reaches the disk, and when: told by the system calls that are made. */
class SyncTest {
  private static final List<String> SYNCING = List.of("fsync", "fdatasync", "syncfs", "flush");

  /** What a copy is dressed by. */
  private static final List<String> CHANGING =
      List.of("setxattr", "fchownat", "fchmodat", "utimensat");

  private final List<String> calls = new ArrayList<>();

  /** Those calls on what is staged, each behind the number of the others before it. */
  private final List<String> changes = new ArrayList<>();

  /** Writes down the calls that sync and the renames. */
  private final class Recorder extends SyscallWrapper {
    Recorder(Syscalls real) {
      super(real);
    }

    @Override
    protected void before(String call, Object[] args) {
      if (SYNCING.contains(call) || call.equals("renameat2")) {
        calls.add(call);
      } else if (CHANGING.contains(call) && ((String) args[1]).startsWith("#")) {
        changes.add(calls.size() + " " + call);
      }
    }
  }

  private UnionFixture union(boolean durable) {
    return UnionFixture.of("file f text\ndir d")
        .durable(durable)
        .wrap(sys -> new Recorder(sys).syscalls())
        .open();
  }

  private List<String> since(Runnable step) {
    calls.clear();
    step.run();
    return List.copyOf(calls);
  }

  @Test
  void aCopyIsOnDiskBeforeItIsPublished() {
    try (UnionFixture union = union(true)) {
      assertEquals(List.of("fsync", "renameat2"), since(() -> union.client().chmod("f", 0600)));
    }
  }

  @Test
  void whatIsOnDiskBeforeACopyIsPublishedIsAllOfIt() {
    try (UnionFixture union = union(true)) {
      changes.clear();
      since(() -> union.client().chmod("f", 0600));
      List<String> synced = changes.stream().filter(c -> c.startsWith("0 ")).toList();
      assertTrue(
          synced.containsAll(List.of("0 setxattr", "0 fchmodat", "0 utimensat")), synced::toString);
      assertFalse(changes.contains("1 setxattr"), "between the sync and the rename: " + changes);
      assertFalse(changes.contains("1 fchmodat"), "between the sync and the rename: " + changes);
    }
  }

  @Test
  void aVolatileMountSyncsNothing() {
    try (UnionFixture union = union(false)) {
      Client client = union.client();
      assertEquals(List.of("renameat2"), since(() -> client.chmod("f", 0600)));
      int fd = client.open("f", OpenFlags.O_RDWR, 0);
      assertEquals(List.of(), since(() -> write(union, fd, OpenFlags.O_SYNC)));
      assertEquals(List.of(), since(() -> fsync(union, fd, false)));
      assertEquals(List.of(), since(() -> fsync(union, fd, true)));
      assertEquals(List.of(), since(() -> union.fs().syncfs(client.caller(), 1)));
      assertEquals(List.of("flush"), since(() -> client.close(fd)));
      assertEquals(List.of(), since(union::unmount));
      union.open();
    }
  }

  @Test
  void syncReachesTheFileAsItWasAsked() {
    try (UnionFixture union = union(true)) {
      Client client = union.client();
      int lower = client.open("f", OpenFlags.O_RDONLY, 0);
      assertEquals(List.of(), since(() -> fsync(union, lower, false)), "a lower file is on disk");
      assertEquals(List.of(), since(() -> client.close(lower)));
      int fd = client.open("f", OpenFlags.O_RDWR, 0);
      assertEquals(List.of("fsync"), since(() -> fsync(union, fd, false)));
      assertEquals(List.of("fdatasync"), since(() -> fsync(union, fd, true)));
      assertEquals(List.of(), since(() -> write(union, fd, OpenFlags.O_RDWR)));
      assertEquals(List.of("fsync"), since(() -> write(union, fd, OpenFlags.O_SYNC)));
      assertEquals(List.of("fdatasync"), since(() -> write(union, fd, OpenFlags.O_DSYNC)));
      assertEquals(List.of("syncfs"), since(() -> union.fs().syncfs(client.caller(), 1)));
      client.close(fd);
      client.chmod("d", 0711);
      long d = client.nodeid("d");
      assertEquals(
          List.of("fsync"), since(() -> union.fs().fsyncdir(client.caller(), d, 0, false)));
      assertEquals(List.of("syncfs"), since(union::unmount));
      union.open();
    }
  }

  @Test
  void closeAsksForLateErrorsWhereSomethingWasWritten() {
    try (UnionFixture union = union(true)) {
      Client client = union.client();
      client.chmod("f", 0600);
      assertEquals(List.of(), since(() -> client.close(client.open("f", OpenFlags.O_RDWR, 0))));
      int written = client.open("f", OpenFlags.O_RDWR, 0);
      write(union, written, OpenFlags.O_RDWR);
      assertEquals(List.of("flush"), since(() -> client.close(written)));
      int allocated = client.open("f", OpenFlags.O_RDWR, 0);
      union
          .fs()
          .fallocate(client.caller(), client.nodeid("f"), client.handle(allocated), 0, 0, 10_000);
      assertEquals(List.of("flush"), since(() -> client.close(allocated)));
      int from = client.open("f", OpenFlags.O_RDONLY, 0);
      int to = client.open("f", OpenFlags.O_RDWR, 0);
      long node = client.nodeid("f");
      long copied =
          union
              .fs()
              .copyFileRange(
                  client.caller(),
                  node,
                  client.handle(from),
                  0,
                  node,
                  client.handle(to),
                  20_000,
                  4);
      assertEquals(4, copied);
      client.close(from);
      assertEquals(List.of("flush"), since(() -> client.close(to)));
      assertTrue(client.exists("f"));
    }
  }

  private static void write(UnionFixture union, int fd, int flags) {
    Client client = union.client();
    byte[] bytes = Names.toBytes("x");
    union
        .fs()
        .write(
            client.caller(),
            client.nodeid("f"),
            client.handle(fd),
            0,
            NativeBytes.of(bytes).address(),
            1,
            flags,
            false);
  }

  private static void fsync(UnionFixture union, int fd, boolean dataOnly) {
    Client client = union.client();
    union.fs().fsync(client.caller(), client.nodeid("f"), client.handle(fd), dataOnly);
  }
}
