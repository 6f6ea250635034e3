package org.stratafs.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/** How JSON is read and written everywhere: UTF-8, in the order of the fields. */
public final class Json {
  /** The longest document that is read, in bytes: what registries take for a manifest, doubled. */
  static final int MAX_BYTES = 8 << 20;

  private static final ObjectMapper MAPPER = mapper();

  private Json() {}

  private static ObjectMapper mapper() {
    ObjectMapper mapper = new ObjectMapper();
    mapper
        .getFactory()
        .setStreamReadConstraints(
            StreamReadConstraints.builder().maxDocumentLength(MAX_BYTES).build());
    // A second document behind the first is an error, not something to be passed over.
    mapper.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    return mapper;
  }

  /**
   * Reads a document.
   *
   * @param what the document, for messages
   */
  static <T> T read(byte[] json, Class<T> type, String what) throws ImageException {
    try {
      T value = MAPPER.readValue(json, type);
      if (value == null) {
        throw new ImageException(what + " is empty");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new ImageException(what + " is not the JSON it should be: " + oneLine(e), e);
    } catch (IOException e) {
      throw new ImageException(what + " cannot be read: " + e.getMessage(), e);
    }
  }

  static JsonNode tree(byte[] json, String what) throws ImageException {
    return read(json, JsonNode.class, what);
  }

  /** Without the excerpt and the place in our classes that Jackson adds. */
  private static String oneLine(JsonProcessingException e) {
    String line = e.getOriginalMessage();
    int end = line.indexOf('\n');
    return end < 0 ? line : line.substring(0, end);
  }

  /** Compact, as blobs are. */
  static byte[] write(Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** For people and scripts: indented. */
  public static String pretty(Object value) {
    try {
      return MAPPER.writer(SerializationFeature.INDENT_OUTPUT).writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** An empty object to fill. */
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /** An empty array to fill. */
  public static ArrayNode array() {
    return MAPPER.createArrayNode();
  }
}
