package org.stratafs.union;

import java.util.List;
import org.stratafs.fs.Caller;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.layer.LayerDir;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Stat;

/**
 * From a name to a node, found or made, with its lookup counted.
 *
 * <p>Methods ending in {@code DirLocked} want the parent's dirLock held, or renameLock exclusively.
 */
final class Lookup {
  private static final LowerPath[] NO_LOWERS = {};

  private final Core core;
  private final Search search;
  private final Attributes attributes;
  private final Origins origins;
  private final HardLinks hardLinks;
  private final Recheck recheck;

  Lookup(
      Core core,
      Search search,
      Attributes attributes,
      Origins origins,
      HardLinks hardLinks,
      Recheck recheck) {
    this.core = core;
    this.search = search;
    this.attributes = attributes;
    this.origins = origins;
    this.hardLinks = hardLinks;
    this.recheck = recheck;
  }

  /** Makes the root. */
  void openRoot() {
    Found found = search.findRoot();
    try {
      core.nodes.addRoot(makeDirectory(found));
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
    if (core.options.looksAgain()) {
      lookAgainDirLocked(parent, name, out);
      return;
    }
    Node node = core.nodes.acquireChild(parent, name, out);
    if (node != null) {
      boolean known = false;
      try {
        known = statKnown(node, parent, name, out.attr);
      } finally {
        if (!known) {
          core.nodes.forget(out.nodeid, 1);
        }
      }
      if (known) {
        fillGeneration(out);
        return;
      }
    }
    node = findNodeDirLocked(parent, name, out.attr);
    if (node == null) {
      out.nodeid = 0;
    } else {
      reply(node, out);
    }
  }

  /** The same, where layers are changed behind the mount: what is known is not believed. */
  private void lookAgainDirLocked(DirectoryNode parent, String name, Entry out) {
    Node known = core.nodes.acquireChild(parent, name, out);
    long acquired = out.nodeid;
    boolean still = false;
    Found found = null;
    try {
      found = search.find(parent, name);
      still =
          known != null
              && found.isVisible()
              && recheck.isStillDirLocked(known, parent, name, found);
      if (still) {
        present(known, parent, name, found, out.attr);
        fillGeneration(out);
        return;
      }
      if (known != null) {
        core.nodes.unlink(known, new Link(parent, name));
      }
      if (found.isVisible()) {
        reply(linkNode(parent, name, found, out.attr), out);
      } else {
        out.nodeid = 0;
      }
    } finally {
      if (known != null && !still) {
        core.nodes.forget(acquired, 1);
      }
      if (found != null) {
        found.closeOpened();
      }
    }
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
      if (e.errno() != Errno.ESTALE && e.errno() != Errno.ENOENT) {
        throw e;
      }
      core.nodes.unlink(node, new Link(parent, name));
      return false;
    }
  }

  /** Completes an entry whose attributes are already there, and counts the lookup. */
  void reply(Node node, Entry out) {
    core.nodes.reference(node, out);
    fillGeneration(out);
  }

  private void fillGeneration(Entry out) {
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
    Found found = search.find(parent, name);
    try {
      if (!found.isVisible()) {
        return null;
      }
      return linkNode(parent, name, found, attr);
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
      if (!MetacopySearch.mayBe(found.stat, isImpureDirLocked(parent, found))) {
        reply(linkNode(parent, name, found, out.attr), out);
        return true;
      }
    }
    lookupDirLocked(parent, name, out);
    return out.nodeid != 0;
  }

