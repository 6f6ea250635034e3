package org.stratafs.image;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/**
 * What was learned of a layer when it was unpacked: layer.json beside its tree.
 *
 * @param tarSize of the uncompressed archive, in bytes
 * @param fileBytes the content of all regular files, holes and further links left out
 * @param entries of the archive, whiteouts included
 * @param implicit directories that the archive names nothing but children of, in Latin-1 as
 *     everywhere; the root, "", among them if it has no entry of its own
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record LayerInfo(
    Digest diffId, long tarSize, long fileBytes, long entries, List<String> implicit) {
  public LayerInfo {
    implicit = implicit == null ? List.of() : List.copyOf(implicit);
  }
}
