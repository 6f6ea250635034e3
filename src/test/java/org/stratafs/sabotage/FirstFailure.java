package org.stratafs.sabotage;

import java.io.PrintStream;
import java.util.stream.Stream;
import org.junit.platform.engine.CancellationToken;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.LauncherExecutionRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherExecutionRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs test classes one after another and stops at the first test that fails, whose name is the
 * last line printed. Exits with 1 then, and with 0 if none failed.
 */
final class FirstFailure implements TestExecutionListener {
  private final CancellationToken stop = CancellationToken.create();
  private String failed;
  private int run;

  private FirstFailure() {}

  public static void main(String[] tests) {
    PrintStream out = System.out;
    System.setOut(System.err);
    FirstFailure first = new FirstFailure();
    for (String test : tests) {
      if (first.failed == null) {
        first.execute(test);
      }
    }
    out.println(first.failed == null ? first.run + " tests passed" : first.failed);
    out.flush();
    // Threads that a deadlocked test left behind do not count.
    Runtime.getRuntime().halt(first.failed == null ? 0 : 1);
  }

  private void execute(String test) {
    String[] parts = test.split("#", 2);
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(
                parts.length == 1
                    ? DiscoverySelectors.selectClass("org.stratafs." + test)
                    : DiscoverySelectors.selectMethod("org.stratafs." + parts[0], parts[1]))
            .build();
    LauncherExecutionRequest execution =
        LauncherExecutionRequestBuilder.request(request)
            .listeners(this)
            .cancellationToken(stop)
            .build();
    LauncherFactory.create().execute(execution);
  }

  @Override
  public void executionFinished(TestIdentifier identifier, TestExecutionResult result) {
    if (identifier.isTest()) {
      run++;
    }
    if (result.getStatus() == TestExecutionResult.Status.FAILED && failed == null) {
      String[] message =
          String.valueOf(result.getThrowable().map(Throwable::toString).orElse("")).split("\n", 2);
      failed =
          identifier.getUniqueIdObject().getSegments().stream()
                  .skip(1)
                  .map(segment -> Stream.of(segment.getValue()).toList().get(0))
                  .reduce((a, b) -> a + " " + b)
                  .orElse("")
              + ": "
              + message[0];
      stop.cancel();
    }
  }
}
