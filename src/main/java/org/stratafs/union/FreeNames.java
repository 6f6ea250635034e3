package org.stratafs.union;

import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.RenameFlags;

/**
 * Names that nothing visible has: what stands there in upper, and how something staged gets there.
 */
final class FreeNames {
  private final Core core;
  private final Search search;

  FreeNames(Core core, Search search) {
    this.core = core;
    this.search = search;
  }

  /**
   * What stands at a name that is free; ENOENT in a removed directory, EEXIST if the name is taken.
   */
  Found vacancyDirLocked(DirectoryNode parent, String name) {
    if (parent.removed) {
      throw new FsException(Errno.ENOENT);
    }
    if (core.nodes.child(parent, name) != null) {
      throw new FsException(Errno.EEXIST);
    }
    Found found = search.find(parent, name);
    found.closeOpened();
    if (found.isVisible()) {
      throw new FsException(Errno.EEXIST);
    }
    return found;
  }

  /** Puts a staged object under a free name, over a whiteout if one stands there. */
  void publish(
      UpperDir work,
      String staged,
      UpperDir directory,
      String name,
      boolean isDirectory,
      Found found) {
    if (found.state != UpperEntry.WHITEOUT) {
      work.rename(staged, directory, name, RenameFlags.NOREPLACE);
    } else if (isDirectory) {
      // A directory cannot replace a file: the two change places, and the whiteout is removed from
      // workdir.
      work.rename(staged, directory, name, RenameFlags.EXCHANGE);
      core.stack.work().discard(staged);
    } else {
      work.rename(staged, directory, name, 0);
    }
    if (found.nameMark) {
      core.stack.marks().removeNameMark(directory, name);
    }
  }
}
