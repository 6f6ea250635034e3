package org.stratafs.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.stratafs.layer.LayerDir;
import org.stratafs.layer.Marks;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;

/**
 * Finds what an upper changes, by reading the upper and not the merged tree: its own entries, and
 * of the layers below only what it refers to. A directory that was renamed is new in its place,
 * with all that it shows. Used once.
 */
final class UpperWalk {
  private final MergedDir image;

  /** What shows in place of lower files in a directory that was renamed; null for no such. */
  private final LinkedCopies copies;

  private final ChangeVisitor visitor;

  /** Directories that an entry's data was found in: open until the entry was visited. */
  private final List<MergedDir> held = new ArrayList<>();

  /**
   * @param image the root of the layers below; null if they are not known: then all that the upper
   *     has is taken for an addition, and each of its whiteouts for a deletion
   * @param copies null for none
   */
  UpperWalk(MergedDir image, LinkedCopies copies, ChangeVisitor visitor) {
    this.image = image;
    this.copies = copies;
    this.visitor = visitor;
  }

  /** Walks. The caller closes both roots. */
  void walk(LayerDir upper) throws IOException {
    Marks.OfDirectory marks = Marks.of(upper);
    Stat stat = new Stat();
    upper.statSelf(stat);
    boolean opaque = marks.opacity() == Marks.Opacity.OPAQUE;
    visitor.directory("", upper, stat, ChangeVisitor.Kind.CHANGED, opaque);
    Place place = new Place("", upper, marks.opacity(), opaque ? null : image, image, !opaque);
    children(place);
  }

  /**
   * A directory of the union.
   *
   * @param upper null where only the layers below have it, in a directory that was renamed
   * @param below what it merges with; null for nothing
   * @param replaced what the image has under its path; null for nothing
   * @param same whether these two are one
   */
  private record Place(
      String path,
      LayerDir upper,
      Marks.Opacity opacity,
      MergedDir below,
      MergedDir replaced,
      boolean same) {}

  private void children(Place place) throws IOException {
    TreeSet<String> shown = new TreeSet<>();
    TreeSet<String> hidden = new TreeSet<>();
    if (place.upper != null) {
      readUpper(place, shown, hidden);
    }
    if (!place.same && place.below != null) {
      for (String name : place.below.names()) {
        if (!hidden.contains(name)) {
          shown.add(name);
        }
      }
    }
    TreeSet<String> all = new TreeSet<>(shown);
    if (place.same || image == null) {
      all.addAll(hidden);
    } else if (place.replaced != null) {
      all.addAll(place.replaced.names());
    }
    for (String name : all) {
      if (shown.contains(name)) {
        entry(place, name);
      } else if (image == null || (place.replaced != null && place.replaced.find(name) != null)) {
        visitor.deleted(Names.join(place.path, name), !place.same);
      }
    }
  }

  private static void readUpper(Place place, Set<String> shown, Set<String> hidden) {
    LayerDir dir = place.upper;
    List<String> names = new ArrayList<>();
    dir.list((name, ino, type) -> names.add(name));
    Stat stat = new Stat();
    for (String name : names) {
      if (MergedDir.isMark(dir, name)) {
        hidden.add(name.substring(Marks.PREFIX.length()));
      } else if (dir.stat(name, stat)) {
        boolean whiteout = Marks.isWhiteout(dir, name, stat, place.opacity);
        (whiteout ? hidden : shown).add(name);
      }
    }
    hidden.removeAll(shown);
  }

