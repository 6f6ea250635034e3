package org.stratafs.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;

/** Random steps, most of them on names that are there now. */
public final class RandomScript {
  private final Random random;
  private final boolean oracle;
  private final boolean literals;

  /**
   * Steps for one tree.
   *
   * @param oracle only steps on which the kernel's overlayfs and StrataFS promise the same
   * @param literals names that look like marks too; not where upper holds marks of such names
   */
  public RandomScript(Random random, boolean oracle, boolean literals) {
    this.random = random;
    this.oracle = oracle;
    this.literals = literals;
  }

  /** The next step on a tree that looks like this. */
  public Step next(PosixTree tree) {
    List<String> all = new ArrayList<>();
    List<String> directories = new ArrayList<>();
    collect(tree, "", all, directories);
    String there = all.isEmpty() ? "a" : all.get(random.nextInt(all.size()));
    String fresh = Names.join(directories.get(random.nextInt(directories.size())), name());
    String any = random.nextInt(5) == 0 ? fresh : there;
    int die = random.nextInt(100);
    if (die < 36) {
      return onNames(any, fresh, all);
    }
    if (die < 70) {
      return onContent(any, fresh, there);
    }
    if (die < 88) {
      return onDescriptors(any, fresh, directories.get(random.nextInt(directories.size())));
    }
    return die < 96 ? look(any) : mount();
  }

  private Step onNames(String any, String fresh, List<String> all) {
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> {
        return Step.of("unlink", any);
      }
      case 3, 4 -> {
        return Step.of("rmdir", any);
      }
      case 5 -> {
        return Step.of("link", any, fresh);
      }
      case 6 -> {
        return Step.of("mkdir", fresh, pick("755", "700", "1755"));
      }
      default -> {
        String to =
            random.nextBoolean() || all.isEmpty() ? fresh : all.get(random.nextInt(all.size()));
        return Step.of("rename", any, to, pick("0", "0", "0", "1", "2"));
      }
    }
  }

  private Step onContent(String any, String fresh, String there) {
    return switch (random.nextInt(16)) {
      case 0, 1 -> Step.of("create", fresh, pick("644", "600", "4755", "2755"));
      case 2, 3 -> Step.of("mkdir", fresh, pick("755", "700"));
      case 4, 5 -> Step.of("write", any, random.nextInt(3) * 3000, "w" + random.nextInt(1000));
      case 6 -> Step.of("overwrite", any, "o" + random.nextInt(1000));
      case 7 -> Step.of("truncate", any, pick("0", "3", "6000"));
      case 8 -> Step.of("chmod", any, pick("755", "644", "4711", "2755", "0"));
      case 9 -> Step.of("chown", any, pick("0", "1000"), pick("0", "100", "-1"));
      case 10 ->
          Step.of("utimens", any, 3_000_000 + random.nextInt(100), random.nextInt(1_000_000_000));
      case 11 ->
          Step.of(
              "setxattr",
              any,
              "user." + pick("t", "u"),
              pick("v1", "v2"),
              pick("0", "0", "1", "2"));
      case 12 -> Step.of("removexattr", any, "user." + pick("t", "u"));
      case 13 -> Step.of("symlink", "to/" + name(), fresh);
      case 14 -> Step.of("mknod", fresh, pick("fifo", "file", "sock"), pick("644", "600"));
      default ->
          oracle
              ? Step.of("write", there, 0, "x")
              : Step.of("mknod", fresh, "chr", "600", pick("0:0", "1:3"));
    };
  }

  private Step onDescriptors(String any, String fresh, String directory) {
    int slot = random.nextInt(3);
    return switch (random.nextInt(10)) {
      case 0, 1 -> Step.of("open", slot, any, pick("r", "rw", "rwc"));
      case 2 -> Step.of("close", slot);
      case 3 -> Step.of("tmpfile", slot, directory, "640");
      case 4 -> Step.of("hlink", slot, fresh);
      case 5 -> Step.of("htruncate", slot, pick("0", "10", "9000"));
      case 6 -> Step.of("hstat", slot);
      case 7 -> Step.of("hread", slot, pick("0", "2", "4990"), pick("20", "100"));
      default -> Step.of("hwrite", slot, pick("0", "4", "5000"), "h" + random.nextInt(1000));
    };
  }

  private Step look(String any) {
    return switch (random.nextInt(5)) {
      case 0 -> Step.of("read", any);
      case 1 -> Step.of("lstat", any);
      case 2 -> Step.of("list", any);
      case 3 -> Step.of("readlink", any);
      default -> Step.of("getxattr", any, "user.t");
    };
  }

  private Step mount() {
    return switch (random.nextInt(oracle ? 2 : 4)) {
      case 0 -> Step.of("forget");
      case 1 -> Step.of("remount");
      default -> Step.of("become", pick("0", "1000"), pick("0", "100"));
    };
  }

  private String name() {
    int die = random.nextInt(12);
    if (die == 0 && literals && random.nextBoolean()) {
      return pick(".wh.a", ".wh..wh..opq", ".wh.b");
    }
    if (die == 0 && !oracle) {
      return pick("\u00ff\u00fe", "x".repeat(255), "x".repeat(256));
    }
    return RandomStack.NAMES[random.nextInt(RandomStack.NAMES.length)];
  }

  private static void collect(
      PosixTree tree, String path, List<String> all, List<String> directories) {
    directories.add(path);
    for (DirEntry entry : tree.list(path)) {
      String child = Names.join(path, entry.name());
      all.add(child);
      Stat stat = tree.lstat(child);
      if (stat.isDirectory()) {
        collect(tree, child, all, directories);
      }
    }
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
