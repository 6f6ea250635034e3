package org.stratafs.union;

import org.stratafs.layer.LowerLayer;

/**
 * A directory of a lower layer that contributes to a merged directory.
 *
 * @param path beneath the layer's root, "" for the root itself
 * @param xattrWhiteouts its entries may be whiteouts in xattr form (its opaque xattr is "x")
 */
record LowerPath(LowerLayer layer, String path, boolean xattrWhiteouts) {}
