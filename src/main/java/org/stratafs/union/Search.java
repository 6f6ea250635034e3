package org.stratafs.union;

import java.util.ArrayList;
import org.stratafs.layer.LayerDir;
import org.stratafs.layer.LowerDir;
import org.stratafs.layer.LowerLayer;
import org.stratafs.layer.Marks;
import org.stratafs.layer.RedirectPolicy;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;

/**
 * The search for a name through the layers, top down, until something hides what is below (linux
 * fs/overlayfs/namei.c, ovl_lookup and ovl_lookup_single). Reads, and makes no node.
 *
 * <p>A redirect on a directory says under which name the layers below have it: a name in the same
 * parent, or an absolute path from the layers' roots. Each leads to layers further down only, so
 * that no loop is possible.
 */
final class Search {
  private static final Marks.Opacity OPAQUE = Marks.Opacity.OPAQUE;

  private final Core core;
  private final Origins origins;
  private final KnownNames knownNames;
  private final MetacopySearch metacopies;

  Search(Core core, Origins origins, KnownNames knownNames) {
    this.core = core;
    this.origins = origins;
    this.knownNames = knownNames;
    this.metacopies = new MetacopySearch(core);
  }

  /**
   * Searches for a name; the parent's dirLock is held, or renameLock exclusively. The caller closes
   * what was opened ({@link Found#closeOpened}).
   */
  Found find(DirectoryNode parent, String name) {
    Found found = new Found();
    if (parent.removed) {
      return found;
    }
    boolean done = false;
    try {
      if (!parent.isUpper()) {
        searchParentsLowers(parent, name, found);
      } else {
        searchUpper(parent, name, found);
      }
      if (found.metacopy) {
        metacopies.check(found, name);
      }
      done = true;
      return found;
    } catch (FsException e) {
      core.complaints.unusable(parent, name, e);
      throw e;
    } finally {
      if (!done) {
        found.closeOpened();
      }
    }
  }

  /** Whether a lower shows the name, whatever upper says: then deleting it needs a whiteout. */
  boolean isInLower(DirectoryNode parent, String name) {
    if (!parent.hasLower()) {
      return false;
    }
    LowerNames known = knownNames.forSearchDirLocked(parent);
    if (known != null) {
      int entry = known.find(name);
      return entry >= 0 && known.shownIn(entry) >= 0;
    }
    Found found = new Found();
    try {
      searchParentsLowers(parent, name, found);
      return found.isVisible();
    } finally {
      found.closeOpened();
    }
  }

  /** Whether the file is a metacopy that may be followed; EPERM if it may not. */
  boolean isMetacopy(LayerDir directory, String name) {
    return metacopies.isOne(directory, name) && metacopies.allow(name);
  }

  /** All layer roots merged, down to an opaque one. */
  Found findRoot() {
    Found found = new Found();
    boolean done = false;
    try {
      boolean goOn = true;
      if (core.stack.upper() != null) {
        found.state = UpperEntry.UPPER;
        goOn = addUpper(found, core.stack.upper().openDirectory("")).opacity() != OPAQUE;
      }
      for (int i = 0; goOn && i < core.stack.lowerCount(); i++) {
        LowerLayer layer = core.stack.lower(i);
        LowerDir root = layer.openDirectory("");
        goOn = addLower(found, layer, "", root, isBelow(i)).opacity() != OPAQUE;
      }
      done = true;
      return found;
    } finally {
      if (!done) {
        found.closeOpened();
      }
    }
  }

  /** Whether the stack has a layer below its lower {@code i}. */
  private boolean isBelow(int i) {
    return i + 1 < core.stack.lowerCount() || core.stack.dataOnlyCount() > 0;
  }

