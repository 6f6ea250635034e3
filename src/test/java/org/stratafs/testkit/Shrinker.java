package org.stratafs.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Makes a failing case smaller as long as it fails, for some seconds at most. */
public final class Shrinker {
  private final Predicate<ModelCheck.Case> fails;
  private final long deadline;

  public Shrinker(Predicate<ModelCheck.Case> fails, int seconds) {
    this.fails = fails;
    this.deadline = System.nanoTime() + seconds * 1_000_000_000L;
  }

  /** A case that still fails and from which nothing more can be taken. */
  public ModelCheck.Case shrink(ModelCheck.Case given) {
    ModelCheck.Case best = given;
    int before;
    do {
      before = size(best);
      ModelCheck.Case now = best;
      List<Step> script = smaller(now.script(), part -> with(now, now.upper(), now.lowers(), part));
      ModelCheck.Case scripted = with(best, best.upper(), best.lowers(), script);
      best = shrinkLayers(scripted);
    } while (size(best) < before && !late());
    return best;
  }

  private ModelCheck.Case shrinkLayers(ModelCheck.Case given) {
    ModelCheck.Case best = given;
    for (int i = best.lowers().size() - 1; i >= 0; i--) {
      List<TreeSpec> fewer = new ArrayList<>(best.lowers());
      fewer.remove(i);
      ModelCheck.Case without = with(best, best.upper(), fewer, best.script());
      if (!fewer.isEmpty() && stillFails(without)) {
        best = without;
        continue;
      }
      int layer = i;
      ModelCheck.Case now = best;
      List<TreeSpec.Item> items =
          smaller(
              now.lowers().get(layer).items(),
              part -> with(now, now.upper(), replace(now.lowers(), layer, part), now.script()));
      best = with(best, best.upper(), replace(best.lowers(), layer, items), best.script());
    }
    ModelCheck.Case now = best;
    List<TreeSpec.Item> items =
        smaller(
            now.upper().items(), part -> with(now, new TreeSpec(part), now.lowers(), now.script()));
    return with(best, new TreeSpec(items), best.lowers(), best.script());
  }

  private static List<TreeSpec> replace(
      List<TreeSpec> lowers, int layer, List<TreeSpec.Item> items) {
    List<TreeSpec> changed = new ArrayList<>(lowers);
    changed.set(layer, new TreeSpec(items));
    return changed;
  }

  private static ModelCheck.Case with(
      ModelCheck.Case like, TreeSpec upper, List<TreeSpec> lowers, List<Step> script) {
    return new ModelCheck.Case(like.seed(), upper, lowers, script);
  }

  private interface Rebuild<T> {
    ModelCheck.Case with(List<T> part);
  }

  /** Takes away pieces, large ones first, as long as the rest still fails. */
  private <T> List<T> smaller(List<T> all, Rebuild<T> rebuild) {
    List<T> best = new ArrayList<>(all);
    for (int piece = Math.max(1, best.size() / 2); piece >= 1; piece /= 2) {
      for (int at = best.size() - piece; at >= 0 && !late(); at -= piece) {
        List<T> without = new ArrayList<>(best.subList(0, at));
        without.addAll(best.subList(Math.min(at + piece, best.size()), best.size()));
        if (stillFails(rebuild.with(without))) {
          best = without;
        }
      }
    }
    return best;
  }

  private boolean stillFails(ModelCheck.Case smaller) {
    try {
      return fails.test(smaller);
    } catch (RuntimeException e) {
      return false; // no tree can be made of it, such as a hard link to what was taken away
    }
  }

  private boolean late() {
    return System.nanoTime() > deadline;
  }

  private static int size(ModelCheck.Case of) {
    int size = of.script().size() + of.upper().items().size();
    for (TreeSpec lower : of.lowers()) {
      size += lower.items().size() + 1;
    }
    return size;
  }
}
