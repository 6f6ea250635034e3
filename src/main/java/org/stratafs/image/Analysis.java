package org.stratafs.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.stratafs.layer.LayerDir;
import org.stratafs.layer.Marks;
import org.stratafs.posix.Log;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/** Why images only grow: what lower layers hold that upper ones delete or replace. */
public final class Analysis {
  private final Syscalls sys;
  private final LayerTrees trees;
  private final Log log;

  /** Of all files that show so far: the layer that has each, and its size. Sorted by path. */
  private final NavigableMap<String, Held> shown = new TreeMap<>();

  private final List<Waste> waste = new ArrayList<>();
  private long[] bytes;
  private long[] wasted;

  public Analysis(ImageStore store, Syscalls sys, Log log) {
    this.sys = sys;
    this.trees = store.trees();
    this.log = log;
  }

  private record Held(int layer, long size) {}

  /**
   * A file that is in the image and that nobody can see.
   *
   * @param path absolute
   * @param size in bytes
   * @param layer that holds it, 0 the lowest
   * @param by the layer that hides it
   * @param deleted or else replaced
   */
  public record Waste(String path, long size, int layer, int by, boolean deleted) {}

  /**
   * One layer.
   *
   * @param bytes the content of its files
   * @param wasted what of that upper layers hide
   */
  public record Layer(Digest diffId, long bytes, long wasted) {}

  /**
   * All of it.
   *
   * @param layers the lowest first
   * @param largest the largest files that nobody sees, the largest first
   */
  public record Result(List<Layer> layers, List<Waste> largest, long bytes, long wasted) {}

  /**
   * Analyses an image whose layers are unpacked.
   *
   * @param top how many of the largest to name
   */
  public Result analyse(Image image, int top) throws IOException {
    List<Digest> diffIds = image.diffIds();
    bytes = new long[diffIds.size()];
    wasted = new long[diffIds.size()];
    if (!diffIds.isEmpty()) {
      try (Stack stack = Stack.open(sys, Stack.trees(trees, diffIds), log)) {
        for (int i = 0; i < diffIds.size(); i++) {
          try (LayerDir root = stack.layers().lower(diffIds.size() - 1 - i).openDirectory("")) {
            directory(i, "", root);
          }
        }
      }
    }
    List<Layer> layers = new ArrayList<>();
    long all = 0;
    long hidden = 0;
    for (int i = 0; i < diffIds.size(); i++) {
      layers.add(new Layer(diffIds.get(i), bytes[i], wasted[i]));
      all += bytes[i];
      hidden += wasted[i];
    }
    waste.sort(Comparator.comparingLong(Waste::size).reversed().thenComparing(Waste::path));
    return new Result(layers, waste.subList(0, Math.min(top, waste.size())), all, hidden);
  }

  private void directory(int layer, String path, LayerDir dir) {
    Marks.Opacity opacity = Marks.opacity(dir);
    if (opacity == Marks.Opacity.OPAQUE) {
      hideBelow(layer, path, true);
    }
    List<String> names = new ArrayList<>();
    dir.list((name, ino, type) -> names.add(name));
    for (String name : names) {
      Stat stat = new Stat();
      if (MergedDir.isMark(dir, name)) {
        String hidden = Names.join(path, name.substring(Marks.PREFIX.length()));
        hide(layer, hidden, true);
        hideBelow(layer, hidden, true);
      } else if (dir.stat(name, stat)) {
        entry(layer, Names.join(path, name), dir, name, stat, opacity);
      }
    }
  }

  private void entry(
      int layer, String path, LayerDir dir, String name, Stat stat, Marks.Opacity opacity) {
    if (Marks.isWhiteout(dir, name, stat, opacity)) {
      hide(layer, path, true);
      hideBelow(layer, path, true);
    } else if (stat.isDirectory()) {
      hide(layer, path, false);
      try (LayerDir child = dir.child(name)) {
        directory(layer, path, child);
      }
    } else {
      hide(layer, path, false);
      hideBelow(layer, path, false);
      if (stat.isRegular()) {
        shown.put(path, new Held(layer, stat.size));
        bytes[layer] += stat.size;
      }
    }
  }

  private void hide(int layer, String path, boolean deleted) {
    Held held = shown.get(path);
    if (held != null && held.layer < layer) {
      shown.remove(path);
      wasted[held.layer] += held.size;
      waste.add(new Waste("/" + path, held.size, held.layer, layer, deleted));
    }
  }

  private void hideBelow(int layer, String path, boolean deleted) {
    String from = path.isEmpty() ? "" : path + "/";
    // '0' follows '/': what is between is all that begins with "PATH/"
    NavigableMap<String, Held> below =
        path.isEmpty() ? shown : shown.subMap(from, true, path + "0", false);
    for (String each : new ArrayList<>(below.keySet())) {
      hide(layer, each, deleted);
    }
  }
}
