package org.stratafs.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.stratafs.posix.Names;

/** Random layers: few names, so that layers meet; every kind of file and every form of mark. */
public final class RandomStack {
  /** Which marks a layer may hold. */
  public enum Forms {
    /** All that StrataFS reads. */
    ALL,
    /**
     * Those the kernel's overlayfs reads as well, without its xattr whiteouts: where no lower has
     * the name, 6.18 lists them and refuses to remove their directory.
     */
    KERNEL
  }

  static final String[] NAMES = {"a", "b", "c", "d"};

  private final Random random;
  private final Forms forms;
  private List<TreeSpec.Item> items;
  private List<String> files;

  public RandomStack(Random random, Forms forms) {
    this.random = random;
    this.forms = forms;
  }

  /** One layer. */
  public TreeSpec layer() {
    items = new ArrayList<>();
    files = new ArrayList<>();
    fill("", 0, false);
    return new TreeSpec(items);
  }

  private void fill(String directory, int depth, boolean xattrWhiteouts) {
    for (String name : NAMES) {
      String path = Names.join(directory, name);
      int die = random.nextInt(100);
      if (die < 6 && forms == Forms.ALL && !files.isEmpty()) {
        add("hard", path, files.get(random.nextInt(files.size())), Map.of());
      } else if (die < 18) {
        file(path);
        files.add(path);
      } else if (die < 44 && depth < 2) {
        directory(path, depth);
      } else if (die < 49) {
        add("link", path, "target-" + name, owner(new TreeMap<>()));
      } else if (die < 51) {
        add("fifo", path, null, owner(new TreeMap<>()));
      } else if (die < 53) {
        add("chr", path, "1:" + (3 + random.nextInt(3)), owner(new TreeMap<>()));
      } else if (die < 64) {
        whiteout(path, xattrWhiteouts);
      }
      if (forms == Forms.ALL && die < 44 && random.nextInt(20) == 0) {
        // Of the layers below, beside an entry of this one.
        add("whiteout", path, null, Map.of("form", "name"));
      }
    }
  }

  private void file(String path) {
    Map<String, String> attributes = owner(new TreeMap<>());
    attributes.put("mode", pick("644", "600", "755", "4755", "2755", "2644"));
    if (random.nextInt(4) == 0) {
      attributes.put("user.t", pick("1", "two", ""));
    }
    if (random.nextInt(6) == 0) {
      attributes.put("size", pick("5000", "9000"));
    }
    attributes.put(
        "mtime", (1_000_000 + random.nextInt(1000)) + "." + random.nextInt(1_000_000_000));
    add("file", path, "text-" + random.nextInt(100), attributes);
  }

  private void directory(String path, int depth) {
    Map<String, String> attributes = owner(new TreeMap<>());
    attributes.put("mode", pick("755", "700", "2755", "1755"));
    if (random.nextInt(4) == 0) {
      attributes.put("user.d", pick("1", "two"));
    }
    attributes.put(
        "mtime", (2_000_000 + random.nextInt(1000)) + "." + random.nextInt(1_000_000_000));
    add("dir", path, null, attributes);
    boolean xattrWhiteouts = false;
    int die = random.nextInt(100);
    if (die < 18) {
      add(
          "opaque",
          path,
          null,
          Map.of(
              "form", forms == Forms.KERNEL ? "trusted" : pick("trusted", "user", "fuse", "name")));
    } else if (die < 28 && forms == Forms.ALL) {
      xattrWhiteouts = true;
      add("opaque", path, null, Map.of("form", pick("x", "userx")));
    }
    fill(path, depth + 1, xattrWhiteouts);
  }

  private void whiteout(String path, boolean xattrWhiteouts) {
    String form = "device";
    if (forms == Forms.ALL) {
      form = pick("device", "name");
    }
    if (xattrWhiteouts && random.nextBoolean()) {
      form = pick("trusted", "user");
    }
    add("whiteout", path, null, Map.of("form", form));
  }

  private Map<String, String> owner(Map<String, String> attributes) {
    if (random.nextInt(3) == 0) {
      attributes.put("uid", pick("1000", "1001"));
      attributes.put("gid", pick("100", "1000"));
    }
    return attributes;
  }

  private void add(String kind, String path, String argument, Map<String, String> attributes) {
    items.add(new TreeSpec.Item(kind, path, argument, attributes));
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
