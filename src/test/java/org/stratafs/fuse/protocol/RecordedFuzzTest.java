package org.stratafs.fuse.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.Coverage;
import org.stratafs.testkit.RandomRuns;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.SyscallWrapper;
import org.stratafs.testkit.UnionFixture;

/**
 * The requests of a real mount, sent once more to a union over the same layers, some of them
 * changed. Closing the fixture checks that lowers and work directory are as they were, and that no
 * node, handle or descriptor is left once what was given out has come back.
 */
class RecordedFuzzTest {
  private final List<byte[]> requests = RecordedRequests.stored().all();
  private final List<String> defects = new ArrayList<>();

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "owners and devices in layers need root");
  }

  @Test
  void unchangedTheyDoWhatTheyDidWhenTheyWereRecorded() {
    int succeeded = run(new Random(1), 0);
    assertTrue(
        succeeded > requests.size() / 2, () -> succeeded + " of " + requests.size() + " succeed");
  }

  @Test
  @Tag("random")
  void changedTheyNeitherBreakTheUnionNorLeakAnything() {
    RandomRuns.each("request fuzzing on a union", 5, seed -> run(new Random(seed), seed));
  }

  /** Keeps changed lengths from filling the machine's memory, and changed ioctls from all else. */
  private static final class Bounds extends SyscallWrapper {
    private static final long MOST = 1 << 20;

    Bounds(Syscalls real) {
      super(real);
    }

    @Override
    protected void before(String call, Object[] args) {
      boolean tooMuch =
          switch (call) {
            case "fallocate" -> (Long) args[3] > MOST;
            case "copyFileRange" -> (Long) args[4] > MOST;
            case "ftruncate" -> (Long) args[1] > MOST;
            case "pwrite" -> (Long) args[3] > MOST;
            default -> false;
          };
      if (tooMuch) {
        throw new FsException(Errno.ENOSPC);
      }
      if (call.equals("ioctl")) {
        throw new FsException(Errno.ENOTTY);
      }
    }
  }

  private void note(String line) {
    if (line.startsWith("EIO for")) {
      defects.add(line);
    }
  }

  /** How many succeeded; seed 0 changes nothing. */
  private int run(Random random, long seed) {
    RequestMutator mutator = new RequestMutator(random);
    int succeeded = 0;
    try (UnionFixture union =
        RecordedRequests.union().wrap(sys -> new Bounds(sys).syscalls()).open()) {
      Ledger ledger = new Ledger(union.fs());
      FakeKernel kernel =
          new FakeKernel(
              new Dispatcher(ledger.fs, FuseOptions.defaults(), this::note, line -> {}, null));
      kernel.init(45, FakeKernel.ALL_FLAGS);
      for (int i = 0; i < requests.size(); i++) {
        boolean outOfOrder = seed != 0 && random.nextInt(16) == 0;
        byte[] request = requests.get(outOfOrder ? random.nextInt(requests.size()) : i);
        kernel.request.put(0, request);
        int length = request.length;
        if (seed != 0 && random.nextInt(3) == 0) {
          length = mutator.mutate(kernel.request, length);
        }
        if (kernel.dispatchChecked(length, "seed " + seed + " request " + i) != null) {
          succeeded++;
        }
        if (seed != 0 && random.nextInt(32) == 0) {
          kernel.dispatcher.lost(kernel.exchange);
        }
      }
      kernel.checkGuards();
      ledger.giveBack();
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    }
    Coverage.add("requests fuzzed", requests.size());
    assertEquals(List.of(), defects, () -> "seed " + seed);
    return succeeded;
  }
}
