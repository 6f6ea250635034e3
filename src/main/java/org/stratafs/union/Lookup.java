package org.stratafs.union;

import java.util.ArrayList;
import java.util.List;
import org.stratafs.fs.Caller;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.layer.LayerDir;
import org.stratafs.layer.LowerDir;
import org.stratafs.layer.LowerLayer;
import org.stratafs.layer.Marks;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;

/**
 * From a name to a node: the search through the layers, top down (linux fs/overlayfs/namei.c,
 * ovl_lookup).
 *
 * <p>Methods ending in {@code DirLocked} want the parent's dirLock held, or renameLock exclusively.
 */
final class Lookup {
  private static final LowerPath[] NO_LOWERS = {};

  private final Core core;
  private final Attributes attributes;
  private final Origins origins;

  Lookup(Core core, Attributes attributes, Origins origins) {
    this.core = core;
    this.attributes = attributes;
    this.origins = origins;
  }

  Origins origins() {
    return origins;
  }

  /** Makes the root: all layer roots merged, down to an opaque one. */
  DirectoryNode openRoot() {
    Found found = new Found();
    try {
      boolean goOn = true;
      if (core.stack.upper() != null) {
        found.state = UpperEntry.UPPER;
        goOn = addUpper(found, core.stack.upper().openDirectory(""));
      }
      for (int i = 0; goOn && i < core.stack.lowerCount(); i++) {
        LowerLayer layer = core.stack.lower(i);
        goOn = addLower(found, layer, "", layer.openDirectory(""), i + 1 < core.stack.lowerCount());
      }
      DirectoryNode root = makeDirectory(found);
      core.nodes.addRoot(root);
      return root;
    } finally {
      found.closeOpened();
    }
  }

  /** FileSystem.lookup. */
  void lookup(Caller caller, long parentId, String name, Entry out) {
    if (name.equals(".") || name.equals("..")) {
      lookupDot(parentId, name, out);
      return;
    }
    Core.checkName(name);
    DirectoryNode parent = core.nodes.directory(parentId);
    core.locks.names.lock();
    try {
      parent.dirLock.lock();
      try {
        lookupDirLocked(parent, name, out);
      } finally {
        parent.dirLock.unlock();
      }
    } finally {
      core.locks.names.unlock();
    }
  }

  /** Fills an entry and counts the lookup; nodeid 0 if the name is absent. */
  void lookupDirLocked(DirectoryNode parent, String name, Entry out) {
    Node node = core.nodes.child(parent, name);
    if (node == null || !statKnown(node, parent, name, out.attr)) {
      node = findNodeDirLocked(parent, name, out.attr);
      if (node == null) {
        out.nodeid = 0;
        return;
      }
    }
    reply(node, out);
  }

  /**
   * Fills the attributes; false, and the name is forgotten, if the layers were changed behind the
   * mount.
   */
  private boolean statKnown(Node node, DirectoryNode parent, String name, Stat attr) {
    try {
      attributes.statNameDirLocked(node, parent, name, attr);
      return true;
    } catch (FsException e) {
      if (e.errno() != Errno.ESTALE) {
        throw e;
      }
      core.nodes.unlink(node, new Link(parent, name));
      return false;
    }
  }

  /** Completes an entry whose attributes are already there, and counts the lookup. */
  void reply(Node node, Entry out) {
    core.nodes.reference(node);
    out.nodeid = node.nodeid;
    out.generation = core.options.generation();
  }

  /**
   * The node a name leads to, made if it is not known yet; null if the name is absent. No lookup is
   * counted.
   */
  Node nodeDirLocked(DirectoryNode parent, String name) {
    Node node = core.nodes.child(parent, name);
    return node != null ? node : findNodeDirLocked(parent, name, new Stat());
  }

  private Node findNodeDirLocked(DirectoryNode parent, String name, Stat attr) {
    Found found = findDirLocked(parent, name);
    try {
      if (!found.isVisible()) {
        return null;
      }
      Node node = makeNode(parent, name, found);
      core.nodes.link(node, new Link(parent, name));
      attr.set(found.stat);
      attributes.present(node, attr);
      return node;
    } finally {
      found.closeOpened();
    }
  }

  /**
   * Looks up an entry of a listing of this directory, and counts it; false if the name is gone.
   * While the directory has not changed since, a file costs one statx(2) in the layer it was listed
   * from.
   */
  boolean lookupListedDirLocked(DirectoryNode parent, Listing listing, int i, Entry out) {
    String name = listing.name(i);
    if (listing.changes == parent.changes
        && listing.type(i) != Mode.toDirentType(Mode.S_IFDIR)
        && core.nodes.child(parent, name) == null) {
      Found found = new Found();
      if (!statListed(parent, listing, i, found)) {
        return false;
      }
      Node node = makeNode(parent, name, found);
      core.nodes.link(node, new Link(parent, name));
      out.attr.set(found.stat);
      attributes.present(node, out.attr);
      reply(node, out);
      return true;
    }
    lookupDirLocked(parent, name, out);
    return out.nodeid != 0;
  }

