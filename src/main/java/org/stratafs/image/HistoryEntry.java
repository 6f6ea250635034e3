package org.stratafs.image;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * One step of how an image came to be (OCI image-spec, config.md, history).
 *
 * @param created RFC 3339; null where it is not known
 * @param emptyLayer true for a step that made no layer, null for one that did
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HistoryEntry(
    String created,
    @JsonProperty("created_by") String createdBy,
    String author,
    String comment,
    @JsonProperty("empty_layer") Boolean emptyLayer) {
  public boolean isEmptyLayer() {
    return Boolean.TRUE.equals(emptyLayer);
  }
}
