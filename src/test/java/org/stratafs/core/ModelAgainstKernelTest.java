package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.FsException;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.Coverage;
import org.stratafs.testkit.KernelOverlay;
import org.stratafs.testkit.ModelCheck;
import org.stratafs.testkit.ModelMerge;
import org.stratafs.testkit.ModelTree;
import org.stratafs.testkit.RandomRuns;
import org.stratafs.testkit.RandomScript;
import org.stratafs.testkit.RandomStack;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.ScriptRunner;
import org.stratafs.testkit.Step;
import org.stratafs.testkit.TempTree;
import org.stratafs.testkit.TreeSnapshot;
import org.stratafs.testkit.TreeSpec;

/** The model that judges the union is itself judged by the kernel's overlayfs. */
class ModelAgainstKernelTest {
  private static final TreeSnapshot.Part[] PARTS = {
    TreeSnapshot.Part.MTIME, TreeSnapshot.Part.NLINK
  };

  private final Syscalls sys = Real.SYS;

  @Test
  @Tag("random")
  void theModelSaysWhatKernelOverlayfsDoes() {
    assumeTrue(Real.SYS.geteuid() == 0, "mounting overlayfs needs root");
    sys.umask(0);
    RandomRuns.each("model against kernel", 10, this::run);
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
      String mount = temp.mkdir("m");
      ModelTree model = ModelMerge.merge(stack.upper(), stack.lowers(), redirects);
      RandomScript source = new RandomScript(new Random(seed), true, false);
      ScriptRunner onModel = new ScriptRunner(model);
      KernelOverlay overlay = new KernelOverlay(sys, mount, lowers, upper, work, redirects);
      ScriptRunner onKernel = new ScriptRunner(overlay.tree());
      try {
        for (int i = 0; i < 60; i++) {
          Step follow = i == 0 ? null : KernelOverlay.after(script.get(script.size() - 1));
          Step step = follow != null ? follow : source.next(model);
          script.add(step);
          if (step.op().equals("remount")) {
            onModel.closeAll();
            onKernel.closeAll();
            overlay.remount();
            onKernel = new ScriptRunner(overlay.tree());
          } else if (!step.op().equals("forget")) {
            String expected = onModel.run(step);
            assertEquals(
                expected,
                KernelOverlay.asExpected(expected, onKernel.run(step)),
                () -> "seed " + seed + ", last of\n" + stack + Step.print(script));
          }
          if (KernelOverlay.after(step) != null) {
            continue;
          }
          Map<String, String> actual = TreeSnapshot.byPath(overlay.tree(), PARTS);
          assertEquals(
              "",
              TreeSnapshot.difference(TreeSnapshot.byPath(model, PARTS), actual),
              () -> "seed " + seed + ", after the last of\n" + stack + Step.print(script));
        }
      } finally {
        Coverage.add("operations", script.size());
        Coverage.add("layer stacks", 1);
        onKernel.closeAll();
        overlay.close();
      }
    } catch (FsException e) {
      throw new AssertionError(
          "seed " + seed + ": " + e.getMessage() + "\n" + stack + Step.print(script), e);
    }
  }
}
