package org.stratafs.union;

import java.util.ArrayDeque;
import java.util.Deque;
import org.stratafs.fs.FileSystem;
import org.stratafs.layer.Layer;
import org.stratafs.layer.OverlayXattrs;
import org.stratafs.posix.Names;

/**
 * Xattrs that are on no disk and say of any path where it comes from. They are answered, never
 * listed, so that nothing that copies xattrs copies them.
 *
 * <p>A line for each layer that contributes, topmost first, without a newline at the end: a file
 * has one, that of its data; a merged directory may have several.
 */
final class LayerXattrs {
  /**
   * "upper DIR" or "lower N DIR", N counting from 1 for the topmost, as the mount was given DIR.
   */
  private static final String LAYER = OverlayXattrs.STRATAFS_USER + "layer";

  /** The path within that layer, from "/". */
  private static final String ORIGIN = OverlayXattrs.STRATAFS_USER + "origin";

  /** "yes" for what is in upper and was in a lower before, else "no". */
  private static final String COPIED_UP = OverlayXattrs.STRATAFS_USER + "copied_up";

  private final Core core;
  private final Places places;
  private final Origins origins;

  LayerXattrs(Core core, Places places, Origins origins) {
    this.core = core;
    this.places = places;
    this.origins = origins;
  }

  /** Whether the name is one of these on this mount. */
  boolean has(String shown) {
    return shown.startsWith(OverlayXattrs.STRATAFS_USER)
        && core.options.layerXattrs()
        && (shown.equals(LAYER) || shown.equals(ORIGIN) || shown.equals(COPIED_UP));
  }

  /** The value; null for the origin of an upper inode that has no name any more. */
  byte[] get(Node node, String shown) {
    String value =
        shown.equals(COPIED_UP)
            ? (isCopiedUp(node) ? "yes" : "no")
            : lines(node, shown.equals(LAYER));
    return value == null ? null : Names.toBytes(value);
  }

  private boolean isCopiedUp(Node node) {
    if (!node.isUpper()) {
      return false;
    }
    if (node instanceof DirectoryNode directory) {
      return directory.hasLower();
    }
    return ((FileNode) node).lowerParent != null || places.onUpper(node, origins::isCopiedUp);
  }

  private String lines(Node node, boolean layer) {
    if (node instanceof FileNode file) {
      return fileLine(file, layer);
    }
    DirectoryNode directory = (DirectoryNode) node;
    StringBuilder lines = new StringBuilder();
    if (directory.isUpper()) {
      String upper = upperLine(node, layer);
      if (upper == null) {
        return null;
      }
      lines.append(upper);
    }
    for (LowerPath lower : directory.lowers) {
      if (lines.length() > 0) {
        lines.append('\n');
      }
      lines.append(layer ? name(lower.layer()) : "/" + lower.path());
    }
    return lines.toString();
  }

  private String fileLine(FileNode file, boolean layer) {
    boolean upper = file.isUpper(); // before lowerData: see CopyUp.publish
    LowerFile data = file.lowerData();
    if (data != null) {
      return lowerLine(data.directory(), data.name(), layer);
    }
    return upper
        ? upperLine(file, layer)
        : lowerLine(file.lowerParent.lowers[file.lowerIndex], file.lowerName, layer);
  }

  private static String lowerLine(LowerPath directory, String name, boolean layer) {
    if (layer) {
      return name(directory.layer());
    }
    return directory.path().isEmpty() ? "/" + name : "/" + directory.path() + "/" + name;
  }

  private String upperLine(Node node, boolean layer) {
    return layer ? name(core.stack.upper()) : upperPath(node);
  }

  private static String name(Layer layer) {
    return (layer.index() == 0 ? "upper " : "lower " + layer.index() + " ") + layer.path();
  }

  /** Upper has a node under the names that the mount shows; of several links, one. */
  private String upperPath(Node node) {
    Deque<String> names = new ArrayDeque<>();
    core.locks.names.lock(); // no directory on the way is renamed
    try {
      Node at = node;
      for (Link link = at.link(); link != null; link = at.link()) {
        names.addFirst(link.name());
        at = link.parent();
      }
      if (at.nodeid != FileSystem.ROOT) {
        return null;
      }
    } finally {
      core.locks.names.unlock();
    }
    return "/" + String.join("/", names);
  }
}
