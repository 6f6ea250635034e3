package org.stratafs.image;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.stratafs.layer.LayerDir;
import org.stratafs.layer.LayerStack;
import org.stratafs.layer.Marks;
import org.stratafs.posix.Stat;

/**
 * One directory of a stack of layers, as a mount shows it: what the layers have of it, down to
 * where one hides those below. For the reading of images, whose layers have neither redirects nor
 * metacopies. For one thread.
 */
final class MergedDir implements AutoCloseable {
  private final List<LayerDir> dirs;
  private final List<Marks.Opacity> opacities;
  private final boolean cut;

  private MergedDir(List<LayerDir> dirs, List<Marks.Opacity> opacities, boolean cut) {
    this.dirs = dirs;
    this.opacities = opacities;
    this.cut = cut;
  }

  /**
   * The root of some of the lowers of a stack.
   *
   * @param from the first, 0 being the topmost
   * @param to behind the last
   */
  static MergedDir root(LayerStack stack, int from, int to) {
    Builder builder = new Builder();
    for (int i = from; i < to && !builder.complete; i++) {
      builder.add(stack.lower(i).openDirectory(""));
    }
    return builder.build();
  }

  /** Collects directories from the top down until one is opaque. */
  private static final class Builder {
    private final List<LayerDir> dirs = new ArrayList<>();
    private final List<Marks.Opacity> opacities = new ArrayList<>();
    private boolean complete;

    void add(LayerDir dir) {
      Marks.Opacity opacity = Marks.opacity(dir);
      dirs.add(dir);
      opacities.add(opacity);
      complete = opacity == Marks.Opacity.OPAQUE;
    }

    MergedDir build() {
      return new MergedDir(dirs, opacities, complete);
    }
  }

  /**
   * What a name shows.
   *
   * @param dir the directory that holds it; open as long as the merged one
   */
  record Found(LayerDir dir, String name, Stat stat) {}

  /** The directories that are merged, the topmost first. */
  List<LayerDir> dirs() {
    return dirs;
  }

  /** Whether one of the layers hides what is below all of them under this path. */
  boolean hidesAllBelow() {
    return cut;
  }

  /** What shows under a name; null for nothing. */
  Found find(String name) {
    for (int i = 0; i < dirs.size(); i++) {
      LayerDir dir = dirs.get(i);
      Stat stat = new Stat();
      if (dir.stat(name, stat) && !isMark(dir, name)) {
        return Marks.isWhiteout(dir, name, stat, opacities.get(i))
            ? null
            : new Found(dir, name, stat);
      }
      if (Marks.hasWhiteoutName(dir, name)) {
        return null;
      }
    }
    return null;
  }

  /** Opens a directory in it; null if the name shows none. */
  MergedDir child(String name) {
    Builder builder = new Builder();
    for (int i = 0; i < dirs.size() && !builder.complete; i++) {
      LayerDir dir = dirs.get(i);
      Stat stat = new Stat();
      if (dir.stat(name, stat) && !isMark(dir, name)) {
        if (!stat.isDirectory()) {
          builder.complete = true;
          break;
        }
        builder.add(dir.child(name));
      }
      if (Marks.hasWhiteoutName(dir, name)) {
        builder.complete = true;
      }
    }
    return builder.dirs.isEmpty() ? null : builder.build();
  }

  /** Opens a directory beneath it; null if there is none. */
  MergedDir descendant(String path) {
    MergedDir at = this;
    int start = 0;
    while (start < path.length() && at != null) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      MergedDir next = at.child(path.substring(start, end));
      if (at != this) {
        at.close();
      }
      at = next;
      start = end + 1;
    }
    return at;
  }

  /** All names that show, sorted by their bytes. */
  SortedSet<String> names() {
    TreeSet<String> visible = new TreeSet<>();
    addNames(visible, new HashSet<>());
    return visible;
  }

  /** Those, and all names that one of the layers hides of the layers below. */
  SortedSet<String> namesAndHidden() {
    TreeSet<String> all = new TreeSet<>();
    Set<String> hidden = new HashSet<>();
    addNames(all, hidden);
    all.addAll(hidden);
    return all;
  }

  private void addNames(Set<String> visible, Set<String> hidden) {
    for (int i = 0; i < dirs.size(); i++) {
      addNames(dirs.get(i), opacities.get(i), visible, hidden);
    }
  }

  private static void addNames(
      LayerDir dir, Marks.Opacity opacity, Set<String> visible, Set<String> hidden) {
    List<String> here = new ArrayList<>();
    dir.list((name, ino, type) -> here.add(name));
    List<String> marks = new ArrayList<>();
    for (String name : here) {
      if (isMark(dir, name)) {
        marks.add(name.substring(Marks.PREFIX.length()));
      } else if (!visible.contains(name) && !hidden.contains(name)) {
        Stat stat = new Stat();
        boolean there = dir.stat(name, stat);
        if (there && Marks.isWhiteout(dir, name, stat, opacity)) {
          hidden.add(name);
        } else if (there) {
          visible.add(name);
        }
      }
    }
    for (String mark : marks) {
      if (!visible.contains(mark)) {
        hidden.add(mark);
      }
    }
  }

  /** Whether an entry is a mark by its name, and no file that happens to be called so. */
  static boolean isMark(LayerDir dir, String name) {
    return Marks.isMarkName(name) && !Marks.isLiteral(dir, name);
  }

  @Override
  public void close() {
    for (LayerDir dir : dirs) {
      dir.close();
    }
  }
}
