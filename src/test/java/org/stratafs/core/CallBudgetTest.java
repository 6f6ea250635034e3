package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stratafs.testkit.CallCounter;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.UnionFixture;

/**
 * How many system calls the union makes for one request, close(2) included. Who makes it need fewer
 * lowers the number here ({@code -Dstratafs.budgets=true} prints those that could be); who makes it
 * need more has a reason to give.
 *
 * <p>A fresh union over an upper and three lowers each time, so that nothing is cached but what the
 * preparation asked for.
 */
class CallBudgetTest {
  private static final String UPPER =
      """
      file u "upper"
      dir ud
      file ud/x "x"
      dir m
      """;

  private static final String TOP =
      """
      dir m
      file m/top "top" user.t=v
      dir m/sub
      dir only
      file only/f "f"
      link l target
      """;

  private static final String MIDDLE =
      """
      dir m
      dir m/sub
      file m/middle "middle"
      """;

  private static final String BOTTOM =
      """
      dir m
      dir m/sub
      file m/bottom "bottom"
      file m/big "" size=1000000
      """;

  /** One request; what comes before it is not counted. */
  private record Budget(String request, int calls, Call prepare, Call call) {
    @Override
    public String toString() {
      return request + ": at most " + calls;
    }
  }

  @FunctionalInterface
  private interface Call {
    void on(RawRequests client);
  }

  private static Budget budget(String request, int calls, Call prepare, Call call) {
    return new Budget(request, calls, prepare, call);
  }

