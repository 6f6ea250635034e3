package org.stratafs.union;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.stratafs.layer.LayerDir;
import org.stratafs.layer.LowerDir;
import org.stratafs.layer.Marks;
import org.stratafs.layer.UpperDir;
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

  /** In {@link #seen}: no entry of this name shows. */
  private static final int HIDDEN = -1;

  private final Core core;
  private final Search search;
  private final Origins origins;
  private final DirectoryNode node;
  private final Listing listing;
  private final Stat stat = new Stat();

  /** Name to index in the listing, or HIDDEN; null while one layer is all there is. */
  private Map<String, Integer> seen;

  /**
   * Directories of upper that have not met a lower yet, from which they would take their st_ino.
   */
  private final Set<Integer> pendingDirectories = new HashSet<>();

  /** What one layer has, as it was read. */
  private final List<RawEntry> raw = new ArrayList<>();

  private record RawEntry(String name, long ino, int type) {}

  private MergedDirectory(Core core, Search search, Origins origins, DirectoryNode node) {
    this.core = core;
    this.search = search;
    this.origins = origins;
    this.node = node;
    this.listing = new Listing(node.changes);
  }

  /** The listing, empty for a directory that was removed. */
  static Listing readDirLocked(Core core, Search search, Origins origins, DirectoryNode node) {
    MergedDirectory merged = new MergedDirectory(core, search, origins, node);
    if (!node.removed) {
      merged.readLayers();
    }
    return merged.listing;
  }

  private void readLayers() {
    if (node.isMerged()) {
      seen = new HashMap<>();
    }
    if (node.isUpper()) {
      try (UpperDir directory = core.directories.upper(node)) {
        readLayer(directory, 0, opacity(directory));
      }
    }
    for (int i = 0; i < node.lowers.length; i++) {
      try (LowerDir directory = core.directories.lower(node, i)) {
        readLayer(directory, i + 1, node.lowers[i].opacityOf(directory));
      }
    }
  }

  private Marks.Opacity opacity(UpperDir directory) {
    return node.upperOpacity != null ? node.upperOpacity : Marks.opacity(directory);
  }

  private void readLayer(LayerDir directory, int source, Marks.Opacity opacity) {
    raw.clear();
    directory.list((name, ino, type) -> raw.add(new RawEntry(name, ino, type)));
    List<String> whiteouts = null;
    for (RawEntry entry : raw) {
      String name = entry.name();
      if (Marks.isMarkName(name) && !Marks.isLiteral(directory, name)) {
        if (seen != null) {
          whiteouts = whiteouts == null ? new ArrayList<>() : whiteouts;
          whiteouts.add(name.substring(Marks.PREFIX.length()));
        }
        continue;
      }
      addEntry(directory, entry, source, opacity);
    }
    if (whiteouts != null) {
      for (String name : whiteouts) {
        seen.putIfAbsent(name, HIDDEN);
        Integer shown = seen.get(name);
        if (shown != HIDDEN) {
          pendingDirectories.remove(shown);
        }
      }
    }
  }

  private void addEntry(LayerDir directory, RawEntry entry, int source, Marks.Opacity opacity) {
    String name = entry.name();
    Integer shown = seen == null ? null : seen.get(name);
    if (shown != null) {
      meetLower(directory, shown, entry);
      return;
    }
    int type = entry.type();
    boolean mayBeWhiteout =
        type == DT_CHR
            || type == Mode.DT_UNKNOWN
            || (type == DT_REG && opacity == Marks.Opacity.XATTR_WHITEOUTS);
    if (mayBeWhiteout) {
      try {
        if (!directory.stat(name, stat)) {
          return; // gone since it was read
        }
        type = Mode.toDirentType(stat.mode);
        if (Marks.isWhiteout(directory, name, stat, opacity)) {
          if (seen != null) {
            seen.put(name, HIDDEN);
          }
          return;
        }
      } catch (FsException e) {
        type = entry.type(); // it spoils itself only, and its own lookup will say why
      }
    }
    int index = listing.add(name, ino(entry, source, type), type, source);
    if (seen != null) {
      seen.put(name, index);
      if (source == 0
          && type == DT_DIR
          && core.nodes.child(node, name) == null
          && !origins.isImpureDirLocked(node)) {
        pendingDirectories.add(index);
      }
    }
  }

  /** d_ino, equal to what a lookup would give as st_ino. */
  private long ino(RawEntry entry, int source, int type) {
    Node known = core.nodes.child(node, entry.name());
    if (known != null) {
      return known.ino;
    }
    if (source > 0) {
      return core.inodeNumbers.compose(node.lowers[source - 1].layer().fsid(), entry.ino());
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

  /**
   * A lower has a name that is listed already: a merged directory takes the st_ino of its topmost
   * lower.
   */
  private void meetLower(LayerDir directory, int shown, RawEntry entry) {
    if (shown == HIDDEN || !pendingDirectories.remove(shown)) {
      return;
    }
    long ino = entry.ino();
    int type = entry.type();
    if (type == Mode.DT_UNKNOWN && directory.stat(entry.name(), stat)) {
      type = Mode.toDirentType(stat.mode);
    }
    if (type == DT_DIR && !isOpaqueInUpper(entry.name())) {
      listing.setIno(shown, core.inodeNumbers.compose(directory.layer().fsid(), ino));
    }
  }

  private boolean isOpaqueInUpper(String name) {
    try (UpperDir upper = core.directories.upper(node);
        UpperDir child = upper.child(name)) {
      return Marks.opacity(child) == Marks.Opacity.OPAQUE;
    }
  }
}
