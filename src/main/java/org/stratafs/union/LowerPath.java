package org.stratafs.union;

import org.stratafs.layer.LayerDir;
import org.stratafs.layer.LowerLayer;
import org.stratafs.layer.Marks;

/**
 * A directory of a lower layer that contributes to a merged directory.
 *
 * @param path beneath the layer's root, "" for the root itself
 * @param opacity what its marks say; null if nothing below made it worth asking yet
 */
record LowerPath(LowerLayer layer, String path, Marks.Opacity opacity) {
  /** The opacity, asked now if it was not before; {@code directory} is this directory. */
  Marks.Opacity opacityOf(LayerDir directory) {
    return opacity != null ? opacity : Marks.opacity(directory);
  }
}