  static List<Budget> budgets() {
    return List.of(
        // names
        budget("LOOKUP of a file of upper", 4, c -> {}, c -> c.walk("u")),
        budget("LOOKUP of a known file of upper", 1, c -> c.walk("u"), c -> c.lookup(1, "u")),
        budget(
            "LOOKUP in a fresh merged directory, found in the top lower",
            3,
            c -> c.walk("m"),
            c -> c.walk("m/top")),
        budget(
            "LOOKUP in a fresh merged directory, found in the bottom lower",
            7,
            c -> c.walk("m"),
            c -> c.walk("m/bottom")),
        budget(
            "LOOKUP in a fresh merged directory, absent",
            5,
            c -> c.walk("m"),
            c -> c.absent("m/nothing")),
        budget(
            "LOOKUP of a name that was absent before",
            5,
            c -> c.absent("m/nothing"),
            c -> c.absent("m/nothing")),
        budget(
            "LOOKUP of a name that was absent before, in a directory of upper alone",
            1,
            c -> c.absent("ud/nothing"),
            c -> c.absent("ud/nothing")),
        budget(
            "LOOKUP of a merged directory of three lowers",
            12,
            c -> c.walk("m"),
            c -> c.walk("m/sub")),
        budget("LOOKUP of a directory of one lower", 8, c -> {}, c -> c.walk("only")),
        budget("FORGET", 0, c -> c.walk("m/top"), c -> c.forget("m/top")),

        // attributes
        budget("GETATTR of a file of upper", 1, c -> c.walk("u"), c -> c.getattr("u")),
        budget("GETATTR of a file of a lower", 1, c -> c.walk("m/top"), c -> c.getattr("m/top")),
        budget("GETATTR of a merged directory", 1, c -> c.walk("m"), c -> c.getattr("m")),
        budget("READLINK in a lower", 1, c -> c.walk("l"), c -> c.readlink("l")),
        budget(
            "GETXATTR of a file of a lower",
            1,
            c -> c.walk("m/top"),
            c -> c.getxattr("m/top", "user.t")),
        budget("LISTXATTR of a file of upper", 1, c -> c.walk("u"), c -> c.listxattr("u")),
        budget("SETATTR of the mode in upper", 2, c -> c.walk("u"), c -> c.chmod("u")),

        // open files
        budget("OPEN to read, of upper", 1, c -> c.walk("u"), c -> c.open("u")),
        budget("OPEN to read, of a lower", 1, c -> c.walk("m/top"), c -> c.open("m/top")),
        budget("READ within a file", 1, c -> c.open("m/big"), RawRequests::read),
        budget("READ over the end of a file", 2, c -> c.open("m/top"), RawRequests::read),
        budget("WRITE", 1, c -> c.openToWrite("u"), RawRequests::write),
        budget("FLUSH", 0, c -> c.openToWrite("u"), RawRequests::flush),
        budget("RELEASE", 1, c -> c.open("m/top"), RawRequests::release),

        // directories
        budget(
            "OPENDIR, READDIRPLUS and RELEASEDIR of a merged directory",
            23,
            c -> c.walk("m"),
            c -> c.list("m", true)),
        budget(
            "OPENDIR, READDIRPLUS and RELEASEDIR of the same again",
            8,
            c -> c.list("m", true),
            c -> c.list("m", true)),
        budget(
            "OPENDIR, READDIR and RELEASEDIR of a merged directory",
            7,
            c -> c.walk("m"),
            c -> c.list("m", false)),

        // changes in upper
        budget("CREATE in a directory of upper", 4, c -> c.walk("ud"), c -> c.create("ud", "new")),
        budget("CREATE in a merged directory", 8, c -> c.walk("m"), c -> c.create("m", "new")),
        budget("MKDIR in a merged directory", 8, c -> c.walk("m"), c -> c.mkdir("m", "new")),
        budget("UNLINK of a file of upper", 2, c -> c.walk("ud/x"), c -> c.unlink("ud", "x")),
        budget(
            "RENAME of a file in upper",
            3,
            c -> c.walk("ud/x"),
            c -> c.rename("ud", "x", "ud", "y")),

        // changes of a lower
        budget("UNLINK of a file of a lower", 1, c -> c.walk("m/top"), c -> c.unlink("m", "top")),
        budget(
            "RENAME of a file of a lower",
            37,
            c -> c.walk("m/top"),
            c -> c.rename("m", "top", "m", "new")),
        budget(
            "RENAME of a merged directory of three lowers",
            33,
            c -> c.walk("m/sub"),
            c -> c.rename("m", "sub", "m", "new")),
        budget(
            "SETATTR of the mode of a file of a lower",
            23,
            c -> c.walk("m/top"),
            c -> c.chmod("m/top")),
        budget(
            "OPEN to write, which copies a small file up",
            22,
            c -> c.walk("m/top"),
            c -> c.openToWrite("m/top")),
        budget(
            "OPEN to write, which copies a megabyte with a hole up",
            21,
            c -> c.walk("m/big"),
            c -> c.openToWrite("m/big")),
        budget(
            "OPEN to write, which copies the directory up, too",
            30,
            c -> c.walk("only/f"),
            c -> c.openToWrite("only/f")));
  }

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "owners and whiteouts in layers need root");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("budgets")
  void aRequestStaysWithinItsSystemCalls(Budget budget) {
    Map<String, Integer> calls = count(UPPER, TOP, budget.prepare, budget.call);
    int total = total(calls);
    if (Boolean.getBoolean("stratafs.budgets") && total != budget.calls) {
      System.out.println(budget + ", and it makes " + total + ": " + calls);
    }
    assertTrue(total <= budget.calls, () -> "it makes " + total + ": " + calls);
  }

  @ParameterizedTest(name = "in {0}")
  @MethodSource("layersOfALargeDirectory")
  void readdirplusNeedsOneCallForEachFurtherFile(Large large) {
    int few = total(listing(large.layer, 50));
    Map<String, Integer> many = listing(large.layer, 150);
    assertTrue(total(many) - few <= 100 * large.calls, () -> few + " calls became " + many);
  }

  /** How many calls each further entry may cost. */
  private record Large(String layer, int calls) {
    @Override
    public String toString() {
      return layer;
    }
  }

  static List<Large> layersOfALargeDirectory() {
    return List.of(new Large("upper", 1), new Large("a lower", 1));
  }

  private static Map<String, Integer> listing(String layer, int files) {
    StringBuilder spec = new StringBuilder();
    for (int i = 0; i < files; i++) {
      spec.append("file large/f").append(i).append('\n');
    }
    boolean upper = layer.equals("upper");
    return count(
        upper ? UPPER + spec : UPPER,
        upper ? TOP : TOP + spec,
        c -> c.walk("large"),
        c -> c.list("large", true));
  }

  private static int total(Map<String, Integer> calls) {
    return calls.values().stream().mapToInt(Integer::intValue).sum();
  }

  private static Map<String, Integer> count(String upper, String top, Call prepare, Call call) {
    CallCounter[] calls = new CallCounter[1];
    UnionFixture fixture =
        new UnionFixture()
            .upper(upper)
            .lower(top)
            .lower(MIDDLE)
            .lower(BOTTOM)
            .wrap(
                sys -> {
                  calls[0] = new CallCounter(sys);
                  return calls[0].syscalls();
                });
    try (fixture) {
      fixture.open();
      try (RawRequests client = new RawRequests(fixture.fs())) {
        prepare.on(client);
        calls[0].reset();
        call.on(client);
        return calls[0].counts();
      }
    }
  }
}
