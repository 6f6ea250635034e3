package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.stratafs.testkit.ModelCheck;
import org.stratafs.testkit.RandomRuns;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.Shrinker;

/**
 * Random layers and random operations: after each the union must look like the model, to the last
 * mode bit.
 */
class ModelTest {
  @Test
  @Tag("random")
  void theUnionIsThePosixTreeThatTheLayersMake() {
    assumeTrue(Real.SYS.geteuid() == 0, "devices and owners in layers need root");
    RandomRuns.each("model", 15, ModelTest::check);
  }

  @Test
  void aDirectoryMovedOverAnXattrWhiteoutDoesNotBringItToTheOldName() {
    assertNull(
        ModelCheck.run(
            ModelCheck.Case.parse(
                """
                seed 6
                --- upper
                dir b mode=2755
                opaque d/d form=userx
                whiteout d/d/d form=user
                --- lower
                link b target-b
                file d/d/d text
                --- script
                rename b d/d/d 1
                remount
                list d/d/d
                """)));
  }

  private static void check(long seed) {
    ModelCheck.Failure failure = ModelCheck.random(seed, 80);
    if (failure == null) {
      return;
    }
    ModelCheck.Case small =
        new Shrinker(given -> ModelCheck.run(given) != null, 20).shrink(failure.example());
    String problem = ModelCheck.run(small);
    fail(
        "the shrunk case:\n"
            + small
            + "\nfails with\n"
            + (problem == null ? failure.problem() : problem));
  }
}
