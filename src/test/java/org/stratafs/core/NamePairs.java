package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.DirectoryTree;
import org.stratafs.testkit.ModelCheck;
import org.stratafs.testkit.ModelMerge;
import org.stratafs.testkit.ModelTree;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.ScriptRunner;
import org.stratafs.testkit.Step;
import org.stratafs.testkit.SyscallWrapper;
import org.stratafs.testkit.TempTree;
import org.stratafs.testkit.TreeSnapshot;
import org.stratafs.testkit.TreeSpec;
import org.stratafs.testkit.UnionFixture;

/**
 * Many cases in one union: each a directory with the names {@code a} and {@code b}, each of them in
 * one state. The lowers are built once for many sequences, since nothing writes to them.
 */
final class NamePairs implements AutoCloseable {
  private static final TreeSnapshot.Part[] PARTS = {
    TreeSnapshot.Part.MTIME, TreeSnapshot.Part.NLINK
  };

  private static final TreeSnapshot.Part[] ALL_OF_A_LOWER = {
    TreeSnapshot.Part.MTIME, TreeSnapshot.Part.NLINK, TreeSnapshot.Part.PRIVATE_XATTRS
  };

  private static final Step REMOUNT = Step.of("remount");

  private final TempTree temp = new TempTree(Real.SYS);

  /** For each pair its part of the layers, the upper first. */
  private final List<List<TreeSpec>> specs = new ArrayList<>();

  private final TreeSpec upper;
  private final String middle;
  private final String bottom;
  private final String before;

  /** A sequence of steps; {@code P} in a word stands for the directory of the case. */
  record Sequence(List<Step> steps, boolean remountBetween) {}

  NamePairs(List<NameState> of, List<NameState> with) {
    List<List<TreeSpec.Item>> layers =
        List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (NameState a : of) {
      for (NameState b : with) {
        add(a, b, layers);
      }
    }
    upper = new TreeSpec(layers.get(0));
    middle = temp.build("middle", new TreeSpec(layers.get(1)));
    bottom = temp.build("bottom", new TreeSpec(layers.get(2)));
    before = lowers();
  }

  private void add(NameState a, NameState b, List<List<TreeSpec.Item>> layers) {
    List<TreeSpec> parts = new ArrayList<>();
    String directory = directory(specs.size());
    for (int layer = 0; layer < NameState.LAYERS; layer++) {
      List<TreeSpec.Item> items = new ArrayList<>();
      if (layer == NameState.LAYERS - 1) {
        items.add(new TreeSpec.Item("dir", directory, null, Map.of()));
      }
      items.addAll(a.items(directory + "/a", layer));
      items.addAll(b.items(directory + "/b", layer));
      layers.get(layer).addAll(items);
      parts.add(new TreeSpec(items));
    }
    specs.add(parts);
  }

  private static String directory(int pair) {
    return "p" + pair;
  }

  int size() {
    return specs.size();
  }

  private String lowers() {
    try (DirectoryTree first = new DirectoryTree(Real.SYS, middle);
        DirectoryTree second = new DirectoryTree(Real.SYS, bottom)) {
      return TreeSnapshot.of(first, ALL_OF_A_LOWER) + TreeSnapshot.of(second, ALL_OF_A_LOWER);
    }
  }

  /** Runs a sequence on every pair and, mounted again, looks at each once more. */
  void run(Sequence sequence) {
    try (UnionFixture union =
        new UnionFixture().seed(sequence.hashCode()).upper(upper).lowerAt(middle).lowerAt(bottom)) {
      union.wrap(sys -> new NoClones(sys).syscalls()).open();
      List<Run> runs = new ArrayList<>();
      for (int pair = 0; pair < specs.size(); pair++) {
        runs.add(new Run(pair, sequence, union));
      }
      if (sequence.remountBetween) {
        runs.forEach(run -> run.steps(0, 1));
        union.remount();
        runs.forEach(Run::mountedAgain);
        runs.forEach(run -> run.steps(1, sequence.steps.size()));
      } else {
        runs.forEach(run -> run.steps(0, sequence.steps.size()));
      }
      runs.forEach(Run::compare);
      union.remount();
      runs.forEach(Run::mountedAgain);
      runs.forEach(Run::compare);
    } catch (AssertionError e) {
      throw new AssertionError(sequence.steps + ": " + e.getMessage(), e);
    }
  }

  /**
   * As without CAP_SYS_ADMIN: mounts of its own cost a union 40 ms (an RCU grace period) when they
   * go.
   */
  private static final class NoClones extends SyscallWrapper {
    NoClones(Syscalls real) {
      super(real);
    }

    @Override
    protected void before(String call, Object[] args) {
      if (call.equals("openTree")) {
        throw new FsException(Errno.EPERM);
      }
    }
  }

  /** One pair, on the model and on the union. */
  private final class Run {
    private final int pair;
    private final UnionFixture union;
    private final boolean remountBetween;
    private final List<Step> script = new ArrayList<>();
    private final ModelTree model;
    private final ScriptRunner onModel;
    private ScriptRunner onUnion;

    Run(int pair, Sequence sequence, UnionFixture union) {
      this.pair = pair;
      this.remountBetween = sequence.remountBetween;
      this.union = union;
      List<TreeSpec> layers = specs.get(pair);
      this.model = ModelMerge.merge(layers.get(0), layers.subList(1, layers.size()), true);
      this.onModel = new ScriptRunner(model);
      this.onUnion = new ScriptRunner(union.client());
      for (Step step : sequence.steps) {
        List<Object> words = new ArrayList<>();
        for (String word : step.args()) {
          words.add(word.startsWith("P") ? directory(pair) + word.substring(1) : word);
        }
        script.add(Step.of(step.op(), words.toArray()));
      }
    }

    void steps(int from, int to) {
      for (Step step : script.subList(from, to)) {
        String expected = onModel.run(step);
        String actual;
        try {
          actual = onUnion.run(step);
        } catch (RuntimeException | AssertionError e) {
          actual = e.toString();
        }
        if (!TreeSnapshot.matches(expected, actual)) {
          report(step + "\n  expected " + expected + "\n  actual   " + actual);
        }
      }
      onModel.closeAll();
      onUnion.closeAll();
    }

    void mountedAgain() {
      onUnion = new ScriptRunner(union.client());
    }

    void compare() {
      String directory = directory(pair);
      String difference =
          TreeSnapshot.difference(
              TreeSnapshot.beneath(model, directory, PARTS),
              TreeSnapshot.beneath(union.client(), directory, PARTS));
      if (!difference.isEmpty()) {
        report(difference);
      }
    }

    private void report(String problem) {
      List<TreeSpec> layers = specs.get(pair);
      List<Step> whole = new ArrayList<>(script);
      whole.add(remountBetween ? 1 : script.size(), REMOUNT);
      whole.add(REMOUNT);
      ModelCheck.Case alone =
          new ModelCheck.Case(1, layers.get(0), layers.subList(1, layers.size()), whole);
      String again = ModelCheck.run(alone);
      fail(problem + "\n" + alone + "\nalone it " + (again == null ? "passes" : "fails: " + again));
    }
  }

  /** Checks that the lowers are what they were, and removes them. */
  @Override
  public void close() {
    try {
      if (!lowers().equals(before)) {
        fail("I1: a lower layer was changed");
      }
    } finally {
      temp.close();
    }
  }
}
