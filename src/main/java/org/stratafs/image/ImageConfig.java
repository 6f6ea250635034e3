package org.stratafs.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * The configuration of an image (OCI image-spec, config.md). Kept as the tree it was read as, so
 * that what we do not know is handed on. Immutable.
 */
public final class ImageConfig {
  private final ObjectNode json;
  private final List<Digest> diffIds;
  private final List<HistoryEntry> history;

  private ImageConfig(ObjectNode json, List<Digest> diffIds, List<HistoryEntry> history) {
    this.json = json;
    this.diffIds = diffIds;
    this.history = history;
  }

  /**
   * Reads one.
   *
   * @param what the document, for messages
   */
  static ImageConfig read(byte[] bytes, String what) throws ImageException {
    if (!(Json.tree(bytes, what) instanceof ObjectNode object)) {
      throw new ImageException(what + " is no JSON object: it is no image configuration");
    }
    return of(object, what);
  }

  static ImageConfig of(ObjectNode object, String what) throws ImageException {
    JsonNode ids = object.path("rootfs").path("diff_ids");
    if (!ids.isArray() && !(ids.isNull() || ids.isMissingNode())) {
      throw new ImageException(what + " has rootfs.diff_ids that are no list");
    }
    List<Digest> diffIds = new ArrayList<>();
    for (JsonNode id : ids) {
      diffIds.add(Digest.parse(id.asText()));
    }
    List<HistoryEntry> history = new ArrayList<>();
    for (JsonNode entry : object.path("history")) {
      history.add(Json.read(Json.write(entry), HistoryEntry.class, what + ", history"));
    }
    return new ImageConfig(object, List.copyOf(diffIds), List.copyOf(history));
  }

  /** One without layers for this machine. */
  static ImageConfig empty(String created) throws ImageException {
    Platform here = Platform.here();
    ObjectNode object = Json.object();
    object.put("created", created);
    object.put("architecture", here.architecture());
    object.put("os", here.os());
    object.putObject("config");
    object.putObject("rootfs").put("type", "layers").putArray("diff_ids");
    object.putArray("history");
    return of(object, "a new configuration");
  }

  /** The DiffIDs of the layers, the lowest first. */
  public List<Digest> diffIds() {
    return diffIds;
  }

  /** The steps, the oldest first. */
  public List<HistoryEntry> history() {
    return history;
  }

  /** RFC 3339; empty where it is not said. */
  public String created() {
    return json.path("created").asText("");
  }

  /** A copy of all of it, for the caller to change. */
  public ObjectNode copy() {
    return json.deepCopy();
  }

  byte[] bytes() {
    return Json.write(json);
  }

  /**
   * The same with other layers and steps.
   *
   * @param created RFC 3339
   */
  ImageConfig with(String created, List<Digest> layers, List<HistoryEntry> steps)
      throws ImageException {
    ObjectNode changed = copy();
    changed.put("created", created);
    ObjectNode rootfs = Json.object();
    rootfs.put("type", "layers");
    ArrayNode ids = rootfs.putArray("diff_ids");
    for (Digest layer : layers) {
      ids.add(layer.toString());
    }
    changed.set("rootfs", rootfs);
    ArrayNode list = changed.putArray("history");
    for (HistoryEntry step : steps) {
      list.addPOJO(step);
    }
    return of((ObjectNode) Json.tree(Json.write(changed), "the new configuration"), "it");
  }

  ImageConfig withAuthor(String author) throws ImageException {
    ObjectNode changed = copy();
    changed.put("author", author);
    return of(changed, "the new configuration");
  }

  /** The same with other values under "config". */
  ImageConfig withRuntime(ObjectNode runtime) throws ImageException {
    ObjectNode changed = copy();
    changed.set("config", runtime);
    return of(changed, "the new configuration");
  }
}
