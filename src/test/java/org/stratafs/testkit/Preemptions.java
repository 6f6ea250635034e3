package org.stratafs.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A schedule as few words: which thread goes on at which step where it would not have by itself. A
 * thread goes on until it ends or has to wait; then the first that can.
 *
 * @param switches step to thread
 */
public record Preemptions(Map<Integer, Integer> switches) implements Scheduler.Policy {
  /** No thread is interrupted. */
  public static final Preemptions NONE = new Preemptions(Map.of());

  public Preemptions {
    switches = Map.copyOf(switches);
  }

  /** What {@link #toString} gave. */
  public static Preemptions parse(String text) {
    Map<Integer, Integer> switches = new TreeMap<>();
    for (String word : text.trim().split("[ ,]+")) {
      if (!word.isEmpty()) {
        switches.put(
            Integer.valueOf(word.substring(0, word.length() - 1)),
            word.charAt(word.length() - 1) - 'A');
      }
    }
    return new Preemptions(switches);
  }

  @Override
  public int choose(int step, int current, List<Integer> runnable) {
    Integer forced = switches.get(step);
    if (forced != null && runnable.contains(forced)) {
      return forced;
    }
    return runnable.contains(current) ? current : runnable.get(0);
  }

  /**
   * Tries every schedule in which threads are interrupted at most so many times. Who begins is
   * free.
   *
   * @param where at which points a thread may be interrupted
   * @param run runs one schedule
   */
  public static void each(
      int bound, Predicate<String> where, Function<Preemptions, Scheduler.Run> run) {
    explore(NONE, 0, bound, where, run);
  }

  private static void explore(
      Preemptions prefix,
      int from,
      int left,
      Predicate<String> where,
      Function<Preemptions, Scheduler.Run> run) {
    Scheduler.Run done = run.apply(prefix);
    for (int step = from; step < done.choices.size(); step++) {
      int chosen = done.choices.get(step);
      List<Integer> runnable = done.runnable.get(step);
      boolean free = step == 0 || !runnable.contains(done.choices.get(step - 1));
      if (!free && (left == 0 || !where.test(done.points.get(step)))) {
        continue;
      }
      for (int other : runnable) {
        if (other != chosen) {
          Map<Integer, Integer> switches = new TreeMap<>(prefix.switches);
          switches.put(step, other);
          explore(new Preemptions(switches), step + 1, free ? left : left - 1, where, run);
        }
      }
    }
  }

  /** The words for {@link #parse}: step and thread. */
  @Override
  public String toString() {
    List<String> words = new ArrayList<>();
    Consumer<Map.Entry<Integer, Integer>> add =
        entry -> words.add("" + entry.getKey() + (char) ('A' + entry.getValue()));
    new TreeMap<>(switches).entrySet().forEach(add);
    return String.join(",", words);
  }
}
