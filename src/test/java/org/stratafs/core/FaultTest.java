package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stratafs.posix.Errno;
import org.stratafs.testkit.Coverage;
import org.stratafs.testkit.FaultInjector;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.ScriptRunner;
import org.stratafs.testkit.TreeSnapshot;
import org.stratafs.testkit.UnionFixture;

/**
 * For each operation, each of its system calls fails in turn. By default each call fails with one
 * errno, with {@code -Dstratafs.fresh=true} with another one each time; {@code
 * -Dstratafs.faults=all} tries all.
 */
class FaultTest {
  private static final int[] ERRNOS = {
    Errno.EIO, Errno.ENOSPC, Errno.EDQUOT, Errno.EACCES, Errno.EMFILE, Errno.EINTR
  };

  private static final int FIRST =
      Boolean.getBoolean("stratafs.fresh") ? (int) (System.nanoTime() % ERRNOS.length) : 0;

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "devices and owners in layers need root");
  }

  static List<Operations.Operation> operations() {
    return Operations.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  void aFailedOperationLeavesTheTreeBeforeIt(Operations.Operation operation) {
    try (Operations.Lowers lowers = new Operations.Lowers()) {
      failEach(lowers, operation);
    }
  }

  private static void failEach(Operations.Lowers lowers, Operations.Operation operation) {
    String after = after(lowers, operation);
    boolean all = "all".equals(System.getProperty("stratafs.faults"));
    for (int n = 1; ; n++) {
      boolean more = true;
      for (int i = 0; i < ERRNOS.length && more; i++) {
        if (all || i == (n + FIRST) % ERRNOS.length) {
          more = failOne(lowers, operation, n, ERRNOS[i], after);
        }
      }
      if (!more) {
        return;
      }
    }
  }

  private static String view(UnionFixture fixture) {
    return fixture.view(TreeSnapshot.Part.NLINK, TreeSnapshot.Part.OLD_MTIME);
  }

  private static String withoutTimes(String view) {
    return view.replaceAll(" mtime \\S+", "");
  }

  private static String shown(String view, boolean withoutDirectoryTimes) {
    return withoutDirectoryTimes ? view.replaceAll("(?m)^(\\S+ d .*) mtime \\S+", "$1") : view;
  }

  private static String after(Operations.Lowers lowers, Operations.Operation operation) {
    try (UnionFixture fixture = lowers.fixture().open()) {
      ScriptRunner runner = Operations.prepare(fixture, operation);
      assertEquals("ok", (runner.run(operation.step()) + "   ").substring(0, 2), "without a fault");
      return view(fixture);
    }
  }

  /** Whether the operation makes that many calls. */
  private static boolean failOne(
      Operations.Lowers lowers, Operations.Operation operation, int n, int errno, String after) {
    FaultInjector[] injector = new FaultInjector[1];
    String hit = null;
    try (UnionFixture fixture = lowers.fixture()) {
      fixture.wrap(
          sys -> {
            injector[0] = new FaultInjector(sys);
            return injector[0].syscalls();
          });
      fixture.open();
      ScriptRunner runner = Operations.prepare(fixture, operation);
      String before = view(fixture);
      fixture.client().dropCaches();
      injector[0].arm(n, errno);
      String outcome = runner.run(operation.step());
      hit = injector[0].disarm();
      if (hit == null) {
        return false;
      }
      Coverage.add("faults injected", 1);
      String found = view(fixture);
      String expected = outcome.startsWith("ok") ? after : before;
      // What is only looked at once the change is made, for the reply, may fail with the change
      // made.
      // A truncation to nothing copies an empty file up, which is its result already.
      boolean look = !injector[0].hitMutation() || hit.startsWith("ftruncate");
      if (look && withoutTimes(found).equals(withoutTimes(after))) {
        expected = found; // where only the times were still to come
      }
      // What was made and taken back leaves the directory another mtime. And a directory whose
      // times cannot be put back after a copy-up keeps the new ones: the copy-up
      // is done by then, and cannot be undone without another failure.
      boolean ok = outcome.startsWith("ok");
      boolean timesLost = !ok || hit.matches("utimensat\\(\\d+ \"\" .*");
      if (ok && timesLost) {
        assertTrue(fixture.warnings().toString().contains("times changed by a copy-up"), hit);
      }
      assertEquals(shown(expected, timesLost), shown(found, timesLost), outcome);
      runner.closeAll();
      fixture.unmount();
      fixture.open();
      String again = view(fixture);
      assertEquals(
          shown(expected, timesLost), shown(again, timesLost), outcome + ", mounted again");
    } catch (AssertionError | RuntimeException e) {
      return fail(
          "call " + n + ", " + hit + ", fails with " + Errno.name(errno) + ": " + e.getMessage(),
          e);
    }
    return true;
  }
}
