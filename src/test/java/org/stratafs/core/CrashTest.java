package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stratafs.testkit.Coverage;
import org.stratafs.testkit.MutationLog;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.ScriptRunner;
import org.stratafs.testkit.TreeSnapshot;
import org.stratafs.testkit.UnionFixture;

/**
 * The daemon dies between any two changes an operation makes to upper and workdir; the next mount
 * must show the tree before or after it.
 */
class CrashTest {
  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "devices and owners in layers need root");
  }

  static List<Operations.Operation> operations() {
    return Operations.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  void aCrashLeavesTheTreeBeforeOrAfter(Operations.Operation operation) {
    try (Operations.Lowers lowers = new Operations.Lowers()) {
      crashEverywhere(lowers, operation, false);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  void aCrashLeavesTheTreeBeforeOrAfterWithWhiteoutsByName(Operations.Operation operation) {
    try (Operations.Lowers lowers = new Operations.Lowers()) {
      crashEverywhere(lowers, operation, true);
    }
  }

  private static String view(UnionFixture fixture) {
    return fixture.view(TreeSnapshot.Part.NLINK);
  }

  private static UnionFixture fixture(Operations.Lowers lowers, MutationLog[] log, boolean byName) {
    UnionFixture fixture = lowers.fixture();
    if (byName) {
      fixture.noDeviceWhiteouts();
    }
    fixture.wrap(
        sys -> {
          log[0] = new MutationLog(sys);
          return log[0].syscalls();
        });
    return fixture.open();
  }

  private static void crashEverywhere(
      Operations.Lowers lowers, Operations.Operation operation, boolean byName) {
    MutationLog[] log = new MutationLog[1];
    List<String> mutations;
    String before;
    String after;
    try (UnionFixture fixture = fixture(lowers, log, byName)) {
      ScriptRunner runner = Operations.prepare(fixture, operation);
      before = view(fixture);
      log[0].record();
      String outcome = runner.run(operation.step());
      mutations = log[0].stop();
      assertTrue(outcome.startsWith("ok"), outcome);
      runner.closeAll();
      after = view(fixture);
    }
    for (int n = 1; n <= mutations.size(); n++) {
      try (UnionFixture fixture = fixture(lowers, log, byName)) {
        ScriptRunner runner = Operations.prepare(fixture, operation);
        crashAt(n, log[0], runner, operation);
        Coverage.add("crash points", 1);
        fixture.kill();
        fixture.open();
        String found = view(fixture);
        if (!found.equals(before) && !found.equals(after)) {
          fail("neither before nor after:\n" + before + "\nbut\n" + found);
        }
      } catch (AssertionError | RuntimeException e) {
        fail(
            "dead before "
                + mutations.get(n - 1)
                + ", number "
                + n
                + " of "
                + mutations
                + ": "
                + e.getMessage(),
            e);
      }
    }
  }

  private static void crashAt(
      int n, MutationLog log, ScriptRunner runner, Operations.Operation operation) {
    log.crashAt(n);
    try {
      runner.run(operation.step());
      fail("the operation makes fewer changes than before");
    } catch (MutationLog.Crash e) {
      // As meant: the process is dead.
    } finally {
      log.stop();
    }
  }
}