  private boolean statListed(DirectoryNode parent, Listing listing, int i, Found found) {
    int source = listing.source(i);
    found.state = source == 0 ? UpperEntry.UPPER : UpperEntry.LOWER;
    found.lowerIndex = source - 1;
    try (LayerDir directory =
        source == 0
            ? core.directories.upper(parent)
            : core.directories.lower(parent, found.lowerIndex)) {
      return directory.stat(listing.name(i), found.stat)
          && Mode.toDirentType(found.stat.mode) == listing.type(i);
    }
  }

  /**
   * Searches the layers for a name. The caller closes what was opened ({@link Found#closeOpened}).
   */
  Found findDirLocked(DirectoryNode parent, String name) {
    Found found = new Found();
    if (parent.removed) {
      return found;
    }
    boolean done = false;
    try {
      if (!parent.isUpper() || searchUpper(parent, name, found)) {
        searchLowers(parent, name, found, 0);
      }
      done = true;
      return found;
    } finally {
      if (!done) {
        found.closeOpened();
      }
    }
  }

  /** Whether a lower shows the name, whatever upper says: then deleting it needs a whiteout. */
  boolean isInLowerDirLocked(DirectoryNode parent, String name) {
    if (!parent.hasLower()) {
      return false;
    }
    Found found = new Found();
    try {
      searchLowers(parent, name, found, 0);
      return found.isVisible();
    } finally {
      found.closeOpened();
    }
  }

  /** Looks into upper; returns whether lowers can still contribute. */
  private boolean searchUpper(DirectoryNode parent, String name, Found found) {
    try (UpperDir directory = core.directories.upper(parent)) {
      boolean below = parent.hasLower();
      Presence presence = presence(directory, name, parent.upperXattrWhiteouts, found.stat);
      if (presence == Presence.WHITEOUT) {
        found.state = UpperEntry.WHITEOUT;
        found.nameMark = Marks.hasWhiteoutName(directory, name);
        return false;
      }
      boolean nameMark = below && Marks.hasWhiteoutName(directory, name);
      found.nameMark = nameMark;
      if (presence == Presence.ABSENT) {
        return below && !nameMark;
      }
      found.state = UpperEntry.UPPER;
      if (!found.stat.isDirectory()) {
        return false;
      }
      return below && addUpper(found, directory.child(name)) && !nameMark;
    }
  }

  /** Looks into the lowers from {@code first} on and adds what shows through. */
  private void searchLowers(DirectoryNode parent, String name, Found found, int first) {
    Stat stat = found.isVisible() ? new Stat() : found.stat;
    for (int i = first; i < parent.lowers.length; i++) {
      LowerPath at = parent.lowers[i];
      boolean below = i + 1 < parent.lowers.length;
      try (LowerDir directory = core.directories.lower(parent, i)) {
        Presence presence = presence(directory, name, at.xattrWhiteouts(), stat);
        if (presence == Presence.WHITEOUT) {
          return;
        }
        if (presence == Presence.PRESENT) {
          if (!stat.isDirectory()) {
            if (!found.isVisible()) {
              found.state = UpperEntry.LOWER;
              found.lowerIndex = i;
            }
            return; // a file below a directory is hidden by it, and hides what is below
          }
          if (found.lowers == null) {
            found.lowerIno = core.inodeNumbers.compose(at.layer().fsid(), stat.ino);
          }
          if (!found.isVisible()) {
            found.state = UpperEntry.LOWER;
            stat = new Stat();
          }
          String path = Names.join(at.path(), name);
          if (!addLower(found, at.layer(), path, directory.child(name), below)) {
            return;
          }
        }
        if (below && Marks.hasWhiteoutName(directory, name)) {
          return;
        }
      }
    }
  }

  private enum Presence {
    /** No such entry in this layer: look further down. */
    ABSENT,
    /** The entry is a whiteout: the name is absent. */
    WHITEOUT,
    /** The entry is there. */
    PRESENT
  }

  private static Presence presence(
      LayerDir directory, String name, boolean xattrWhiteouts, Stat stat) {
    if (!directory.stat(name, stat)) {
      return Presence.ABSENT;
    }
    if (Marks.isMarkName(name) && !Marks.isLiteral(directory, name)) {
      return Presence.ABSENT; // bookkeeping, not a name
    }
    return Marks.isWhiteout(directory, name, stat, opacity(xattrWhiteouts))
        ? Presence.WHITEOUT
        : Presence.PRESENT;
  }

