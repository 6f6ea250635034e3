package org.stratafs.config;

import java.util.ArrayList;
import java.util.List;

/**
 * The text of {@code -o}: where one option ends and the next begins, and what the escapes stand
 * for.
 *
 * <p>A backslash takes the next character literally, as in libfuse's fuse_opt.c and the kernel's
 * ovl_unescape. A value that begins with a double quote runs to the quote that closes it, commas
 * included; a quote elsewhere, or one that nothing closes, is itself.
 */
final class OptionText {
  private OptionText() {}

  /** The options of one -o argument, still escaped; empty ones are left out. */
  static List<String> split(String text) {
    return splitAt(text, ',', true);
  }

  /** The paths of a lowerdir value, unescaped; empty ones included. */
  static List<String> paths(String value) {
    int end = closingQuote(value, 0);
    boolean quoted = end > 0 && end == value.length() - 1;
    List<String> paths = splitAt(quoted ? value.substring(1, end) : value, ':', false);
    for (int i = 0; i < paths.size(); i++) {
      paths.set(i, unescape(paths.get(i)));
    }
    return paths;
  }

  /** A value without its quotes and escapes. */
  static String unescape(String value) {
    int end = closingQuote(value, 0);
    String text = end == value.length() - 1 && end > 0 ? value.substring(1, end) : value;
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        i++;
        c = text.charAt(i);
      }
      out.append(c);
    }
    return out.toString();
  }

  private static List<String> splitAt(String text, char separator, boolean dropEmpty) {
    List<String> parts = new ArrayList<>();
    int start = 0;
    boolean valueBegins = separator == ':';
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == separator) {
        add(parts, text.substring(start, i), dropEmpty);
        start = i + 1;
        valueBegins = separator == ':';
        i++;
        continue;
      }
      int quoteEnd = valueBegins ? closingQuote(text, i) : -1;
      valueBegins = c == '=' && text.indexOf('=', start) == i;
      if (quoteEnd > 0) {
        i = quoteEnd + 1;
      } else {
        i += c == '\\' ? 2 : 1;
      }
    }
    add(parts, text.substring(start), dropEmpty);
    return parts;
  }

  private static void add(List<String> parts, String part, boolean dropEmpty) {
    if (!dropEmpty || !part.isEmpty()) {
      parts.add(part);
    }
  }

  /**
   * The index of the quote that closes the one at {@code from}; -1 if none opens there or none
   * closes it.
   */
  private static int closingQuote(String text, int from) {
    if (from >= text.length() || text.charAt(from) != '"') {
      return -1;
    }
    int i = from + 1;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == '"') {
        return i;
      }
      i += c == '\\' ? 2 : 1;
    }
    return -1;
  }
}