  private void searchUpper(DirectoryNode parent, String name, Found found) {
    String redirect;
    try (UpperDir directory = core.directories.upper(parent)) {
      boolean below = parent.hasLower();
      Presence presence = presence(directory, name, parent.upperOpacity, found.stat);
      found.nameMark =
          (below || presence == Presence.WHITEOUT)
              && knownNames.mayHaveMarksDirLocked(parent)
              && Marks.hasWhiteoutName(directory, name);
      if (presence == Presence.WHITEOUT) {
        found.state = UpperEntry.WHITEOUT;
        return;
      }
      if (presence == Presence.PRESENT) {
        found.state = UpperEntry.UPPER;
      }
      redirect = null;
      if (found.isVisible()
          && MetacopySearch.mayBe(found.stat, origins.isImpureDirLocked(parent))) {
        found.metacopy = metacopies.isOne(directory, name);
        redirect = found.metacopy ? Marks.metacopyRedirect(directory, name) : null;
      }
      if (found.isVisible() ? !found.stat.isDirectory() && !found.metacopy : found.nameMark) {
        return;
      }
      // Even in a directory without lowers an absolute redirect leads to some; then the parent is
      // impure.
      if (found.stat.isDirectory()
          && found.isVisible()
          && (below || origins.isImpureDirLocked(parent))) {
        Marks.OfDirectory marks = addUpper(found, directory.child(name));
        if (marks.opacity() == OPAQUE) {
          return;
        }
        redirect = marks.redirect();
      }
      // Of what a redirect leads to, the whiteout of the name beside it says nothing. Such a pair
      // stands there while a directory is renamed on a file system whose whiteouts are names. Nor
      // of a metacopy's data: that pair stands there while the metacopy is removed.
      if (found.nameMark && redirect == null && !found.metacopy) {
        return;
      }
    }
    searchBelow(parent, redirect == null ? name : follow(redirect), found);
  }

  private void searchBelow(DirectoryNode parent, String nameOrPath, Found found) {
    if (nameOrPath.startsWith("/")) {
      searchAbsolute(0, nameOrPath.substring(1), found);
    } else {
      searchParentsLowers(parent, nameOrPath, found);
    }
  }

  /** Looks into the parent's lowers and adds what shows through. */
  private void searchParentsLowers(DirectoryNode parent, String firstName, Found found) {
    LowerNames known = knownNames.forSearchDirLocked(parent);
    String name = firstName;
    int entry = known == null ? -1 : known.find(name);
    int unasked = 0; // the first lower whose mark of the name has not been asked for
    for (int i = 0; i < parent.lowers.length; i++) {
      if (known != null && !known.isPresent(entry, i)) {
        if (known.hides(entry, i) || !known.isPresentFrom(entry, i)) {
          return;
        }
        continue;
      }
      LowerPath at = parent.lowers[i];
      int stackIndex = at.layer().index() - 1;
      Outcome outcome;
      if (found.lowers != null && !Marks.isMarkName(name)) {
        outcome = merge(parent, i, known == null ? unasked : i, name, found);
        if (outcome == Outcome.ABSENT) {
          continue;
        }
        if (outcome == Outcome.STOP) {
          return;
        }
      } else {
        try (LowerDir directory = core.directories.lower(parent, i)) {
          Stat stat = found.isVisible() ? new Stat() : found.stat;
          Presence presence = presence(directory, name, at.opacity(), stat);
          if (presence == Presence.WHITEOUT) {
            return;
          }
          // Marks matter only once something is found that they would hide.
          if (presence == Presence.ABSENT
              || (known == null && isMarkedDirLocked(parent, unasked, i, name))) {
            if (presence == Presence.PRESENT) {
              return;
            }
            continue;
          }
          outcome = add(directory, at, name, stat, found, isBelow(stackIndex));
          boolean isObject = outcome == Outcome.FILE || outcome == Outcome.METACOPY;
          if (isObject
              && found.state == UpperEntry.LOWER
              && found.lowers == null
              && found.lowerIndex < 0) {
            found.lowerIndex = i;
          }
          if (outcome == Outcome.FILE || outcome == Outcome.STOP) {
            return;
          }
        }
      }
      // The mark of a name beside a metacopy of that name says nothing of its data.
      unasked = outcome == Outcome.METACOPY ? i + 1 : i;
      String redirect = found.takeRedirect();
      if (redirect != null) {
        name = follow(redirect);
        if (name.startsWith("/")) {
          searchAbsolute(stackIndex + 1, name.substring(1), found);
          return;
        }
        entry = known == null ? -1 : known.find(name);
        unasked = i + 1; // what a redirect leads to is below this lower
      } else if (known != null && outcome != Outcome.METACOPY && known.hides(entry, i)) {
        return;
      }
    }
  }

