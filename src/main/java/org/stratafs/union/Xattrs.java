package org.stratafs.union;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.stratafs.fs.Caller;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.Status;
import org.stratafs.fs.StatusReport;
import org.stratafs.fs.StatusXattr;
import org.stratafs.layer.LowerDir;
import org.stratafs.layer.OverlayXattrs;
import org.stratafs.layer.PosixAcl;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Stat;

/**
 * Extended attributes: passed through, but for those that say how layers are stacked, which are
 * hidden; those of a union inside the mount have another name on disk ({@link OverlayXattrs}, linux
 * fs/overlayfs/xattrs.c).
 */
final class Xattrs {
  private final Core core;
  private final Places places;
  private final CopyUp copyUp;
  private final LayerXattrs layerXattrs;

  Xattrs(Core core, Places places, CopyUp copyUp, LayerXattrs layerXattrs) {
    this.core = core;
    this.places = places;
    this.copyUp = copyUp;
    this.layerXattrs = layerXattrs;
  }

  byte[] get(Caller caller, long nodeid, String shown) {
    byte[] value = getOrNull(nodeid, shown);
    if (value == null && nodeid == FileSystem.ROOT && StatusXattr.is(shown)) {
      value = status(caller, shown);
    }
    if (value == null && layerXattrs.has(shown)) {
      value = layerXattrs.get(core.nodes.get(nodeid), shown);
    }
    if (value == null) {
      throw new FsException(Errno.ENODATA);
    }
    return value;
  }

  /** Null where nobody says. It names host paths, and so it is for root and the daemon's user. */
  private byte[] status(Caller caller, String xattr) {
    Status status = core.status;
    if (status == null) {
      return null;
    }
    if (caller.uid() != 0 && caller.uid() != core.daemonUid) {
      throw new FsException(Errno.EPERM);
    }
    StatusReport report = status.report();
    String text = xattr.equals(StatusXattr.JSON) ? report.json() : report.text();
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What a layer has; null if it is absent. */
  private byte[] getOrNull(long nodeid, String shown) {
    requireNamespace(shown);
    String key = OverlayXattrs.stored(shown);
    Node node = core.nodes.get(nodeid);
    if (node.isUpper()) {
      // No lambda: this is among the first requests of a mount, see LayerDir.names.
      return places.onUpper(
          node,
          new Places.UpperAction<byte[]>() {
            @Override
            public byte[] apply(UpperDir directory, String name) {
              return directory.xattr(name, key);
            }
          });
    }
    try (LowerDir directory = lower(node)) {
      return directory.xattr(lowerName(node), key);
    }
  }

  /**
   * As on other file systems, trusted.* shows to root only (for want of the caller's
   * CAP_SYS_ADMIN).
   */
  List<String> list(Caller caller, long nodeid) {
    Node node = core.nodes.get(nodeid);
    List<String> all;
    if (node.isUpper()) {
      all =
          places.onUpper(
              node,
              new Places.UpperAction<List<String>>() {
                @Override
                public List<String> apply(UpperDir directory, String name) {
                  return directory.xattrs(name);
                }
              });
    } else {
      try (LowerDir directory = lower(node)) {
        all = directory.xattrs(lowerName(node));
      }
    }
    List<String> names = new ArrayList<>(all.size());
    for (String key : all) {
      String shown = OverlayXattrs.shown(key);
      if (shown != null && (caller.uid() == 0 || !shown.startsWith("trusted."))) {
        names.add(shown);
      }
    }
    return names;
  }

  void set(Caller caller, long nodeid, String shown, byte[] value, int flags, boolean killSgid) {
    requireNamespace(shown);
    if (layerXattrs.has(shown) && !Origins.isValue(value)) {
      throw new FsException(Errno.EPERM);
    }
    String key = OverlayXattrs.stored(shown);
    change(
        caller,
        nodeid,
        new Places.UpperAction<Void>() {
          @Override
          public Void apply(UpperDir directory, String name) {
            directory.setxattr(name, key, value, flags);
            if (killSgid) {
              clearSgid(directory, name);
            }
            return null;
          }
        },
        key);
  }

  void remove(Caller caller, long nodeid, String shown) {
    // Ask first: removing what is not there must not copy a file up.
    if (getOrNull(nodeid, shown) == null) {
      throw new FsException(layerXattrs.has(shown) ? Errno.EPERM : Errno.ENODATA);
    }
    String key = OverlayXattrs.stored(shown);
    change(
        caller,
        nodeid,
        new Places.UpperAction<Void>() {
          @Override
          public Void apply(UpperDir directory, String name) {
            directory.removexattr(name, key);
            return null;
          }
        },
        key);
  }

  private void change(Caller caller, long nodeid, Places.UpperAction<Void> action, String key) {
    core.requireWritable();
    Node node = core.nodes.get(nodeid);
    copyUp.ensureUpper(caller, node, CopyUp.Data.METADATA);
    RankedLock metacopy = copyUp.lockMetacopy(node);
    try {
      places.onUpper(
          node,
          new Places.UpperAction<Void>() {
            @Override
            public Void apply(UpperDir directory, String name) {
              action.apply(directory, name);
              forgetDefaultAcl(node, key);
              return null;
            }
          });
    } finally {
      if (metacopy != null) {
        metacopy.unlock();
      }
    }
    core.attributesChangedBy(nodeid, node);
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
