package org.stratafs.fs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stratafs.posix.Names;

/**
 * What a mount tells of itself: named values in their order, as text for people and as JSON for
 * programs. A value is a number, a text, a list of texts, or a report of its own. Confined to the
 * thread that makes it.
 */
public final class StatusReport {
  private static final String INDENT = "  ";

  private final Map<String, Object> values = new LinkedHashMap<>();

  public void add(String name, long value) {
    values.put(name, value);
  }

  /** Adds a text; null where there is none. */
  public void add(String name, String value) {
    values.put(name, value);
  }

  public void add(String name, List<String> texts) {
    values.put(name, List.copyOf(texts));
  }

  /** Adds an empty report, for the caller to fill. */
  public StatusReport group(String name) {
    StatusReport group = new StatusReport();
    values.put(name, group);
    return group;
  }

  /** A line a value, those of lists and groups indented; blanks for the underscores in names. */
  public String text() {
    StringBuilder out = new StringBuilder(2048);
    addText(out, "");
    return out.toString();
  }

  private void addText(StringBuilder out, String indent) {
    for (Map.Entry<String, Object> entry : values.entrySet()) {
      out.append(indent).append(entry.getKey().replace('_', ' ')).append(':');
      if (entry.getValue() instanceof StatusReport group) {
        out.append('\n');
        group.addText(out, indent + INDENT);
      } else if (entry.getValue() instanceof List<?> texts) {
        out.append(texts.isEmpty() ? " none\n" : "\n");
        for (Object text : texts) {
          out.append(indent).append(INDENT).append(text).append('\n');
        }
      } else {
        out.append(' ').append(entry.getValue() == null ? "none" : entry.getValue()).append('\n');
      }
    }
  }

  /** One object on one line, which ends in a newline. */
  public String json() {
    StringBuilder out = new StringBuilder(2048);
    addJson(out);
    return out.append('\n').toString();
  }

  private void addJson(StringBuilder out) {
    out.append('{');
    String separator = "";
    for (Map.Entry<String, Object> entry : values.entrySet()) {
      out.append(separator).append('"').append(entry.getKey()).append("\":");
      if (entry.getValue() instanceof StatusReport group) {
        group.addJson(out);
      } else if (entry.getValue() instanceof List<?> texts) {
        List<String> quoted = new ArrayList<>();
        for (Object text : texts) {
          quoted.add(quoted((String) text));
        }
        out.append('[').append(String.join(",", quoted)).append(']');
      } else if (entry.getValue() instanceof String text) {
        out.append(quoted(text));
      } else {
        out.append(entry.getValue());
      }
      separator = ",";
    }
    out.append('}');
  }

  /** RFC 8259, section 7; there are no control characters, see {@link #shown}. */
  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** A path or an option, as reports have them: text without control characters. */
  public static String shown(String name) {
    return Names.display(name);
  }
}
