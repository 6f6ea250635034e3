package org.stratafs.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.stratafs.posix.FsException;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.Preemptions;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.ScheduledCalls;
import org.stratafs.testkit.ScheduledLocks;
import org.stratafs.testkit.Scheduler;
import org.stratafs.testkit.ScriptRunner;
import org.stratafs.testkit.Step;
import org.stratafs.testkit.TempTree;
import org.stratafs.testkit.TreeSnapshot;
import org.stratafs.testkit.TreeSpec;
import org.stratafs.testkit.UnionFixture;

/** Runs the programs of a {@link ScheduleCase} by schedules, each on a union of its own. */
final class ScheduleRunner implements AutoCloseable {
  private final TempTree temp = new TempTree(Real.SYS);
  private final String lower = temp.build("lower", TreeSpec.parse(ScheduleCase.LOWER));
  private final String bottom = temp.build("bottom", TreeSpec.parse(ScheduleCase.BOTTOM));
  private int schedules;
  private long steps;
  private int orders;

  /**
   * What may come of a case.
   *
   * @param outcomes to the order of steps that gave it
   * @param steps of a run without interruptions
   */
  record Expected(ScheduleCase programs, Map<String, String> outcomes, int steps) {}

  /** How many schedules were run. */
  long schedules() {
    return schedules;
  }

  /** How much was run. */
  String counts() {
    return schedules + " with " + steps + " steps, compared with " + orders + " orders";
  }

  /** The outcomes of all orders of the steps. */
  Expected expected(ScheduleCase programs) {
    Map<String, String> outcomes = new HashMap<>();
    eachOrder(programs, "", new int[programs.programs().size()], outcomes);
    Scheduler.Run[] run = new Scheduler.Run[1];
    outcome(programs, Preemptions.NONE, run);
    return new Expected(programs, outcomes, run[0].choices.size());
  }

  private void eachOrder(
      ScheduleCase programs, String order, int[] done, Map<String, String> outcomes) {
    boolean complete = true;
    for (int i = 0; i < done.length; i++) {
      if (done[i] < programs.programs().get(i).size()) {
        complete = false;
        done[i]++;
        eachOrder(programs, order + (char) ('A' + i), done, outcomes);
        done[i]--;
      }
    }
    if (complete) {
      orders++;
      outcomes.putIfAbsent(inOrder(programs, order), order);
    }
  }

  /** Runs one schedule; its outcome must be that of some order. */
  Scheduler.Run check(Expected expected, Preemptions schedule) {
    Scheduler.Run[] run = new Scheduler.Run[1];
    String outcome;
    String replay =
        "replay: -Dstratafs.case='"
            + expected.programs().name()
            + "' -Dstratafs.schedule="
            + schedule;
    try {
      outcome = outcome(expected.programs(), schedule, run);
    } catch (AssertionError | RuntimeException e) {
      String trace = run[0] == null ? "" : "\n" + run[0].trace();
      throw new AssertionError(replay + "\n" + e.getMessage() + trace, e);
    }
    schedules++;
    steps += run[0].choices.size();
    if (!expected.outcomes().containsKey(outcome)) {
      StringBuilder orders = new StringBuilder();
      expected
          .outcomes()
          .forEach((each, order) -> orders.append("order ").append(order).append(each));
      throw new AssertionError(
          replay + "\nthe outcome of no order:" + outcome + orders + run[0].trace());
    }
    return run[0];
  }

  private String outcome(ScheduleCase programs, Preemptions schedule, Scheduler.Run[] run) {
    Scheduler scheduler = new Scheduler();
    UnionFixture union =
        fixture()
            .locks(new ScheduledLocks(scheduler))
            .wrap(sys -> new ScheduledCalls(sys, scheduler).syscalls());
    return outcome(
        union,
        programs,
        (runners, results) -> {
          List<Runnable> bodies = new ArrayList<>();
          for (int i = 0; i < runners.size(); i++) {
            int number = i;
            bodies.add(
                () -> {
                  for (Step step : programs.programs().get(number)) {
                    results.get(number).append(runners.get(number).run(step)).append('\n');
                  }
                });
          }
          run[0] = scheduler.run(bodies, schedule);
        });
  }

  private String inOrder(ScheduleCase programs, String order) {
    return outcome(
        fixture(),
        programs,
        (runners, results) -> {
          int[] done = new int[runners.size()];
          for (int i = 0; i < order.length(); i++) {
            int number = order.charAt(i) - 'A';
            Step step = programs.programs().get(number).get(done[number]++);
            results.get(number).append(runners.get(number).run(step)).append('\n');
          }
        });
  }

  private UnionFixture fixture() {
    return new UnionFixture().upper(ScheduleCase.UPPER).lowerAt(lower).lowerAt(bottom);
  }

  private interface Body {
    void run(List<ScriptRunner> runners, List<StringBuilder> results);
  }

  /**
   * What the programs saw and left: their results and the tree, which a remount must not change.
   */
  private static String outcome(UnionFixture union, ScheduleCase programs, Body body) {
    boolean done = false;
    try {
      union.open();
      List<Client> clients = new ArrayList<>();
      List<ScriptRunner> runners = new ArrayList<>();
      List<StringBuilder> results = new ArrayList<>();
      for (int i = 0; i < programs.programs().size(); i++) {
        Client client = new Client(union.fs(), i);
        client.share();
        clients.add(client);
        runners.add(new ScriptRunner(client));
        results.add(new StringBuilder());
      }
      prepare(programs, clients, runners.get(0));
      body.run(runners, results);
      runners.forEach(ScriptRunner::closeAll);
      clients.forEach(Client::letGo);
      String before = view(union);
      union.remount();
      String after = view(union);
      if (!before.equals(after)) {
        throw new AssertionError("was\n" + before + "\nand is, mounted again,\n" + after);
      }
      done = true;
      return "\n" + String.join("--\n", results) + before.replaceAll(" ino \\d+", "") + "\n";
    } catch (FsException e) {
      throw new AssertionError(e.getMessage(), e);
    } finally {
      if (done) {
        union.close();
      } else {
        union.temp().close(); // what it left open does not matter any more
      }
    }
  }

  private static void prepare(ScheduleCase programs, List<Client> clients, ScriptRunner first) {
    if (!programs.cold()) {
      for (Client client : clients) {
        ScheduleCase.KNOWN.forEach(client::nodeid);
      }
    }
    for (Step step : programs.prepare()) {
      String outcome = first.run(step);
      if (!outcome.startsWith("ok")) {
        throw new AssertionError("preparing " + programs + ", " + step + ": " + outcome);
      }
    }
    for (int i = 0; i < clients.size(); i++) {
      clients.get(i).reseed(i);
    }
  }

  private static String view(UnionFixture union) {
    return union.view(TreeSnapshot.Part.NLINK, TreeSnapshot.Part.OLD_MTIME, TreeSnapshot.Part.INO);
  }

  @Override
  public void close() {
    temp.close();
  }
}
