package org.stratafs.fuse.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.stratafs.fuse.protocol.RequestLayout.InHeader;
import org.stratafs.testkit.Coverage;
import org.stratafs.testkit.RandomRuns;

/**
 * Requests that no kernel sends: real ones with bytes changed, cut or grown, and plain noise.
 *
 * <p>{@code -Dstratafs.fuzz.rounds=N} changes the length of a run, of which there is one for each
 * seed.
 */
class DispatcherFuzzTest {
  private static final int DEFAULT_ROUNDS = 200_000;

  /** Few enough that handles and names are not all gone. */
  private static final int ROUNDS_WITH_ONE_TREE = 200;

  /** ENOSYS by design, ENOTTY by the test's file system, and INIT, which comes once. */
  private static final Set<Opcode> NEVER_SERVED =
      EnumSet.of(
          Opcode.GETLK,
          Opcode.SETLK,
          Opcode.SETLKW,
          Opcode.BMAP,
          Opcode.POLL,
          Opcode.SETUPMAPPING,
          Opcode.REMOVEMAPPING,
          Opcode.IOCTL,
          Opcode.INIT);

  private long seed;
  private Random random;
  private RequestMutator mutator;
  private final List<String> defects = new ArrayList<>();

  /** What succeeded at least once: else the requests were all refused at the door. */
  private final Set<Opcode> succeeded = EnumSet.noneOf(Opcode.class);

  private FakeKernel kernel;

  private void note(String line) {
    if (line.startsWith("EIO for")) {
      defects.add(line);
    }
  }

  private void ignore(String line) {
    assertTrue(line.indexOf('\n') < 0, line);
  }

  @Test
  @Tag("random")
  void everyRequestEndsInOneWellFormedReplyOrNoneWhereNoneIsDue() {
    RandomRuns.each("request fuzzing", 1, this::fuzz);
  }

  private void fuzz(long from) {
    seed = from;
    random = new Random(seed);
    mutator = new RequestMutator(random);
    succeeded.clear();
    int rounds = Integer.getInteger("stratafs.fuzz.rounds", DEFAULT_ROUNDS);
    for (int i = 0; i < rounds; i++) {
      if (i % ROUNDS_WITH_ONE_TREE == 0) {
        begin();
      }
      int length = random.nextInt(8) == 0 ? noise() : mutator.mutate(kernel.request, real());
      check(i, length);
    }
    Coverage.add("requests fuzzed", rounds);
    assertEquals(List.of(), defects, () -> "seed " + seed);
    kernel.checkGuards();
    Set<Opcode> refused = EnumSet.complementOf(EnumSet.copyOf(succeeded));
    refused.removeIf(opcode -> !opcode.hasReply());
    assertEquals(NEVER_SERVED, refused, () -> "seed " + seed);
  }

  /** A new connection with a file, node 2, open as handle 1, and the root open as handle 2. */
  private void begin() {
    if (kernel != null) {
      kernel.checkGuards();
    }
    MemoryFileSystem fs = new MemoryFileSystem();
    kernel =
        new FakeKernel(new Dispatcher(fs, FuseOptions.defaults(), this::note, this::ignore, null));
    kernel.init(45, FakeKernel.ALL_FLAGS);
    fs.file("a", new byte[5000]);
    kernel.send(Opcode.LOOKUP, 1, "a");
    kernel.send(Opcode.OPEN, 2, 2, 0);
    kernel.send(Opcode.OPENDIR, 1, 0, 0);
    kernel.send(Opcode.SYMLINK, 1, "b", "target");
    kernel.send(Opcode.SETXATTR, 1, 1, 0, 0, 0, "a", new byte[1]);
  }

  private void check(int round, int length) {
    Opcode opcode = kernel.dispatchChecked(length, "seed " + seed + " round " + round);
    if (opcode != null) {
      succeeded.add(opcode);
    }
    if (random.nextInt(16) == 0) {
      kernel.dispatcher.lost(kernel.exchange);
    }
  }

  private int noise() {
    int length = random.nextInt(300);
    for (int i = 0; i < length; i++) {
      kernel.request.put(i, (byte) random.nextInt());
    }
    if (length >= InHeader.SIZE && random.nextBoolean()) {
      kernel.request.putInt(InHeader.LEN, length);
      kernel.request.putInt(InHeader.OPCODE, random.nextInt(56));
      kernel.request.putShort(InHeader.TOTAL_EXTLEN, (short) random.nextInt(3));
    }
    return length;
  }

  private int real() {
    Opcode[] opcodes = Opcode.values();
    Opcode opcode = opcodes[random.nextInt(opcodes.length)];
    byte[] struct = new byte[Math.max(opcode.requestSize(), opcode == Opcode.SETXATTR ? 16 : 0)];
    ByteBuffer fields = ByteBuffer.wrap(struct).order(java.nio.ByteOrder.nativeOrder());
    // Half of the requests are sound in their fields, so that the file system sees them.
    boolean sound = random.nextBoolean();
    int small = 3 + random.nextInt(3);
    for (int at = 0; at + 4 <= struct.length; at += sound ? 8 : 4) {
      fields.putInt(at, !sound && random.nextInt(4) == 0 ? mutator.edge() : random.nextInt(small));
    }
    String name = String.valueOf((char) ('a' + random.nextInt(4)));
    long node = 1L + random.nextInt(4);
    return kernel.put(opcode, node, struct, name, name, new byte[random.nextInt(64)]);
  }
}
