package org.stratafs.testkit;

import java.util.function.LongConsumer;

/**
 * Runs a random test over seeds for some seconds. {@code -Dstratafs.seconds=N} sets the time of
 * each, {@code -Dstratafs.seed=N} runs the one seed alone, {@code -Dstratafs.firstSeed=N} says
 * where to begin. Without these a run begins at the same seed each time, so that a change is judged
 * by what it did and not by luck; {@code -Dstratafs.fresh=true} begins where no run has been.
 *
 * <p>{@code scripts/test --long} gives its time to the tests tagged {@code random}, which are those
 * that use this.
 */
public final class RandomRuns {
  private RandomRuns() {}

  /** One run a seed until the time is over; at least one. Prints how many. */
  public static void each(String what, int seconds, LongConsumer run) {
    Long only = Long.getLong("stratafs.seed");
    if (only != null) {
      run.accept(only);
      return;
    }
    long first =
        Long.getLong(
            "stratafs.firstSeed",
            Boolean.getBoolean("stratafs.fresh") ? System.currentTimeMillis() << 8 : 1);
    long end = System.nanoTime() + Integer.getInteger("stratafs.seconds", seconds) * 1_000_000_000L;
    long seed = first;
    do {
      Coverage.add("seeds of " + what, 1);
      run.accept(seed++);
    } while (System.nanoTime() < end);
    System.out.println(what + ": " + (seed - first) + " seeds from " + first);
  }
}
