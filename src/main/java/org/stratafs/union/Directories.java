package org.stratafs.union;

import org.stratafs.fs.DirSink;
import org.stratafs.fs.Entry;
import org.stratafs.fs.OpenResult;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;

/**
 * Reading directories, without a handle: an offset says by itself how to go on.
 *
 * <p>Offsets: 1 is after ".", 2 after "..", and {@link Listing#offset} after an entry, which is the
 * same in every listing of the directory. A listing is taken at each read from the beginning and
 * kept until it was read to the end; should it be gone before, a new one goes on at the same name.
 */
final class Directories {
  private static final int DT_DIR = Mode.toDirentType(Mode.S_IFDIR);

  private final Core core;
  private final Lookup lookup;
  private final Search search;
  private final Origins origins;
  private final KnownNames knownNames;

  Directories(Core core, Lookup lookup, Search search, Origins origins, KnownNames knownNames) {
    this.core = core;
    this.lookup = lookup;
    this.search = search;
    this.origins = origins;
    this.knownNames = knownNames;
  }

  void open(long nodeid, OpenResult out) {
    core.nodes.directory(nodeid); // that there is one
    out.handle = 0;
    out.noFlush = true;
    out.backing = -1;
    out.keepCache = core.options.keepCache();
    out.cacheDirectory = core.options.keepCache();
  }

  /** READDIR, or READDIRPLUS if {@code plus} is not null, which is then scratch for its entries. */
  void read(long nodeid, long offset, Entry plus, DirSink sink) {
    DirectoryNode node = core.nodes.directory(nodeid);
    core.locks.names.lock();
    try {
      node.dirLock.lock();
      try {
        Listing listing = listingDirLocked(node, offset);
        if (addDots(node, offset, sink)) {
          addEntriesDirLocked(node, listing, offset, plus, sink);
        }
      } finally {
        node.dirLock.unlock();
      }
    } finally {
      core.locks.names.unlock();
    }
  }

  /** Whether the directory has no visible entry. */
  boolean isEmptyDirLocked(DirectoryNode node) {
    return readDirLocked(node).size() == 0;
  }

  private Listing listingDirLocked(DirectoryNode node, long offset) {
    Listing listing = node.listing;
    if (listing == null || offset == 0) {
      listing = readDirLocked(node);
      node.listing = listing;
    }
    return listing;
  }

  private Listing readDirLocked(DirectoryNode node) {
    try {
      return MergedDirectory.readDirLocked(core, search, origins, knownNames, node);
    } catch (FsException e) {
      core.complaints.unusable(node, "", e);
      throw e;
    }
  }

  private static boolean addDots(DirectoryNode node, long offset, DirSink sink) {
    if (offset < 1) {
      if (!sink.fits(1)) {
        return false;
      }
      sink.add(".", node.ino, DT_DIR, 1);
    }
    if (offset < 2) {
      if (!sink.fits(2)) {
        return false;
      }
      Link link = node.link();
      sink.add("..", link == null ? node.ino : link.parent().ino, DT_DIR, 2);
    }
    return true;
  }

  private void addEntriesDirLocked(
      DirectoryNode node, Listing listing, long offset, Entry plus, DirSink sink) {
    for (int i = listing.firstAfter(offset); i < listing.size(); i++) {
      String name = listing.name(i);
      if (!sink.fits(name.length())) {
        return;
      }
      long next = listing.offset(i);
      if (plus != null && lookUp(node, listing, i, plus)) {
        sink.addPlus(name, plus, next);
      } else {
        sink.add(name, listing.ino(i), listing.type(i), next);
      }
    }
    if (offset >= listing.lastOffset()) {
      node.listing = null; // read to the end
    }
  }

  /**
   * False, too, for an entry that cannot be looked up: it spoils itself only, and its own lookup
   * will say why.
   */
  private boolean lookUp(DirectoryNode node, Listing listing, int i, Entry plus) {
    try {
      return lookup.lookupListedDirLocked(node, listing, i, plus);
    } catch (FsException e) {
      return false;
    }
  }
}
