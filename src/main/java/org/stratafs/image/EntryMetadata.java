package org.stratafs.image;

import java.util.Map;
import org.stratafs.layer.MetadataCopier;
import org.stratafs.layer.OverlayXattrs;
import org.stratafs.layer.OverrideForm;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;

/**
 * Gives what was made of an entry its owner, xattrs, mode and time, in the order that keeps them
 * (see {@link MetadataCopier}).
 */
final class EntryMetadata {

  private static final int SPECIAL = Mode.S_ISUID | Mode.S_ISGID | Mode.S_ISVTX;

  private final StagedTree tree;

  /** How many xattrs could not be kept, and the first of them. */
  private long lost;

  private String firstLost;

  EntryMetadata(StagedTree tree) {
    this.tree = tree;
  }

  /** The mode to make a file with: where that is all it needs, nothing is set afterwards. */
  int initialMode(TarEntry entry) {
    return isPlain(entry) ? entry.permissions() : 0600;
  }

  private boolean isPlain(TarEntry entry) {
    return (entry.permissions() & SPECIAL) == 0 && tree.makesAs(entry.uid(), entry.gid());
  }

  /** All of it, for what was made with {@link #initialMode}; "" is the directory itself. */
  void applyToNew(UpperDir dir, String name, TarEntry entry) {
    if (isPlain(entry) && entry.xattrs().isEmpty()) {
      setTime(dir, name, entry);
    } else {
      apply(dir, name, entry);
    }
  }

  /** All of it. */
  void apply(UpperDir dir, String name, TarEntry entry) {
    if (!tree.makesAs(entry.uid(), entry.gid()) || entry.kind() == TarEntry.Kind.DIRECTORY) {
      dir.chown(name, entry.uid(), entry.gid());
    }
    for (Map.Entry<String, String> xattr : entry.xattrs().entrySet()) {
      setXattr(dir, name, entry, xattr.getKey(), Names.toBytes(xattr.getValue()));
    }
    if (entry.kind() != TarEntry.Kind.SYMLINK) {
      dir.chmod(name, entry.permissions());
    }
    setTime(dir, name, entry);
  }

  /** The ACLs that have names for ids, over all of it; one that names a stranger is lost. */
  void applyNamedAcls(UpperDir dir, String name, TarEntry entry, Accounts accounts) {
    for (Map.Entry<String, AclText> named : entry.namedAcls().entrySet()) {
      AclText acl = named.getValue().resolved(accounts);
      if (acl.hasNames()) {
        lose(entry, named.getKey());
      } else {
        setXattr(dir, name, entry, named.getKey(), Names.toBytes(acl.xattr()));
      }
    }
    dir.chmod(name, entry.permissions()); // an ACL sets it, too
  }

  private static void setTime(UpperDir dir, String name, TarEntry entry) {
    dir.utimens(name, entry.mtimeSec(), entry.mtimeNsec(), entry.mtimeSec(), entry.mtimeNsec());
  }

  private void setXattr(UpperDir dir, String name, TarEntry entry, String key, byte[] value) {
    if (OverrideForm.isOverride(key)) {
      return; // would give the file another owner and mode than the entry says
    }
    if (MetadataCopier.isModuleLabel(key)) {
      return;
    }
    try {
      dir.setxattr(name, OverlayXattrs.stored(key), value, 0);
    } catch (FsException e) {
      boolean refused = e.errno() == Errno.EPERM || Errno.isUnsupported(e.errno());
      boolean needed = tree.isRoot() && MetadataCopier.mustCopy(key);
      if (!refused || needed) {
        throw new FsException(e.errno(), "xattr '" + Names.display(key) + "' cannot be set");
      }
      lose(entry, key);
    }
  }

  private void lose(TarEntry entry, String key) {
    lost++;
    if (firstLost == null) {
      firstLost = Names.display(key) + " of '" + Names.display(entry.name()) + "'";
    }
  }

  /** One line on the xattrs that could not be kept; null if there are none. */
  String warning() {
    if (lost == 0) {
      return null;
    }
    return (lost == 1 ? "one xattr" : lost + " xattrs")
        + " could not be kept ("
        + firstLost
        + "): "
        + (tree.isRoot()
            ? "the file system of the store takes none such, or an ACL names somebody who is not in"
                + " the layer's etc/passwd and etc/group"
            : "that takes root");
  }
}
