package org.stratafs.union;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.stratafs.layer.Marks;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.DirectoryVisitor;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Stat;

/**
 * Reads all layers of a directory into one listing (linux fs/overlayfs/readdir.c,
 * ovl_dir_read_merged). Used once, by one thread, with the directory's dirLock held or renameLock
 * exclusively.
 *
 * <p>A whiteout hides the layers below it and not its own: where a layer has both NAME and {@code
 * .wh.NAME}, NAME shows.
 */
final class MergedDirectory {
  private static final int DT_CHR = 2;
  private static final int DT_DIR = 4;
  private static final int DT_REG = 8;

  /** In {@link #inUpper}: upper hides the name. */
  private static final int HIDDEN = -1;

  private final Core core;
  private final Search search;
  private final Origins origins;
  private final KnownNames knownNames;
  private final DirectoryNode node;
  private final Listing listing;
  private final Stat stat = new Stat();

  /** What upper says of names in lowers: index in the listing, or HIDDEN; null without lowers. */
  private Map<String, Integer> inUpper;

  private record RawEntry(String name, long ino, int type) {}

  private MergedDirectory(
      Core core, Search search, Origins origins, KnownNames knownNames, DirectoryNode node) {
    this.core = core;
    this.search = search;
    this.origins = origins;
    this.knownNames = knownNames;
    this.node = node;
    this.listing = new Listing(node.changes);
  }

  /** The listing, empty for a directory that was removed. */
  static Listing readDirLocked(
      Core core, Search search, Origins origins, KnownNames knownNames, DirectoryNode node) {
    MergedDirectory merged = new MergedDirectory(core, search, origins, knownNames, node);
    if (!node.removed) {
      merged.readLayers();
    }
    merged.listing.sort();
    return merged.listing;
  }

  private void readLayers() {
    LowerNames lowers = node.hasLower() ? knownNames.readDirLocked(node) : null;
    if (node.isUpper()) {
      inUpper = lowers == null ? null : new HashMap<>();
      readUpper();
    }
    if (lowers != null) {
      addLowers(lowers);
    }
  }

  private void readUpper() {
    try (UpperDir directory = core.directories.upper(node)) {
      Marks.Opacity opacity =
          node.upperOpacity != null ? node.upperOpacity : Marks.opacity(directory);
      List<RawEntry> raw = new ArrayList<>();
      directory.list(
          new DirectoryVisitor() {
            @Override
            public void entry(String name, long ino, int type) {
              raw.add(new RawEntry(name, ino, type));
            }
          });
      boolean marks = false;
      for (RawEntry entry : raw) {
        if (Marks.isMarkName(entry.name())) {
          marks = true;
          if (!Marks.isLiteral(directory, entry.name())) {
            continue;
          }
        }
        addFromUpper(directory, entry, opacity);
      }
      node.mayHaveMarks = marks;
      if (marks && inUpper != null) {
        for (RawEntry entry : raw) {
          String name = entry.name();
          if (Marks.isMarkName(name) && !inUpper.containsKey(name)) {
            hideBelow(name.substring(Marks.PREFIX.length()));
          }
        }
      }
    }
  }

  /** A mark in upper hides what lowers have under the name, and not an entry of upper's own. */
  private void hideBelow(String name) {
    Integer shown = inUpper.putIfAbsent(name, HIDDEN);
    if (shown != null && shown != HIDDEN) {
      inUpper.put(name, HIDDEN); // it is in the listing already
    }
  }

  private void addFromUpper(UpperDir directory, RawEntry entry, Marks.Opacity opacity) {
    String name = entry.name();
    int type = entry.type();
    boolean mayBeWhiteout =
        type == DT_CHR
            || type == Mode.DT_UNKNOWN
            || (type == DT_REG
                && (opacity == Marks.Opacity.XATTR_WHITEOUTS || Marks.isLongName(name)));
    if (mayBeWhiteout) {
      try {
        if (!directory.stat(name, stat)) {
          return; // gone since it was read
        }
        type = Mode.toDirentType(stat.mode);
        if (Search.isWhiteout(directory, name, opacity, stat)) {
          if (inUpper != null) {
            inUpper.put(name, HIDDEN);
          }
          return;
        }
      } catch (FsException e) {
        type = entry.type(); // it spoils itself only, and its own lookup will say why
      }
    }
    int index = listing.add(name, upperIno(entry, type), type, 0);
    if (inUpper != null) {
      inUpper.put(name, index);
    }
  }

  private void addLowers(LowerNames lowers) {
    for (int i = 0; i < lowers.size(); i++) {
      int lower = lowers.shownIn(i);
      if (lower < 0) {
        continue;
      }
      String name = lowers.name(i);
      long ino = core.inodeNumbers.compose(node.lowers[lower].layer().fsid(), lowers.ino(i));
      Integer upper = inUpper == null ? null : inUpper.get(name);
      if (upper == null) {
        listing.add(name, ino, lowers.type(i), lower + 1);
      } else if (upper != HIDDEN && lowers.type(i) == DT_DIR && isMergedHere(upper, name)) {
        listing.setIno(upper, ino);
      }
    }
  }

  /** Whether a name that upper and a lower have is one directory, with the lower's st_ino. */
  private boolean isMergedHere(int upper, String name) {
    return listing.type(upper) == DT_DIR
        && core.nodes.child(node, name) == null
        && !origins.isImpureDirLocked(node)
        && !isOpaqueInUpper(name);
  }

  /** d_ino of an entry of upper, equal to what a lookup would give as st_ino. */
  private long upperIno(RawEntry entry, int type) {
    Node known = core.nodes.child(node, entry.name());
    if (known != null) {
      return known.ino;
    }
    if (type != DT_DIR) {
      return origins.inoDirLocked(node, entry.name(), entry.ino());
    }
    return origins.isImpureDirLocked(node)
        ? inoOfMoved(entry)
        : core.inodeNumbers.compose(0, entry.ino());
  }

  /**
   * An upper directory that may have been renamed here takes the st_ino of what its redirect leads
   * to.
   */
  private long inoOfMoved(RawEntry entry) {
    long own = core.inodeNumbers.compose(0, entry.ino());
    try {
      Found found = search.find(node, entry.name());
      found.closeOpened();
      return found.lowers == null ? own : found.lowerIno;
    } catch (FsException e) {
      return own; // a redirect that cannot be followed spoils its own directory only
    }
  }

  private boolean isOpaqueInUpper(String name) {
    try (UpperDir upper = core.directories.upper(node);
        UpperDir child = upper.child(name)) {
      return Marks.opacity(child) == Marks.Opacity.OPAQUE;
    }
  }
}
