package org.stratafs.image;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a blob is and which (OCI image-spec, descriptor.md).
 *
 * @param size of the blob in bytes
 * @param annotations null for none
 * @param platform null where it is not said
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Descriptor(
    String mediaType,
    Digest digest,
    long size,
    Map<String, String> annotations,
    Platform platform) {
  /** The annotation that names an image in an index (image-spec, annotations.md). */
  static final String REF_NAME = "org.opencontainers.image.ref.name";

  public Descriptor(String mediaType, Digest digest, long size) {
    this(mediaType, digest, size, null, null);
  }

  /** The name that the index gives it, null for none. */
  String refName() {
    return annotations == null ? null : annotations.get(REF_NAME);
  }

  /** The same under a name; null takes the name away. */
  Descriptor named(String reference) {
    Map<String, String> changed = new TreeMap<>();
    if (annotations != null) {
      changed.putAll(annotations);
    }
    if (reference == null) {
      changed.remove(REF_NAME);
    } else {
      changed.put(REF_NAME, reference);
    }
    return new Descriptor(
        mediaType, digest, size, changed.isEmpty() ? null : Map.copyOf(changed), platform);
  }
}
