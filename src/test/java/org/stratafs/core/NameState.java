package org.stratafs.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.stratafs.testkit.TreeSpec;

/**
 * What the three layers of a stack have under one name, a letter each, the upper first: {@code -}
 * nothing, {@code f} a file, {@code d} a directory with a file in it, {@code o} the same and
 * opaque, {@code l} a symbolic link, {@code w} a whiteout.
 */
record NameState(String letters) {
  static final int LAYERS = 3;

  /**
   * One of each class of states that no program can tell apart and that the union treats alike:
   * what is hidden matters only by being there (a whiteout is needed for it) and by being a
   * directory or not.
   */
  static final List<NameState> CLASSES =
      list(
          "---", "f--", "f-f", "l--", "w-f", "w-d", "d--", "d-d", "df-", "dwd", "o-d", "--f", "--l",
          "--d", "-dd", "-od", "-wf");

  private static List<NameState> list(String... letters) {
    List<NameState> states = new ArrayList<>();
    for (String each : letters) {
      states.add(new NameState(each));
    }
    return List.copyOf(states);
  }

  /** Every state; beneath the lowest layer there is nothing to hide. */
  static List<NameState> all() {
    List<NameState> all = new ArrayList<>();
    for (char upper : "-fdolw".toCharArray()) {
      for (char middle : "-fdolw".toCharArray()) {
        for (char bottom : "-fdl".toCharArray()) {
          all.add(new NameState("" + upper + middle + bottom));
        }
      }
    }
    return all;
  }

  /** What a layer has, 0 being the upper; its content tells the layers apart. */
  List<TreeSpec.Item> items(String path, int layer) {
    String from = path.charAt(path.length() - 1) + "-of-" + layer;
    Map<String, String> owner = new TreeMap<>(Map.of("mode", "75" + layer, "uid", "1" + layer));
    owner.put("user.t", from);
    return switch (letters.charAt(layer)) {
      case '-' -> List.of();
      case 'f' -> List.of(new TreeSpec.Item("file", path, from, owner));
      case 'd' -> directory(path, from, owner);
      case 'o' -> {
        List<TreeSpec.Item> items = directory(path, from, owner);
        items.add(new TreeSpec.Item("opaque", path, null, Map.of()));
        yield items;
      }
      case 'l' -> List.of(new TreeSpec.Item("link", path, "to-" + from, Map.of()));
      case 'w' -> List.of(new TreeSpec.Item("whiteout", path, null, Map.of()));
      default -> throw new IllegalArgumentException(letters);
    };
  }

  private static List<TreeSpec.Item> directory(
      String path, String from, Map<String, String> owner) {
    List<TreeSpec.Item> items = new ArrayList<>();
    items.add(new TreeSpec.Item("dir", path, null, owner));
    items.add(new TreeSpec.Item("file", path + "/" + from, from, Map.of()));
    return items;
  }
}
