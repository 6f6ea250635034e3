package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.Coverage;
import org.stratafs.testkit.Preemptions;
import org.stratafs.testkit.RandomRuns;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.ScheduledCalls;
import org.stratafs.testkit.ScheduledLocks;
import org.stratafs.testkit.Scheduler;

/**
 * Two or three programs at once, one thread at a time: whichever goes on at each lock and at each
 * system call, the outcome is one of those of doing their steps one after another in some order.
 *
 * <p>A schedule that fails is run again by {@code -Dstratafs.case} and {@code -Dstratafs.schedule},
 * as its message says. {@code -Dstratafs.preemptions=2} tries all schedules with two interruptions,
 * before calls that only look, too.
 */
class ScheduleTest {
  private static ScheduleRunner runner;

  @BeforeAll
  static void build() {
    assumeTrue(Real.SYS.geteuid() == 0, "devices and owners in layers need root");
    runner = new ScheduleRunner();
  }

  @AfterAll
  static void close() {
    if (runner != null) {
      System.out.println("schedules: " + runner.counts());
      Coverage.add("schedules", runner.schedules());
      runner.close();
    }
  }

  static List<ScheduleCase> cases() {
    String only = System.getProperty("stratafs.case");
    return ScheduleCase.all().stream()
        .filter(each -> only == null || each.name().equals(only))
        .toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void everyInterruptionGivesTheOutcomeOfSomeOrder(ScheduleCase programs) {
    ScheduleRunner.Expected expected = runner.expected(programs);
    String schedule = System.getProperty("stratafs.schedule");
    if (schedule != null) {
      runner.check(expected, Preemptions.parse(schedule));
      return;
    }
    Integer bound = Integer.getInteger("stratafs.preemptions");
    Preemptions.each(
        bound == null ? 1 : bound,
        // By default not before calls that only look: what they see is acted on later.
        point -> bound != null || !point.matches("(f?stat|getxattr|listxattr|readlinkat).*"),
        given -> runner.check(expected, given));
  }

  @Test
  @Tag("random")
  void randomInterruptionsGiveTheOutcomeOfSomeOrder() {
    List<ScheduleCase> cases = cases();
    Map<String, ScheduleRunner.Expected> expected = new LinkedHashMap<>();
    RandomRuns.each(
        "schedules",
        10,
        seed -> {
          Random random = new Random(seed);
          ScheduleCase programs = cases.get(random.nextInt(cases.size()));
          ScheduleRunner.Expected outcomes =
              expected.computeIfAbsent(programs.name(), name -> runner.expected(programs));
          Map<Integer, Integer> switches = new TreeMap<>();
          int count = 2 + random.nextInt(3);
          for (int i = 0; i < count; i++) {
            switches.put(
                random.nextInt(outcomes.steps()), random.nextInt(programs.programs().size()));
          }
          runner.check(outcomes, new Preemptions(new TreeMap<>(switches)));
        });
  }

  /** So that a mistake in the tool shows: two programs that lose an update are found out. */
  @Test
  void aLostUpdateIsFound() {
    List<String> found = new ArrayList<>();
    Preemptions.each(
        1,
        point -> true,
        given -> {
          int[] counter = new int[1];
          Scheduler scheduler = new Scheduler();
          Syscalls calls = new ScheduledCalls(Real.SYS, scheduler).syscalls();
          Runnable increment =
              () -> {
                int read = counter[0];
                calls.umask(0);
                calls.fstat(0, new Stat());
                counter[0] = read + 1;
              };
          Scheduler.Run run = scheduler.run(List.of(increment, increment), given);
          if (counter[0] != 2) {
            found.add(given.toString());
          }
          return run;
        });
    assertEquals(List.of("0B,1A", "1B"), found);
  }

  @Test
  void aDeadlockIsFound() {
    List<String> found = new ArrayList<>();
    Preemptions.each(
        1,
        point -> true,
        given -> {
          Scheduler scheduler = new Scheduler();
          ScheduledLocks locks = new ScheduledLocks(scheduler);
          Lock first = locks.lock();
          Lock second = locks.lock();
          AtomicInteger both = new AtomicInteger();
          try {
            return scheduler.run(
                List.of(() -> nested(first, second, both), () -> nested(second, first, both)),
                given);
          } catch (AssertionError e) {
            found.add(given + ": " + e.getMessage().substring(0, "deadlock".length()));
            return new Scheduler.Run();
          }
        });
    assertEquals(List.of("0B,2A: deadlock", "2B: deadlock"), found);
  }

  private static void nested(Lock outer, Lock inner, AtomicInteger both) {
    outer.lock();
    try {
      inner.lock();
      try {
        both.incrementAndGet();
      } finally {
        inner.unlock();
      }
    } finally {
      outer.unlock();
    }
  }
}
