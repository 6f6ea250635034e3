package org.stratafs.image;

import org.stratafs.layer.Marks;
import org.stratafs.posix.Names;

/**
 * Where in a layer an entry of an archive belongs. Bytes in Latin-1 Strings; no component is empty,
 * "." or "..".
 *
 * @param parent the directory; "" is the root
 * @param name the last component; "" for the root itself
 */
record EntryPath(String parent, String name) {
  /** Bookkeeping of AUFS, which means nothing elsewhere. */
  private static final String AUFS = ".wh..wh.";

  /**
   * Reads the name of an entry: "./" in front and between is left out.
   *
   * @throws ImageException for a name that leads out of the layer
   */
  static EntryPath parse(String text) throws ImageException {
    String path = normalised(text);
    int slash = path.lastIndexOf('/');
    return slash < 0
        ? new EntryPath("", path)
        : new EntryPath(path.substring(0, slash), path.substring(slash + 1));
  }

  private static String normalised(String text) throws ImageException {
    if (text.startsWith("/")) {
      throw new ImageException("has an absolute name: it would lead out of the layer");
    }
    StringBuilder path = new StringBuilder(text.length());
    int start = 0;
    while (start <= text.length()) {
      int slash = text.indexOf('/', start);
      int end = slash < 0 ? text.length() : slash;
      String component = text.substring(start, end);
      if (component.equals("..")) {
        throw new ImageException("has '..' in its name: it would lead out of the layer");
      }
      if (component.indexOf('\0') >= 0) {
        throw new ImageException("has a NUL in its name");
      }
      if (!component.isEmpty() && !component.equals(".")) {
        if (path.length() > 0) {
          path.append('/');
        }
        path.append(component);
      }
      start = end + 1;
    }
    return path.toString();
  }

  boolean isRoot() {
    return name.isEmpty();
  }

  String path() {
    return Names.join(parent, name);
  }

  boolean isOpaqueMark() {
    return name.equals(Marks.OPAQUE_NAME);
  }

  boolean isAufsBookkeeping() {
    return name.startsWith(AUFS) && !isOpaqueMark();
  }

  boolean isWhiteout() {
    return name.startsWith(Marks.PREFIX) && !name.startsWith(AUFS);
  }

  /**
   * The name that a whiteout hides.
   *
   * @throws ImageException for one that hides no name
   */
  String hidden() throws ImageException {
    String hidden = name.substring(Marks.PREFIX.length());
    if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
      throw new ImageException("is a whiteout of '" + hidden + "', which is no name");
    }
    return hidden;
  }
}
