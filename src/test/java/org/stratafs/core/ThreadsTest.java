package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stratafs.posix.FsException;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.Coverage;
import org.stratafs.testkit.ModelCheck;
import org.stratafs.testkit.RandomRuns;
import org.stratafs.testkit.RandomScript;
import org.stratafs.testkit.RandomStack;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.ScriptRunner;
import org.stratafs.testkit.Step;
import org.stratafs.testkit.TreeSnapshot;
import org.stratafs.testkit.UnionFixture;

/**
 * Several programs at once: no deadlock, no lock out of order, no descriptor used after its close,
 * no node or handle left.
 */
class ThreadsTest {
  private static final int THREADS = 4;
  private static final int STEPS = 150;

  /** Errnos that mean a defect, whatever the other threads did. */
  private static final Set<String> NEVER =
      Set.of(
          "EIO", "ESTALE", "EBADF", "EFAULT", "ENOMEM", "ENOSYS", "EMFILE", "EACCES", "EBUSY",
          "EROFS");

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "devices and owners in layers need root");
  }

  @Test
  @Tag("random")
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void manyProgramsOnFewNamesLeaveAConsistentTree() {
    RandomRuns.each("threads", 10, ThreadsTest::run);
  }

  private static void run(long seed) {
    ModelCheck.Case stack = ModelCheck.randomStack(seed, RandomStack.Forms.ALL);
    Queue<Throwable> problems = new ConcurrentLinkedQueue<>();
    try (UnionFixture union = new UnionFixture().upper(stack.upper()).seed(seed)) {
      stack.lowers().forEach(union::lower);
      union.metacopyAbove(0).open();
      List<Thread> threads = new ArrayList<>();
      List<Client> clients = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        long own = seed * THREADS + i;
        Client client = new Client(union.fs(), own);
        client.share();
        clients.add(client);
        threads.add(new Thread(() -> program(client, own, problems), "program-" + i));
      }
      threads.forEach(Thread::start);
      awaitAll(threads, seed);
      Coverage.add("layer stacks", 1);
      clients.forEach(Client::letGo);
      if (!problems.isEmpty()) {
        throw new AssertionError("seed " + seed + ": " + problems, problems.peek());
      }
      String before = union.view(TreeSnapshot.Part.NLINK, TreeSnapshot.Part.INO);
      union.client().dropCaches();
      assertEquals(
          before,
          union.view(TreeSnapshot.Part.NLINK, TreeSnapshot.Part.INO),
          "seed " + seed + ": looked up afresh");
      union.remount();
      assertEquals(
          before,
          union.view(TreeSnapshot.Part.NLINK, TreeSnapshot.Part.INO),
          "seed " + seed + ": mounted again");
    }
  }

  private static void awaitAll(List<Thread> threads, long seed) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    for (Thread thread : threads) {
      try {
        thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      if (thread.isAlive()) {
        StringBuilder stacks = new StringBuilder();
        for (Thread each : threads) {
          stacks.append(each.getName());
          for (StackTraceElement frame : each.getStackTrace()) {
            stacks.append("\n  ").append(frame);
          }
          stacks.append('\n');
        }
        fail("seed " + seed + ": a deadlock?\n" + stacks);
      }
    }
  }

  private static void program(Client client, long seed, Queue<Throwable> problems) {
    RandomScript source = new RandomScript(new Random(seed), false, false);
    ScriptRunner runner = new ScriptRunner(client);
    Step step = null;
    int done = 0;
    try {
      for (int i = 0; i < STEPS && problems.isEmpty(); i++) {
        client.dropCaches();
        step = nextStep(source, client);
        if (step == null || Set.of("remount", "forget", "become").contains(step.op())) {
          continue;
        }
        String outcome = runner.run(step);
        done++;
        if (NEVER.contains(outcome)) {
          throw new AssertionError(outcome);
        }
      }
      runner.closeAll();
    } catch (RuntimeException | AssertionError e) {
      problems.add(new AssertionError(step + ": " + e, e));
    }
    Coverage.add("operations", done);
  }

  /** Null if the tree changed while it was looked at. */
  private static Step nextStep(RandomScript source, Client client) {
    try {
      return source.next(client);
    } catch (FsException e) {
      return null;
    }
  }
}
