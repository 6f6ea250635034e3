package org.stratafs.union;

import java.util.ArrayList;
import java.util.List;
import org.stratafs.fs.Caller;
import org.stratafs.layer.LowerDir;
import org.stratafs.layer.OverlayXattrs;
import org.stratafs.layer.PosixAcl;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Stat;

/**
 * Extended attributes: passed through, but for those that say how layers are stacked (linux
 * fs/overlayfs/xattrs.c).
 */
final class Xattrs {
  private final Core core;
  private final Places places;
  private final CopyUp copyUp;

  Xattrs(Core core, Places places, CopyUp copyUp) {
    this.core = core;
    this.places = places;
    this.copyUp = copyUp;
  }

  byte[] get(long nodeid, String key) {
    requireNamespace(key);
    if (OverlayXattrs.isPrivate(key)) {
      throw new FsException(Errno.ENODATA);
    }
    Node node = core.nodes.get(nodeid);
    byte[] value;
    if (node.isUpper()) {
      value = places.onUpper(node, (directory, name) -> directory.xattr(name, key));
    } else {
      try (LowerDir directory = lower(node)) {
        value = directory.xattr(lowerName(node), key);
      }
    }
    if (value == null) {
      throw new FsException(Errno.ENODATA);
    }
    return value;
  }

  List<String> list(long nodeid) {
    Node node = core.nodes.get(nodeid);
    List<String> all;
    if (node.isUpper()) {
      all = places.onUpper(node, UpperDir::xattrs);
    } else {
      try (LowerDir directory = lower(node)) {
        all = directory.xattrs(lowerName(node));
      }
    }
    List<String> shown = new ArrayList<>(all.size());
    for (String key : all) {
      if (!OverlayXattrs.isPrivate(key)) {
        shown.add(key);
      }
    }
    return shown;
  }

  void set(Caller caller, long nodeid, String key, byte[] value, int flags, boolean killSgid) {
    Node node = forChange(caller, nodeid, key);
    places.onUpper(
        node,
        (directory, name) -> {
          directory.setxattr(name, key, value, flags);
          if (killSgid) {
            clearSgid(directory, name);
          }
          forgetDefaultAcl(node, key);
          return null;
        });
  }

  void remove(Caller caller, long nodeid, String key) {
    // Ask first: removing what is not there must not copy a file up.
    get(nodeid, key);
    Node node = forChange(caller, nodeid, key);
    places.onUpper(
        node,
        (directory, name) -> {
          directory.removexattr(name, key);
          forgetDefaultAcl(node, key);
          return null;
        });
  }

  private Node forChange(Caller caller, long nodeid, String key) {
    core.requireWritable();
    requireNamespace(key);
    if (OverlayXattrs.isPrivate(key)) {
      throw new FsException(Errno.EPERM);
    }
    Node node = core.nodes.get(nodeid);
    copyUp.ensureUpper(caller, node, CopyUp.Data.ALL);
    return node;
  }

  /**
   * EOPNOTSUPP for a name in no namespace of xattr(7), as linux fs/xattr.c xattr_resolve_name has
   * it: the kernel lets FUSE see every name, and a layer's answer for such a one is taken as
   * "absent".
   */
  private static void requireNamespace(String key) {
    if (!key.startsWith("security.")
        && !key.startsWith("user.")
        && !key.startsWith("trusted.")
        && !key.startsWith("system.")) {
      throw new FsException(Errno.EOPNOTSUPP);
    }
  }

  private static void clearSgid(UpperDir directory, String name) {
    Stat stat = new Stat();
    Places.stat(directory, name, stat);
    if ((stat.mode & Mode.S_ISGID) != 0) {
      directory.chmod(name, stat.mode & Mode.PERMISSIONS & ~Mode.S_ISGID);
    }
  }

  private static void forgetDefaultAcl(Node node, String key) {
    if (key.equals(PosixAcl.DEFAULT) && node instanceof DirectoryNode directory) {
      directory.defaultAcl = null; // onUpper holds its dirLock
    }
  }

  private LowerDir lower(Node node) {
    return node instanceof DirectoryNode directory
        ? core.directories.lower(directory, 0)
        : core.directories.lower(((FileNode) node).lowerParent, ((FileNode) node).lowerIndex);
  }

  private static String lowerName(Node node) {
    return node instanceof FileNode file ? file.lowerName : "";
  }
}
