package org.stratafs.union;

import java.util.List;
import org.stratafs.layer.LayerDir;
import org.stratafs.layer.Marks;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Stat;

/**
 * With timeout=0, for layers that are changed behind the mount: whether what a name leads to on
 * disk is still what its node stands for. A name that leads elsewhere gets a new node, and the old
 * one answers ESTALE, upon which the kernel looks the name up again.
 */
final class Recheck {
  private static final Marks.Opacity XATTR_WHITEOUTS = Marks.Opacity.XATTR_WHITEOUTS;

  private final Core core;
  private final HardLinks hardLinks;

  Recheck(Core core, HardLinks hardLinks) {
    this.core = core;
    this.hardLinks = hardLinks;
  }

  /**
   * Whether the node is what was found under the name just now; the parent's dirLock is held. Of a
   * directory's layers, those that were replaced by others of the same name are taken over.
   */
  boolean isStillDirLocked(Node node, DirectoryNode parent, String name, Found found) {
    if (Mode.type(found.stat.mode) != node.type()) {
      return false;
    }
    if (node instanceof DirectoryNode directory) {
      return isStillDirectory(directory, found);
    }
    FileNode file = (FileNode) node;
    if (found.state == UpperEntry.UPPER) {
      return file.isUpper() && core.nodes.isUpperInode(file, found.stat.ino);
    }
    LowerPath at = parent.lowers[found.lowerIndex];
    if (file.indexKey() != null) {
      return file.indexKey().equals(hardLinks.key(at, found.stat));
    }
    return !file.isUpper()
        && file.lowerParent == parent
        && file.lowerIndex == found.lowerIndex
        && file.lowerName.equals(name)
        && isLowerInode(file, found.stat);
  }

  /** Whether a lower file has the inode number that its node was made with. */
  boolean isLowerInode(FileNode file, Stat stat) {
    int fsid = file.lowerParent.lowers[file.lowerIndex].layer().fsid();
    return core.inodeNumbers.compose(fsid, stat.ino) == file.ino;
  }

  private boolean isStillDirectory(DirectoryNode node, Found found) {
    boolean upper = found.state == UpperEntry.UPPER;
    if (upper != node.isUpper() || !hasLowers(node, found.lowers)) {
      return false;
    }
    // A lower directory that was copied up, and one made through the mount, have no such marks.
    if (upper
        && (found.upperOpacity == XATTR_WHITEOUTS) != (node.upperOpacity == XATTR_WHITEOUTS)
        && node.hasLower()) {
      return false;
    }
    long ino = node.hasLower() ? found.lowerIno : core.inodeNumbers.compose(0, found.stat.ino);
    if (ino != node.ino) {
      return false;
    }
    takeOver(node, found);
    return true;
  }

  private static boolean hasLowers(DirectoryNode node, List<LowerPath> lowers) {
    int count = lowers == null ? 0 : lowers.size();
    if (count != node.lowers.length) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      if (!lowers.get(i).equals(node.lowers[i])) {
        return false;
      }
    }
    return true;
  }

  private void takeOver(DirectoryNode node, Found found) {
    for (int i = 0; i < found.opened.size(); i++) {
      LayerDir directory = found.opened.get(i);
      if (directory != null) {
        core.directories.replace(node, i, directory);
      }
    }
    found.opened.clear();
    node.dirLock.lock();
    try {
      node.impure = null;
      node.defaultAcl = null;
    } finally {
      node.dirLock.unlock();
    }
  }
}