  /**
   * Adds the parent's lower {@code i} to a directory that a lower above it has: no statx(2), since
   * only a directory merges and opening it tells whether it is one.
   *
   * @param unasked the first lower whose mark of the name has not been asked for
   * @return ABSENT, STOP if nothing of it or below it shows besides what was added, or DIRECTORY
   */
  private Outcome merge(DirectoryNode parent, int i, int unasked, String name, Found found) {
    LowerPath at = parent.lowers[i];
    LowerDir child;
    try (LowerDir directory = core.directories.lower(parent, i)) {
      child = directory.child(name);
    } catch (FsException e) {
      if (Errno.isAbsent(e.errno())) {
        return Outcome.ABSENT;
      }
      if (e.errno() == Errno.ENOTDIR) {
        return Outcome.STOP; // a whiteout, or a file: it hides what is below
      }
      throw e;
    }
    boolean marked = true;
    try {
      marked = isMarkedDirLocked(parent, unasked, i, name);
    } finally {
      if (marked) {
        child.close();
      }
    }
    return marked
        ? Outcome.STOP
        : addDirectory(at, name, child, found, isBelow(at.layer().index() - 1));
  }

  /** Whether a lower from {@code first} to before {@code end} marks the name as gone below it. */
  private boolean isMarkedDirLocked(DirectoryNode parent, int first, int end, String name) {
    for (int i = first; i < end; i++) {
      try (LowerDir directory = core.directories.lower(parent, i)) {
        if (Marks.hasWhiteoutName(directory, name)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Looks for a path from the roots of the lowers from {@code first} on: for directories, and for
   * the data of a metacopy.
   */
  private void searchAbsolute(int first, String firstPath, Found found) {
    String last = searchAbsoluteInLowers(first, firstPath, found);
    if (found.wantsData() && found.metacopyInLower) {
      metacopies.searchDataOnly(last, found);
    }
  }

  /** The path that was looked for last. */
  private String searchAbsoluteInLowers(int first, String firstPath, Found found) {
    String path = firstPath;
    for (int i = first; i < core.stack.lowerCount(); i++) {
      LowerLayer layer = core.stack.lower(i);
      RedirectWalk walk = new RedirectWalk(this, layer, path);
      if (walk.toParent()) {
        try (LowerDir parent = walk.parent()) {
          Outcome outcome = addFrom(parent, walk.parentPath(), walk.name(), found, isBelow(i));
          if (outcome == Outcome.FILE || outcome == Outcome.STOP) {
            return path;
          }
          if (isBelow(i)
              && outcome != Outcome.METACOPY
              && !found.hasRedirect()
              && Marks.hasWhiteoutName(parent, walk.name())) {
            return path;
          }
        }
      }
      if (walk.hidesBelow()) {
        return path;
      }
      path = walk.pathBelow();
      String redirect = found.takeRedirect();
      if (redirect != null) {
        String to = follow(redirect);
        path = to.startsWith("/") ? to.substring(1) : walk.siblingBelow(to);
      }
    }
    return path;
  }

  private enum Outcome {
    /** Nothing here: look further down. */
    ABSENT,
    /** A file: it is what the name means, or hides what is below a directory. */
    FILE,
    /** A file without its data: look further down for that. */
    METACOPY,
    /** A directory that lowers show through: look further down. */
    DIRECTORY,
    /** A whiteout or an opaque directory: nothing below shows. */
    STOP
  }

  /** Looks for a name in one lower directory and adds what is found there. */
  private Outcome addFrom(
      LowerDir directory, LowerPath at, String name, Found found, boolean below) {
    Stat stat = found.isVisible() ? new Stat() : found.stat;
    Presence presence = presence(directory, name, at.opacity(), stat);
    if (presence != Presence.PRESENT) {
      return presence == Presence.ABSENT ? Outcome.ABSENT : Outcome.STOP;
    }
    return add(directory, at, name, stat, found, below);
  }

  /** Adds an entry of a lower directory, whose attributes are {@code stat}. */
  private Outcome add(
      LowerDir directory, LowerPath at, String name, Stat stat, Found found, boolean below) {
    boolean first = !found.isVisible();
    if (!stat.isDirectory()) {
      return addFile(directory, at, name, found, stat);
    }
    if (found.metacopy) {
      return Outcome.STOP; // no data there
    }
    if (found.lowers == null) {
      found.lowerIno = core.inodeNumbers.compose(at.layer().fsid(), stat.ino);
    }
    found.state = first ? UpperEntry.LOWER : found.state;
    return addDirectory(at, name, directory.child(name), found, below);
  }

  /** Takes over a directory of a lower, {@code name} in the one at {@code at}. */
  private static Outcome addDirectory(
      LowerPath at, String name, LowerDir child, Found found, boolean below) {
    String path = Names.join(at.path(), name);
    Marks.OfDirectory marks = addLower(found, at.layer(), path, child, below);
    found.setRedirect(marks.redirect());
    return marks.opacity() == OPAQUE ? Outcome.STOP : Outcome.DIRECTORY;
  }

  private Outcome addFile(LowerDir directory, LowerPath at, String name, Found found, Stat stat) {
    boolean first = !found.isVisible();
    if (first) {
      found.state = UpperEntry.LOWER;
    } else if (!found.metacopy) {
      return Outcome.FILE; // hides what is below a directory
    }
    if (MetacopySearch.mayBe(stat, at.impure()) && metacopies.isOne(directory, name)) {
      found.metacopy = true;
      found.metacopyInLower = true;
      found.setRedirect(Marks.metacopyRedirect(directory, name));
      return Outcome.METACOPY;
    }
    if (found.metacopy && stat.isRegular()) {
      found.data = new LowerFile(at, name, stat.blocks);
    }
    return Outcome.FILE;
  }

  enum Presence {
    /** No such entry in this layer: look further down. */
    ABSENT,
    /** The entry is a whiteout: the name is absent. */
    WHITEOUT,
    /** The entry is there. */
    PRESENT
  }

  /**
   * @param opacity of the directory; null if it has not been asked, which only an empty regular
   *     file makes necessary
   */
  static Presence presence(LayerDir directory, String name, Marks.Opacity opacity, Stat stat) {
    if (!directory.stat(name, stat)) {
      return Presence.ABSENT;
    }
    if (Marks.isMarkName(name) && !Marks.isLiteral(directory, name)) {
      return Presence.ABSENT; // bookkeeping, not a name
    }
    return isWhiteout(directory, name, opacity, stat) ? Presence.WHITEOUT : Presence.PRESENT;
  }

  /** Whether an entry is a whiteout; {@code opacity} as for {@link #presence}. */
  static boolean isWhiteout(LayerDir directory, String name, Marks.Opacity opacity, Stat stat) {
    boolean unknown = opacity == null || Marks.isLongName(name);
    boolean ask = unknown && stat.isRegular() && stat.size == 0;
    return Marks.isWhiteout(directory, name, stat, ask ? Marks.opacity(directory) : opacity);
  }

  /** Takes over upper's directory; returns what its marks say. */
  private static Marks.OfDirectory addUpper(Found found, UpperDir directory) {
    found.opened.add(directory);
    Marks.OfDirectory marks = Marks.of(directory);
    found.upperOpacity = marks.opacity();
    return marks;
  }

  /** Takes over a lower directory; returns what its marks say. */
  private static Marks.OfDirectory addLower(
      Found found, LowerLayer layer, String path, LowerDir directory, boolean below) {
    if (found.opened.isEmpty()) {
      found.opened.add(null); // no upper
    }
    found.opened.add(directory);
    // Marks speak of the layers below; what they say of xattr whiteouts is asked when one may be
    // met.
    Marks.OfDirectory marks = below ? Marks.of(directory) : Marks.OfDirectory.NONE;
    if (found.lowers == null) {
      found.lowers = new ArrayList<>(4);
    }
    found.lowers.add(new LowerPath(layer, path, below ? marks.opacity() : null, marks.impure()));
    return marks;
  }

  /** The redirect, once it is known to be one that may be followed (ovl_get_redirect_xattr). */
  String follow(String redirect) {
    if (core.options.redirects() == RedirectPolicy.NOFOLLOW) {
      throw new FsException( // as overlayfs refuses it
          Errno.EPERM, "it was renamed: mount without redirect_dir=nofollow");
    }
    String rest = redirect.startsWith("/") ? redirect.substring(1) : redirect;
    boolean valid = !rest.isEmpty() && !(redirect.equals(rest) && rest.contains("/"));
    for (String name : rest.split("/", -1)) {
      valid &= !name.isEmpty() && !name.equals(".") && !name.equals("..");
    }
    if (!valid) {
      throw new FsException(
          Errno.EINVAL,
          "its redirect xattr \""
              + Names.display(redirect)
              + "\" is no name and no path: remove that with setfattr -x");
    }
    return redirect;
  }
}
