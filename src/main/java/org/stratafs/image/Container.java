package org.stratafs.image;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * A named writable layer over an image: containers/NAME/container.json.
 *
 * @param name letters, digits and . _ -
 * @param image the name or id that it was made from, to be shown
 * @param manifest of that image: what commit builds on
 * @param layers the DiffIDs of its layers, the lowest first
 * @param created RFC 3339
 * @param mountPoint where it was mounted last; null if it never was
 * @param readOnly whether it is mounted without its writable layer
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Container(
    String name,
    String image,
    Digest manifest,
    List<Digest> layers,
    String created,
    String mountPoint,
    boolean readOnly) {
  private static final int MAX_NAME = 128;

  Container mountedOn(String path, boolean asReadOnly) {
    return new Container(name, image, manifest, layers, created, path, asReadOnly);
  }

  /** Refuses what is no name; it becomes the name of a directory. */
  static void checkName(String name) throws ImageException {
    boolean valid = !name.isEmpty() && name.length() <= MAX_NAME;
    for (int i = 0; i < name.length() && valid; i++) {
      char c = name.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      valid = letter || (i > 0 && (c == '.' || c == '_' || c == '-'));
    }
    if (!valid) {
      throw new ImageException(
          "'" + name + "' is no name for a container layer: letters, digits, then . _ - too");
    }
  }
}
