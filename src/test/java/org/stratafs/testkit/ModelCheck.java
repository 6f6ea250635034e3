package org.stratafs.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Runs a script on a union and on the model and compares after each step what the program was told
 * and what the whole tree looks like. The first difference ends it.
 */
public final class ModelCheck {
  private static final TreeSnapshot.Part[] PARTS = {
    TreeSnapshot.Part.MTIME, TreeSnapshot.Part.NLINK
  };

  private ModelCheck() {}

  /**
   * A case: everything that decides how a run goes.
   *
   * @param lowers the topmost first
   */
  public record Case(long seed, TreeSpec upper, List<TreeSpec> lowers, List<Step> script) {
    public Case {
      lowers = List.copyOf(lowers);
      script = List.copyOf(script);
    }

    @Override
    public String toString() {
      StringBuilder out =
          new StringBuilder("seed ").append(seed).append("\n--- upper\n").append(upper);
      for (TreeSpec lower : lowers) {
        out.append("--- lower\n").append(lower);
      }
      return out.append("--- script\n").append(Step.print(script)).toString();
    }

    /** Reads what {@link #toString} writes, so that a failing case becomes a plain test. */
    public static Case parse(String text) {
      long seed = 0;
      StringBuilder part = new StringBuilder();
      List<String> parts = new ArrayList<>();
      List<String> heads = new ArrayList<>();
      for (String line : text.lines().toList()) {
        if (line.startsWith("--- ")) {
          heads.add(line.substring(4));
          parts.add(part.toString());
          part.setLength(0);
        } else if (line.startsWith("seed ")) {
          seed = Long.parseLong(line.substring(5));
        } else {
          part.append(line).append('\n');
        }
      }
      parts.add(part.toString());
      TreeSpec upper = TreeSpec.parse("");
      List<TreeSpec> lowers = new ArrayList<>();
      List<Step> script = List.of();
      for (int i = 0; i < heads.size(); i++) {
        String body = parts.get(i + 1);
        switch (heads.get(i)) {
          case "upper" -> upper = TreeSpec.parse(body);
          case "lower" -> lowers.add(TreeSpec.parse(body));
          case "script" -> script = Step.parse(body);
          default -> throw new IllegalArgumentException(heads.get(i));
        }
      }
      return new Case(seed, upper, lowers, script);
    }
  }

  /** A random stack of layers and no script. */
  public static Case randomStack(long seed, RandomStack.Forms forms) {
    Random random = new Random(seed);
    RandomStack stack = new RandomStack(random, forms);
    List<TreeSpec> lowers = new ArrayList<>();
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      lowers.add(stack.layer());
    }
    // Of an upper with whiteouts over nothing, which no program leaves, the kernel thinks
    // differently.
    boolean filled = forms == RandomStack.Forms.ALL && random.nextBoolean();
    TreeSpec upper = filled ? stack.layer() : TreeSpec.parse("");
    return new Case(seed, upper, lowers, List.of());
  }

  /**
   * Runs up to {@code steps} random steps; null if all went well, else the case that failed with
   * its script so far.
   */
  public static Failure random(long seed, int steps) {
    Case stack = randomStack(seed, RandomStack.Forms.ALL);
    RandomScript source =
        new RandomScript(
            new Random(seed ^ 0x5eed), false, !stack.upper.toString().contains("form=name"));
    List<Step> script = new ArrayList<>();
    String problem = run(stack, script, steps, source);
    return problem == null
        ? null
        : new Failure(new Case(seed, stack.upper, stack.lowers, script), problem);
  }

  /** Runs a given case; null if all went well, else what went wrong. */
  public static String run(Case given) {
    return run(given, new ArrayList<>(given.script), 0, null);
  }

  /** A case and what went wrong with it. */
  public record Failure(Case example, String problem) {}

  private static String run(Case given, List<Step> script, int steps, RandomScript source) {
    ModelTree model = ModelMerge.merge(given.upper, given.lowers, true);
    UnionFixture fixture = new UnionFixture().seed(given.seed).metacopyAbove(0);
    if (given.seed % 4 == 0) {
      fixture.timeoutZero();
    }
    int seed = (int) given.seed;
    fixture.wrap(sys -> new ShuffledDirectories(sys, seed).syscalls());
    String problem = null;
    int done = 0;
    try {
      fixture.upper(given.upper);
      given.lowers.forEach(fixture::lower);
      fixture.open();
      problem = compare(model, fixture);
      Runs runs = new Runs(model, fixture);
      int total = source == null ? script.size() : steps;
      for (int i = 0; i < total && problem == null; i++) {
        if (source != null) {
          script.add(source.next(model));
        }
        problem = runs.step(script.get(i));
        done++;
        problem = problem == null ? compare(model, fixture) : problem;
        problem =
            problem == null
                ? null
                : "after step " + (i + 1) + ", " + script.get(i) + ":\n" + problem;
      }
      runs.closeAll();
    } catch (RuntimeException | AssertionError e) {
      problem = problem == null ? trace(e) : problem;
    }
    Coverage.add("operations", done);
    Coverage.add("layer stacks", 1);
    try {
      fixture.close();
    } catch (RuntimeException | AssertionError e) {
      problem = problem == null ? "on closing: " + trace(e) : problem;
    }
    return problem;
  }

  private static String trace(Throwable e) {
    StringBuilder out = new StringBuilder(e.toString());
    for (StackTraceElement frame : e.getStackTrace()) {
      out.append("\n    at ").append(frame);
    }
    return out.toString();
  }

  private static String compare(ModelTree model, UnionFixture fixture) {
    Map<String, String> actual = TreeSnapshot.byPath(fixture.client(), PARTS);
    String difference = TreeSnapshot.difference(TreeSnapshot.byPath(model, PARTS), actual);
    return difference.isEmpty() ? null : difference;
  }

  /** The two runs of one script. */
  private static final class Runs {
    private final ModelTree model;
    private final UnionFixture fixture;
    private final ScriptRunner onModel;
    private ScriptRunner onUnion;
    private String uid = "0";
    private String gid = "0";

    Runs(ModelTree model, UnionFixture fixture) {
      this.model = model;
      this.fixture = fixture;
      this.onModel = new ScriptRunner(model);
      this.onUnion = new ScriptRunner(fixture.client());
    }

    String step(Step step) {
      switch (step.op()) {
        case "remount" -> {
          closeAll();
          fixture.remount();
          onUnion = new ScriptRunner(fixture.client());
          become();
        }
        case "forget" -> fixture.client().dropCaches();
        case "become" -> {
          uid = step.arg(0);
          gid = step.arg(1);
          become();
        }
        default -> {
          fixture.client().reseed(step.toString().hashCode() * 0x9E3779B97F4A7C15L);
          String expected = onModel.run(step);
          String actual = onUnion.run(step);
          return TreeSnapshot.matches(expected, actual)
              ? null
              : "  expected " + expected + "\n  actual   " + actual;
        }
      }
      return null;
    }

    private void become() {
      model.become(Integer.parseInt(uid), Integer.parseInt(gid));
      fixture.client().become(Integer.parseInt(uid), Integer.parseInt(gid));
    }

    void closeAll() {
      onModel.closeAll();
      onUnion.closeAll();
    }
  }
}
