package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.stratafs.layer.MetacopyPolicy;
import org.stratafs.layer.RedirectPolicy;
import org.stratafs.posix.FsException;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.Coverage;
import org.stratafs.testkit.KernelOverlay;
import org.stratafs.testkit.ModelCheck;
import org.stratafs.testkit.PosixTree;
import org.stratafs.testkit.RandomRuns;
import org.stratafs.testkit.RandomScript;
import org.stratafs.testkit.RandomStack;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.ScriptRunner;
import org.stratafs.testkit.Step;
import org.stratafs.testkit.TempTree;
import org.stratafs.testkit.TreeSnapshot;
import org.stratafs.testkit.TreeSpec;
import org.stratafs.testkit.UnionFixture;

/**
 * Kernel overlayfs and the union over equal layers: what a program sees, and each reads what the
 * other left in upper.
 */
class KernelOracleTest {
  private static final int STEPS = 60;

  private final Syscalls sys = Real.SYS;

  @BeforeEach
  void rootOnly() {
    assumeTrue(sys.geteuid() == 0, "mounting overlayfs needs root");
    sys.umask(0);
  }

  @Test
  @Tag("random")
  void aProgramSeesTheSameOnKernelOverlayfsAndEachReadsTheOthersUpper() {
    RandomRuns.each("kernel oracle", 15, this::run);
  }

  private void run(long seed) {
    ModelCheck.Case stack = ModelCheck.randomStack(seed, RandomStack.Forms.KERNEL);
    List<Step> script = new ArrayList<>();
    boolean redirects = seed % 2 == 0;
    try (TempTree temp = new TempTree(sys)) {
      List<String> lowers = new ArrayList<>();
      for (TreeSpec lower : stack.lowers()) {
        lowers.add(temp.build("l" + lowers.size(), lower));
      }
      String upper = temp.build("u", stack.upper());
      String work = temp.mkdir("w");
      String mountPoint = temp.mkdir("m");
      try (UnionFixture union = new UnionFixture().upper(stack.upper()).seed(seed)) {
        stack.lowers().forEach(union::lower);
        union
            .redirects(redirects ? RedirectPolicy.ON : RedirectPolicy.FOLLOW)
            .metacopy(redirects ? MetacopyPolicy.ON : MetacopyPolicy.FOLLOW)
            .metacopyAbove(0)
            .open();
        try (KernelOverlay kernel =
            new KernelOverlay(sys, mountPoint, lowers, upper, work, redirects)) {
          runBoth(new Random(seed), script, union, kernel);
        }
        union.unmount();
        crossRead(union, mountPoint, lowers, upper, work, redirects);
      }
    } catch (FsException | AssertionError e) {
      throw new AssertionError(
          "seed "
              + seed
              + ": "
              + e.getMessage()
              + "\nafter the last of\n"
              + stack
              + Step.print(script),
          e);
    }
  }

  private static void runBoth(
      Random random, List<Step> script, UnionFixture union, KernelOverlay kernel) {
    ScriptRunner[] runners = {new ScriptRunner(kernel.tree()), new ScriptRunner(union.client())};
    try {
      steps(random, script, union, kernel, runners);
    } finally {
      Coverage.add("operations", script.size());
      Coverage.add("layer stacks", 1);
      runners[0].closeAll();
      runners[1].closeAll();
    }
  }

  private static void steps(
      Random random,
      List<Step> script,
      UnionFixture union,
      KernelOverlay kernel,
      ScriptRunner[] runners) {
    RandomScript source = new RandomScript(random, true, false);
    Step follow = null;
    // What has to follow a step does so after the last one, too: the uppers are compared next.
    for (int i = 0; i < STEPS || follow != null; i++) {
      Step step = follow != null ? follow : source.next(union.client());
      script.add(step);
      switch (step.op()) {
        case "remount" -> {
          runners[0].closeAll();
          runners[1].closeAll();
          kernel.remount();
          union.remount();
          runners[0] = new ScriptRunner(kernel.tree());
          runners[1] = new ScriptRunner(union.client());
        }
        case "forget" -> union.client().dropCaches();
        default -> {
          String overlays = runners[0].run(step);
          String ours = runners[1].run(step);
          assertEquals(KernelOverlay.asExpected(ours, overlays), ours);
        }
      }
      follow = KernelOverlay.after(step);
      if (follow == null) {
        assertEquals(view(kernel.tree()), view(union.client()));
      }
    }
  }

  /** The uppers change places. */
  private void crossRead(
      UnionFixture union,
      String mountPoint,
      List<String> lowers,
      String upper,
      String work,
      boolean redirects) {
    String byKernel;
    try (KernelOverlay overlay =
        new KernelOverlay(sys, mountPoint, lowers, upper, work, redirects)) {
      byKernel = view(overlay.tree());
    }
    try (KernelOverlay overlay =
        new KernelOverlay(
            sys, mountPoint, union.lowerPaths(), union.upperPath(), union.workPath(), redirects)) {
      assertEquals(byKernel, view(overlay.tree()), "our upper, mounted by the kernel");
    }
    try (UnionFixture other = UnionFixture.over(lowers, upper, work)) {
      assertEquals(byKernel, view(other.client()), "the kernel's upper, opened by us");
    }
  }

  private static String view(PosixTree tree) {
    return TreeSnapshot.of(tree, TreeSnapshot.Part.NLINK, TreeSnapshot.Part.OLD_MTIME);
  }
}