  private void entry(Place place, String name) throws IOException {
    String path = Names.join(place.path, name);
    MergedDir.Found before = place.replaced == null ? null : place.replaced.find(name);
    ChangeVisitor.Kind kind =
        before == null ? ChangeVisitor.Kind.ADDED : ChangeVisitor.Kind.CHANGED;
    Stat stat = new Stat();
    boolean inUpper = place.upper != null && place.upper.stat(name, stat);
    if (inUpper && stat.isDirectory()) {
      upperDirectory(place, name, path, kind);
    } else if (inUpper) {
      MergedDir.Found found = new MergedDir.Found(place.upper, name, stat);
      try {
        visitor.file(path, found, data(place, found), kind);
      } finally {
        held.forEach(MergedDir::close);
        held.clear();
      }
    } else {
      MergedDir.Found found = place.below.find(name);
      if (found == null) {
        return; // gone since it was listed
      }
      if (found.stat().isDirectory()) {
        lowerDirectory(place, name, path, kind);
      } else {
        MergedDir.Found copy = copies == null ? null : copies.copyOf(found);
        if (copy == null) {
          visitor.file(path, found, found, kind);
        } else {
          visitor.file(path, copy, LinkedCopies.data(copy, found), kind);
        }
      }
    }
  }

  private void upperDirectory(Place place, String name, String path, ChangeVisitor.Kind kind)
      throws IOException {
    MergedDir replaced = place.replaced == null ? null : place.replaced.child(name);
    try (LayerDir upper = place.upper.child(name)) {
      Marks.OfDirectory marks = Marks.of(upper);
      boolean opaque = marks.opacity() == Marks.Opacity.OPAQUE;
      boolean same = place.same && !opaque && marks.redirect() == null;
      MergedDir below = same ? replaced : opaque ? null : below(place, name, marks.redirect());
      try {
        Stat stat = new Stat();
        upper.statSelf(stat);
        boolean hides = !same && (replaced != null || image == null);
        visitor.directory(path, upper, stat, kind, hides);
        children(new Place(path, upper, marks.opacity(), below, replaced, same));
      } finally {
        if (below != null && !same) {
          below.close();
        }
      }
    } finally {
      if (replaced != null) {
        replaced.close();
      }
    }
  }

  private MergedDir below(Place place, String name, String redirect) throws ImageException {
    if (redirect != null && image == null) {
      throw new ImageException(
          "'"
              + Names.display(Names.join(place.path, name))
              + "' was renamed, and shows what lies below: name the image that does");
    }
    if (redirect != null && redirect.startsWith("/")) {
      return image.descendant(redirect.substring(1));
    }
    return place.below == null ? null : place.below.child(redirect == null ? name : redirect);
  }

  private void lowerDirectory(Place place, String name, String path, ChangeVisitor.Kind kind)
      throws IOException {
    MergedDir replaced = place.replaced == null ? null : place.replaced.child(name);
    try (MergedDir below = place.below.child(name)) {
      LayerDir top = below.dirs().get(0);
      Stat stat = new Stat();
      top.statSelf(stat);
      visitor.directory(path, top, stat, kind, replaced != null);
      children(new Place(path, null, Marks.Opacity.NONE, below, replaced, false));
    } finally {
      if (replaced != null) {
        replaced.close();
      }
    }
  }

  /** Where the content of an upper file is: below, for a metacopy. */
  private MergedDir.Found data(Place place, MergedDir.Found found) throws IOException {
    if (!found.stat().isRegular() || !Marks.isMetacopy(found.dir(), found.name())) {
      return found;
    }
    String redirect = Marks.metacopyRedirect(found.dir(), found.name());
    MergedDir.Found data = null;
    if (redirect != null && redirect.startsWith("/")) {
      int slash = redirect.lastIndexOf('/');
      MergedDir parent = image.descendant(redirect.substring(1, Math.max(1, slash)));
      if (parent != null) {
        held.add(parent);
        data = parent.find(redirect.substring(slash + 1));
      }
    } else if (place.below != null) {
      data = place.below.find(redirect == null ? found.name() : redirect);
    }
    if (data == null || !data.stat().isRegular()) {
      throw new FsException(
          Errno.EIO,
          "the data of '"
              + Names.display(Names.join(place.path, found.name()))
              + "' is in a layer that is not there");
    }
    return data;
  }
}
