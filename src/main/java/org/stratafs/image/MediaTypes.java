package org.stratafs.image;

/** The media types that are read; the OCI ones are written (image-spec, media-types.md). */
final class MediaTypes {
  static final String INDEX = "application/vnd.oci.image.index.v1+json";
  static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  static final String CONFIG = "application/vnd.oci.image.config.v1+json";
  static final String LAYER = "application/vnd.oci.image.layer.v1.tar";

  static final String DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
  static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";

  private MediaTypes() {}

  static boolean isIndex(String type) {
    return INDEX.equals(type) || DOCKER_LIST.equals(type);
  }

  static boolean isManifest(String type) {
    return MANIFEST.equals(type) || DOCKER_MANIFEST.equals(type);
  }
}
