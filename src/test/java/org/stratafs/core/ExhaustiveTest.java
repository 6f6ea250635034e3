package org.stratafs.core;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.stratafs.testkit.Coverage;
import org.stratafs.testkit.RandomRuns;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.Step;

/**
 * Every sequence of two operations on two names in every state of the layers, against the model.
 *
 * <p>The classes of states ({@link NameState#CLASSES}) are done in full at each run. Of the full
 * product a part is done: as many slices as fit into the time ({@code -Dstratafs.seconds}), each a
 * sequence on one state of {@code a} and all states of {@code b}.
 */
class ExhaustiveTest {
  private static final int FULL_SECONDS = 5;

  private static final String MAKE =
      """
      create X 640
      mkdir X 750
      symlink text X
      """;

  private static final String CHANGE =
      """
      unlink X
      rmdir X
      chmod X 4711
      chown X 1 -1
      write X 2 written
      overwrite X o
      truncate X 3
      setxattr X user.n v 0
      removexattr X user.t
      utimens X 7 8
      """;

  /** As the second of two operations these would only do what the comparison does. */
  private static final String FIRST_ONLY =
      """
      lstat X
      list X
      open 0 X r
      open 0 X rw
      """;

  private static final String BOTH_NAMES =
      """
      link X Y
      rename X Y 0
      rename X Y 1
      rename X Y 2
      """;

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "devices and owners in layers need root");
  }

  @Test
  void oneOperationOnEveryClassOfStates() {
    List<NamePairs.Sequence> sequences = new ArrayList<>();
    for (Step step : on("a", "b", MAKE + CHANGE + BOTH_NAMES)) {
      sequences.add(new NamePairs.Sequence(List.of(step), false));
    }
    run(NameState.CLASSES, NameState.CLASSES, sequences);
  }

  @Test
  void twoOperationsOnOneNameInEveryState() {
    List<NamePairs.Sequence> sequences = new ArrayList<>();
    for (Step first : on("a", "b", FIRST_ONLY + MAKE + CHANGE)) {
      for (Step second : on("a", "b", MAKE + CHANGE)) {
        add(sequences, first, second);
      }
    }
    run(NameState.all(), NameState.CLASSES.subList(0, 1), sequences);
  }

  @Test
  void twoOperationsOneOfThemOnBothNamesInEveryClassOfStates() {
    run(NameState.CLASSES, NameState.CLASSES, onBothNames());
  }

  @Test
  @Tag("random")
  void aPartOfTheFullProductOfStates() {
    List<NamePairs.Sequence> sequences = onBothNames();
    for (Step first : on("a", "b", FIRST_ONLY + MAKE + CHANGE)) {
      for (Step second : on("b", "a", MAKE + CHANGE)) {
        add(sequences, first, second);
      }
    }
    List<NameState> states = NameState.all();
    long slices = (long) states.size() * sequences.size();
    // A prime: each slice comes once before one comes again, neighbours far apart.
    long stride = 1_000_003;
    RandomRuns.each(
        "exhaustive slices of " + slices,
        FULL_SECONDS,
        seed -> {
          long slice = Math.floorMod(Math.floorMod(seed, slices) * stride, slices);
          int state = (int) (slice / sequences.size());
          int sequence = (int) (slice % sequences.size());
          run(states.subList(state, state + 1), states, sequences.subList(sequence, sequence + 1));
        });
  }

  /** Swapping the names gives the rest: all sequences that begin with both, or come to it. */
  private static List<NamePairs.Sequence> onBothNames() {
    List<NamePairs.Sequence> sequences = new ArrayList<>();
    for (Step both : on("a", "b", BOTH_NAMES)) {
      for (Step second : on("a", "b", MAKE + CHANGE + BOTH_NAMES)) {
        add(sequences, both, second);
      }
      for (Step second : on("b", "a", MAKE + CHANGE + BOTH_NAMES)) {
        add(sequences, both, second);
      }
      for (Step first : on("a", "b", FIRST_ONLY + MAKE + CHANGE)) {
        add(sequences, first, both);
      }
      for (Step first : on("b", "a", FIRST_ONLY + MAKE + CHANGE)) {
        add(sequences, first, both);
      }
    }
    return sequences;
  }

  /**
   * A descriptor opened by the first operation is looked at, or written through, after the second.
   */
  private static void add(List<NamePairs.Sequence> sequences, Step first, Step second) {
    List<Step> steps = new ArrayList<>(List.of(first, second));
    boolean held = first.op().equals("open");
    if (held) {
      steps.add(Step.of("hwrite", 0, 1, "through"));
      steps.add(Step.of("hread", 0, 0, 50));
      steps.add(Step.of("hstat", 0));
    }
    // Every other sequence finds what the first operation left on disk, and no node of it.
    boolean remount = !held && sequences.size() % 2 == 1;
    sequences.add(new NamePairs.Sequence(List.copyOf(steps), remount));
  }

  private static List<Step> on(String x, String y, String lines) {
    return Step.parse(lines.replace("X", "P/" + x).replace("Y", "P/" + y));
  }

  private static void run(
      List<NameState> of, List<NameState> with, List<NamePairs.Sequence> sequences) {
    try (NamePairs pairs = new NamePairs(of, with)) {
      for (NamePairs.Sequence sequence : sequences) {
        pairs.run(sequence);
        Coverage.add("sequences on states of two names", pairs.size());
      }
    }
  }
}