  /** Whether the directory that was listed has copied-up children. */
  private boolean isImpureDirLocked(DirectoryNode parent, Found found) {
    return found.state == UpperEntry.UPPER
        ? origins.isImpureDirLocked(parent)
        : parent.lowers[found.lowerIndex].impure();
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

  /** The node of what was found, under its name, with its attributes. */
  private Node linkNode(DirectoryNode parent, String name, Found found, Stat attr) {
    Node node = makeNode(parent, name, found);
    core.nodes.link(node, new Link(parent, name));
    present(node, parent, name, found, attr);
    return node;
  }

  /** The attributes of a node that was just found. */
  private void present(Node node, DirectoryNode parent, String name, Found found, Stat attr) {
    if (node.isUpper() == (found.state == UpperEntry.UPPER)) {
      attr.set(found.stat);
      attributes.present(node, attr);
    } else {
      attributes.statNameDirLocked(
          node, parent, name, attr); // a hard link to what was copied up by another name
    }
  }

  private Node makeNode(DirectoryNode parent, String name, Found found) {
    if (found.stat.isDirectory()) {
      return makeDirectory(found);
    }
    int type = Mode.type(found.stat.mode);
    if (found.state == UpperEntry.LOWER) {
      LowerPath at = parent.lowers[found.lowerIndex];
      if (found.stat.nlink > 1 && found.stat.isRegular() && hardLinks.isOn()) {
        return hardLinked(parent, name, found, hardLinks.key(at, found.stat));
      }
      long ino = core.inodeNumbers.compose(at.layer().fsid(), found.stat.ino);
      FileNode node =
          new FileNode(core.nodes.newId(), type, ino, false, parent, found.lowerIndex, name, null);
      node.setLowerData(found.data);
      return node;
    }
    return upperFile(parent, name, found);
  }

  /**
   * The node of a lower file that has several names: the one known by another name, or a new one.
   */
  private FileNode hardLinked(DirectoryNode parent, String name, Found found, String key) {
    FileNode node = core.nodes.byIndexKey(key);
    if (node == null) {
      core.locks.links.lock();
      try {
        node = core.nodes.byIndexKey(key); // look again: another name may have been faster
        if (node == null) {
          node = makeHardLinked(parent, name, found, key);
        }
      } finally {
        core.locks.links.unlock();
      }
    }
    if (node.isUpper()) {
      node.meetAlias();
    }
    return node;
  }

  private FileNode makeHardLinked(DirectoryNode parent, String name, Found found, String key) {
    Stat copy = new Stat();
    boolean upper = hardLinks.find(key, copy);
    LowerPath at = parent.lowers[found.lowerIndex];
    long ino = core.inodeNumbers.compose(at.layer().fsid(), found.stat.ino);
    FileNode node =
        new FileNode(
            core.nodes.newId(),
            Mode.type(found.stat.mode),
            ino,
            upper,
            parent,
            found.lowerIndex,
            name,
            key);
    node.setLowerData(upper ? dataOfCopy(node, found, at, copy) : found.data);
    core.nodes.shareKey(node);
    if (upper) {
      core.nodes.shareInode(node, copy.ino);
      node.setNames(hardLinks.names(node));
    } else {
      node.setLowerNamesRemoved(hardLinks.removedInLower(key));
    }
    return node;
  }

  /** Where the data of a hard link's copy is if it is a metacopy: the lower file was just found. */
  private LowerFile dataOfCopy(FileNode node, Found found, LowerPath at, Stat copy) {
    boolean metacopy =
        MetacopySearch.mayBe(copy, true)
            && hardLinks.on(node, (links, key) -> search.isMetacopy(links, key));
    if (!metacopy) {
      return null;
    }
    return found.data != null ? found.data : new LowerFile(at, node.lowerName, found.stat.blocks);
  }

  /** The node of a file in upper: the one it has under another name, or a new one. */
  private FileNode upperFile(DirectoryNode parent, String name, Found found) {
    Stat stat = found.stat;
    if (stat.nlink <= 1) {
      return makeUpperFile(parent, name, found);
    }
    FileNode shared = sharedUpperInode(stat);
    if (shared != null) {
      return shared;
    }
    core.locks.links.lock();
    try {
      shared = sharedUpperInode(stat); // look again: another name may have been faster
      return shared != null ? shared : makeUpperFile(parent, name, found);
    } finally {
      core.locks.links.unlock();
    }
  }

  private FileNode sharedUpperInode(Stat stat) {
    FileNode shared = core.nodes.byUpperInode(stat.ino);
    // Of another type if the inode was removed behind the mount and its number used again (I2).
    return shared != null && shared.type() == Mode.type(stat.mode) ? shared : null;
  }

  private FileNode makeUpperFile(DirectoryNode parent, String name, Found found) {
    Stat stat = found.stat;
    long ino = origins.inoDirLocked(parent, name, stat.ino);
    int type = Mode.type(stat.mode);
    String key = stat.nlink > 1 && hardLinks.isOn() ? indexKey(parent, name, stat) : null;
    FileNode node = new FileNode(core.nodes.newId(), type, ino, true, null, -1, null, key);
    node.setLowerData(found.data);
    if (stat.nlink > 1) {
      core.nodes.shareInode(node, stat.ino);
    } else if (core.options.looksAgain()) {
      core.nodes.isUpperInode(node, stat.ino);
    }
    if (key != null) {
      core.nodes.shareKey(node);
      node.setNames(hardLinks.names(node));
    }
    return node;
  }

  /** The key under which the index has this very inode, null if it has not. */
  private String indexKey(DirectoryNode parent, String name, Stat stat) {
    if (!origins.isImpureDirLocked(parent)) {
      return null;
    }
    try (UpperDir directory = core.directories.upper(parent)) {
      String key = hardLinks.keyOfCopy(directory, name);
      Stat copy = new Stat();
      return key != null && hardLinks.find(key, copy) && copy.ino == stat.ino ? key : null;
    }
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
    DirectoryNode node = new DirectoryNode(core.locks, id, ino, upper, found.upperOpacity, paths);
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
