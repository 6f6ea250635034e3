package org.stratafs.image;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/**
 * Which blobs make up an image (OCI image-spec, manifest.md; Docker's schema 2 has the same shape).
 *
 * @param layers the lowest first
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Manifest(
    int schemaVersion, String mediaType, Descriptor config, List<Descriptor> layers) {
  static Manifest of(Descriptor config, List<Descriptor> layers) {
    return new Manifest(2, MediaTypes.MANIFEST, config, List.copyOf(layers));
  }

  /** Refuses one that lacks something. */
  static Manifest read(byte[] json, String what) throws ImageException {
    Manifest manifest = Json.read(json, Manifest.class, what);
    if (manifest.config == null || manifest.config.digest() == null || manifest.layers == null) {
      throw new ImageException(what + " names no config or no layers: it is no image manifest");
    }
    for (Descriptor layer : manifest.layers) {
      if (layer == null || layer.digest() == null) {
        throw new ImageException(what + " has a layer without a digest: it is no image manifest");
      }
    }
    return manifest;
  }
}