  private static Marks.Opacity opacity(boolean xattrWhiteouts) {
    return xattrWhiteouts ? Marks.Opacity.XATTR_WHITEOUTS : Marks.Opacity.NONE;
  }

  /** Takes over upper's directory; returns whether lowers show through it. */
  private boolean addUpper(Found found, UpperDir directory) {
    found.opened.add(directory);
    Marks.Opacity opacity = Marks.opacity(directory);
    found.upperXattrWhiteouts = opacity == Marks.Opacity.XATTR_WHITEOUTS;
    return opacity != Marks.Opacity.OPAQUE;
  }

  /** Takes over a lower directory; returns whether further ones show through it. */
  private boolean addLower(
      Found found, LowerLayer layer, String path, LowerDir directory, boolean below) {
    if (found.opened.isEmpty()) {
      found.opened.add(null); // no upper
    }
    found.opened.add(directory);
    // An opaque mark matters only if there is something below; xattr whiteouts only then, too: each
    // hides something lower.
    Marks.Opacity opacity = below ? Marks.opacity(directory) : Marks.Opacity.NONE;
    if (found.lowers == null) {
      found.lowers = new ArrayList<>(4);
    }
    boolean xattrWhiteouts = opacity == Marks.Opacity.XATTR_WHITEOUTS;
    found.lowers.add(new LowerPath(layer, path, xattrWhiteouts));
    return opacity != Marks.Opacity.OPAQUE;
  }

  private Node makeNode(DirectoryNode parent, String name, Found found) {
    if (found.stat.isDirectory()) {
      return makeDirectory(found);
    }
    int type = Mode.type(found.stat.mode);
    if (found.state == UpperEntry.LOWER) {
      int fsid = parent.lowers[found.lowerIndex].layer().fsid();
      long ino = core.inodeNumbers.compose(fsid, found.stat.ino);
      return new FileNode(core.nodes.newId(), type, ino, false, parent, found.lowerIndex, name);
    }
    return upperFile(parent, name, found.stat);
  }

  /** The node of a file in upper: the one it has under another name, or a new one. */
  private FileNode upperFile(DirectoryNode parent, String name, Stat stat) {
    if (stat.nlink > 1) {
      FileNode shared = core.nodes.byUpperInode(stat.ino);
      if (shared != null) {
        return shared;
      }
    }
    long ino = origins.inoDirLocked(parent, name, stat.ino);
    int type = Mode.type(stat.mode);
    FileNode node = new FileNode(core.nodes.newId(), type, ino, true);
    if (stat.nlink > 1) {
      core.nodes.shareInode(node, stat.ino);
    }
    return node;
  }

  private DirectoryNode makeDirectory(Found found) {
    List<LowerPath> lowers = found.lowers;
    LowerPath[] paths = lowers == null ? NO_LOWERS : lowers.toArray(NO_LOWERS);
    boolean upper = found.state == UpperEntry.UPPER;
    long id = core.nodes.newId();
    long ino =
        paths.length > 0 && id != FileSystem.ROOT
            ? found.lowerIno
            : core.inodeNumbers.compose(0, found.stat.ino);
    if (id == FileSystem.ROOT) {
      ino = rootIno(found);
    }
    DirectoryNode node = new DirectoryNode(id, ino, upper, found.upperXattrWhiteouts, paths);
    for (int i = 0; i < found.opened.size(); i++) {
      LayerDir directory = found.opened.get(i);
      if (directory != null) {
        core.directories.offer(node, i, directory);
      }
    }
    found.opened.clear();
    return node;
  }

  private long rootIno(Found found) {
    Stat stat = new Stat();
    int first = found.lowers == null ? 0 : 1; // opened: 0 upper, 1 the topmost lower
    LayerDir directory = found.opened.get(first);
    directory.statSelf(stat);
    return core.inodeNumbers.compose(directory.layer().fsid(), stat.ino);
  }

  /** "." and "..", which NFS export and open_by_handle_at ask for (FUSE_EXPORT_SUPPORT). */
  private void lookupDot(long nodeid, String name, Entry out) {
    Node node = core.nodes.get(nodeid);
    core.locks.names.lock();
    try {
      Link link = node.link();
      if (name.equals("..") && link != null) {
        node = link.parent();
      }
    } finally {
      core.locks.names.unlock();
    }
    attributes.stat(node, out.attr);
    reply(node, out);
  }
}
