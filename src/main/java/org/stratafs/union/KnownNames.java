package org.stratafs.union;

import java.util.ArrayDeque;
import java.util.Deque;
import org.stratafs.layer.Marks;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.FsException;

/**
 * Which directories' names are known, and what is kept of them.
 *
 * <p>A listing reads all names anyway, and they are kept. Lookups read them once they have asked
 * layer by layer so often that reading would have been as cheap. What is kept is bounded; the
 * oldest goes first. With timeout=0, for lowers that change behind the mount, nothing is kept.
 *
 * <p>The monitor is a leaf lock, held for memory only.
 */
final class KnownNames {
  /** Names kept in all directories together: some 20 MiB. */
  private static final int CAPACITY = 200_000;

  /** What a directory with few names costs, in names. */
  private static final int DIRECTORY_COST = 4;

  /** Searches that ask layer by layer before the names are read, where there are several layers. */
  private static final int FEW_SEARCHES = 2;

  /**
   * From this many layers on the names are read at once: a search asks each of them for the name
   * and for its mark, and reading costs three calls more. With 500 layers the first two searches
   * took longer than all later ones together.
   */
  private static final int MANY_LAYERS = 8;

  /** The same for a directory of one layer, where only misses would be saved. */
  private static final int MANY_SEARCHES = 64;

  private final Core core;

  /** Directories with names, oldest first; one that left the node table goes in its turn. */
  private final Deque<DirectoryNode> kept = new ArrayDeque<>();

  private int cost;

  KnownNames(Core core) {
    this.core = core;
  }

  /**
   * The names in the directory's lowers, read now if they were not kept.
   *
   * @throws FsException what reading a lower says
   */
  LowerNames readDirLocked(DirectoryNode node) {
    LowerNames names = node.lowerNames;
    if (names == null) {
      names = LowerNames.read(core, node);
      if (core.options.keepCache() && names.isComplete()) {
        keep(node, names);
      }
    }
    return names;
  }

  /** The names in the directory's lowers if they are known, or worth reading by now; else null. */
  LowerNames forSearchDirLocked(DirectoryNode node) {
    LowerNames names = node.lowerNames;
    if (names != null || !core.options.keepCache() || !node.hasLower()) {
      return names;
    }
    if (node.searches++ != enoughSearches(node)) {
      return null;
    }
    try {
      if (node.isUpper() && node.mayHaveMarks) {
        readMarks(node);
      }
      LowerNames read = readDirLocked(node);
      return read.isComplete() ? read : null;
    } catch (FsException e) {
      return null; // a directory that can be searched but not read, or its listing will say why
    }
  }

  private static int enoughSearches(DirectoryNode node) {
    if (node.lowers.length >= MANY_LAYERS) {
      return 0;
    }
    return node.isMerged() ? FEW_SEARCHES : MANY_SEARCHES;
  }

  /** Whether the directory's upper may hold {@code .wh.NAME} marks. */
  boolean mayHaveMarksDirLocked(DirectoryNode node) {
    return node.mayHaveMarks || core.stack.marks().hasMadeNames() || !core.options.keepCache();
  }

  private void readMarks(DirectoryNode node) {
    boolean found = false;
    try (UpperDir directory = core.directories.upper(node)) {
      for (String name : directory.names()) {
        found |= Marks.isMarkName(name);
      }
    }
    node.mayHaveMarks = found;
  }

  private synchronized void keep(DirectoryNode node, LowerNames names) {
    node.lowerNames = names;
    kept.add(node);
    cost += costOf(names);
    while (cost > CAPACITY) {
      DirectoryNode oldest = kept.remove();
      cost -= costOf(oldest.lowerNames);
      oldest.lowerNames = null;
      oldest.searches = 0;
    }
  }

  private static int costOf(LowerNames names) {
    return names.size() + DIRECTORY_COST;
  }
}
