package org.stratafs.image;

import java.util.List;

/**
 * An image of the store.
 *
 * @param entry of the index
 * @param reference null for one without a name
 */
public record Image(
    Descriptor entry, ImageReference reference, Manifest manifest, ImageConfig config) {
  /** The digest of its configuration, as docker names images. */
  public Digest id() {
    return manifest.config().digest();
  }

  /** The lowest first. */
  public List<Digest> diffIds() {
    return config.diffIds();
  }

  /** The name, or the id where there is none. */
  public String display() {
    return reference != null ? reference.toString() : id().shortHex();
  }
}
