package org.stratafs.union;

import org.stratafs.layer.LayerDir;
import org.stratafs.layer.LowerLayer;
import org.stratafs.layer.Marks;

/**
 * A directory of a lower layer that contributes to a merged directory.
 *
 * @param path beneath the layer's root, "" for the root itself
 * @param opacity what its marks say; null if nothing below made it worth asking yet
 * @param impure its marks say that it has children that were copied up
 */
record LowerPath(LowerLayer layer, String path, Marks.Opacity opacity, boolean impure) {
  /**
   * Whether its empty regular files may be whiteouts in xattr form; asked now if it was not before.
   * {@code directory} is this directory.
   */
  boolean hasXattrWhiteouts(LayerDir directory) {
    return opacity == null
        ? Marks.hasXattrWhiteouts(directory)
        : opacity == Marks.Opacity.XATTR_WHITEOUTS;
  }
}
