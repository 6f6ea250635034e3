package org.stratafs.image;

import java.io.IOException;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.stratafs.layer.LayerDir;
import org.stratafs.posix.Log;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/** Says what differs, in time that grows with the changes and not with the trees. */
public final class Differ {
  private final Syscalls sys;
  private final Log log;

  public Differ(Syscalls sys, Log log) {
    this.sys = sys;
    this.log = log;
  }

  /**
   * What an upper changes.
   *
   * @param links what its mount keeps of files with several names, WORKDIR/hardlinks; null for none
   * @param lowers the directories below it, the topmost first
   */
  public void upper(String upper, String links, List<String> lowers, Consumer<Change> out)
      throws IOException {
    try (UpperStack stack = UpperStack.open(sys, upper, links, lowers, log)) {
      stack.walk(new Lines(out));
    }
  }

  /**
   * What makes one stack of layers into another.
   *
   * @param from its layers, the topmost first; may be none
   * @param to likewise
   */
  public void stacks(List<String> from, List<String> to, Consumer<Change> out) throws IOException {
    try (Stack before = from.isEmpty() ? null : Stack.open(sys, from, log);
        Stack after = to.isEmpty() ? null : Stack.open(sys, to, log);
        MergedDir old = before == null ? null : before.root(0);
        MergedDir now = after == null ? null : after.root(0)) {
      compare("", old, now, out);
    }
  }

  private static void compare(String path, MergedDir old, MergedDir now, Consumer<Change> out) {
    if (old != null && now != null && isSame(old, now)) {
      return;
    }
    TreeSet<String> names = new TreeSet<>();
    if (old != null) {
      names.addAll(old.names());
    }
    if (now != null) {
      names.addAll(now.names());
    }
    for (String name : names) {
      entry(Names.join(path, name), name, old, now, out);
    }
  }

  private static void entry(
      String path, String name, MergedDir oldDir, MergedDir nowDir, Consumer<Change> out) {
    MergedDir.Found old = oldDir == null ? null : oldDir.find(name);
    MergedDir.Found now = nowDir == null ? null : nowDir.find(name);
    if (now == null) {
      if (old != null) {
        out.accept(new Change(Change.DELETED, "/" + path, size(old)));
      }
      return;
    }
    if (old == null) {
      out.accept(new Change(Change.ADDED, "/" + path, size(now)));
    } else if (!isSame(old, now)) {
      out.accept(new Change(Change.CHANGED, "/" + path, size(now)));
    }
    if (now.stat().isDirectory()) {
      boolean both = old != null && old.stat().isDirectory();
      try (MergedDir oldChild = both ? oldDir.child(name) : null;
          MergedDir nowChild = nowDir.child(name)) {
        compare(path, oldChild, nowChild, out);
      }
    }
  }

  private static long size(MergedDir.Found found) {
    return found.stat().isRegular() ? found.stat().size : 0;
  }

  /** Whether the same layers merge to it: then so do they in all that is beneath. */
  private static boolean isSame(MergedDir old, MergedDir now) {
    List<LayerDir> a = old.dirs();
    List<LayerDir> b = now.dirs();
    if (a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      if (!a.get(i).layer().path().equals(b.get(i).layer().path())) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSame(MergedDir.Found old, MergedDir.Found now) {
    if (old.dir().layer().path().equals(now.dir().layer().path())) {
      return true;
    }
    return TreeCompare.metadataDiffers(
            old.dir(), old.name(), old.stat(), now.dir(), now.name(), now.stat())
        == null;
  }

  /** Turns what a walk finds into lines. */
  private static final class Lines implements ChangeVisitor {
    private final Consumer<Change> out;

    Lines(Consumer<Change> out) {
      this.out = out;
    }

    @Override
    public void directory(String path, LayerDir dir, Stat stat, Kind kind, boolean hides) {
      if (!path.isEmpty()) {
        out.accept(new Change(letter(kind), "/" + path, 0));
      }
    }

    @Override
    public void file(String path, MergedDir.Found at, MergedDir.Found data, Kind kind) {
      long size = at.stat().isRegular() ? at.stat().size : 0;
      out.accept(new Change(letter(kind), "/" + path, size));
    }

    @Override
    public void deleted(String path, boolean covered) {
      out.accept(new Change(Change.DELETED, "/" + path, 0));
    }

    private static String letter(Kind kind) {
      return kind == Kind.ADDED ? Change.ADDED : Change.CHANGED;
    }
  }
}
