package org.stratafs.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Instructions of a Dockerfile that change a configuration only, as {@code docker commit --change}
 * takes them: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR.
 */
final class ConfigChanges {
  private final ObjectNode config;

  private ConfigChanges(ObjectNode config) {
    this.config = config;
  }

  /** The "config" of an image with the changes made. */
  static ObjectNode apply(ImageConfig image, List<String> changes) throws ImageException {
    JsonNode before = image.copy().path("config");
    ObjectNode config = before instanceof ObjectNode object ? object : Json.object();
    ConfigChanges all = new ConfigChanges(config);
    for (String change : changes) {
      all.apply(change);
    }
    return config;
  }

  private void apply(String change) throws ImageException {
    String text = change.strip();
    int blank = 0;
    while (blank < text.length() && !Character.isWhitespace(text.charAt(blank))) {
      blank++;
    }
    String value = text.substring(blank).strip();
    if (value.isEmpty()) {
      throw new ImageException("--change '" + change + "' says nothing: INSTRUCTION VALUE");
    }
    switch (text.substring(0, blank).toUpperCase(Locale.ROOT)) {
      case "CMD" -> config.set("Cmd", command(value));
      case "ENTRYPOINT" -> config.set("Entrypoint", command(value));
      case "ENV" -> pairs(value, change, (key, v) -> setEnv(key, v));
      case "LABEL" -> pairs(value, change, (key, v) -> objectIn("Labels").put(key, v));
      case "EXPOSE" -> {
        for (String port : words(value, change)) {
          objectIn("ExposedPorts").putObject(port.contains("/") ? port : port + "/tcp");
        }
      }
      case "VOLUME" -> {
        for (JsonNode volume : list(value, change)) {
          objectIn("Volumes").putObject(volume.asText());
        }
      }
      case "ONBUILD" -> arrayIn("OnBuild").add(value);
      case "STOPSIGNAL" -> config.put("StopSignal", value);
      case "USER" -> config.put("User", value);
      case "WORKDIR" -> config.put("WorkingDir", value);
      default ->
          throw new ImageException(
              "--change '"
                  + change
                  + "' is not one of CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL,"
                  + " USER, VOLUME, WORKDIR");
    }
  }

  private ObjectNode objectIn(String key) {
    return config.get(key) instanceof ObjectNode object ? object : config.putObject(key);
  }

  private ArrayNode arrayIn(String key) {
    return config.get(key) instanceof ArrayNode array ? array : config.putArray(key);
  }

  /** A JSON list, or a line for the shell. */
  private static ArrayNode command(String value) {
    ArrayNode list = jsonList(value);
    return list != null ? list : Json.array().add("/bin/sh").add("-c").add(value);
  }

  private static ArrayNode jsonList(String value) {
    if (!value.startsWith("[")) {
      return null;
    }
    try {
      JsonNode node = Json.tree(value.getBytes(java.nio.charset.StandardCharsets.UTF_8), "a list");
      return node instanceof ArrayNode array ? array : null;
    } catch (ImageException e) {
      return null; // as docker has it: then it is a line for the shell
    }
  }

  private static Iterable<JsonNode> list(String value, String change) throws ImageException {
    ArrayNode list = jsonList(value);
    if (list == null) {
      list = Json.array();
      for (String word : words(value, change)) {
        list.add(word);
      }
    }
    return list;
  }

  @FunctionalInterface
  private interface Pair {
    void put(String key, String value);
  }

  /** KEY=VALUE ..., or KEY VALUE as of old. */
  private static void pairs(String value, String change, Pair pair) throws ImageException {
    List<String> words = words(value, change);
    if (words.get(0).indexOf('=') < 0) {
      int blank = value.indexOf(' ');
      if (blank < 0) {
        throw new ImageException("--change '" + change + "' lacks a value: KEY=VALUE");
      }
      pair.put(value.substring(0, blank), value.substring(blank).strip());
      return;
    }
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals <= 0) {
        throw new ImageException("--change '" + change + "': '" + word + "' is not KEY=VALUE");
      }
      pair.put(word.substring(0, equals), word.substring(equals + 1));
    }
  }

  private void setEnv(String key, String value) {
    ArrayNode changed = Json.array();
    boolean done = false;
    for (JsonNode entry : arrayIn("Env")) {
      boolean same = entry.asText().startsWith(key + "=");
      if (!same) {
        changed.add(entry);
      } else if (!done) {
        changed.add(key + "=" + value);
        done = true;
      }
    }
    if (!done) {
      changed.add(key + "=" + value);
    }
    config.set("Env", changed);
  }

  /** Words with quotes and backslashes, as in a Dockerfile. */
  private static List<String> words(String text, String change) throws ImageException {
    List<String> words = new ArrayList<>();
    StringBuilder word = null;
    char quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote == 0 && Character.isWhitespace(c)) {
        if (word != null) {
          words.add(word.toString());
          word = null;
        }
        continue;
      }
      word = word == null ? new StringBuilder() : word;
      if (quote != 0 && c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == '\\' && quote != '\'' && i + 1 < text.length()) {
        word.append(text.charAt(++i));
      } else {
        word.append(c);
      }
    }
    if (quote != 0) {
      throw new ImageException("--change '" + change + "' has a quote that does not end");
    }
    if (word != null) {
      words.add(word.toString());
    }
    return words;
  }
}
