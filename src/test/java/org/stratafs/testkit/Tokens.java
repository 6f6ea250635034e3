package org.stratafs.testkit;

import java.util.ArrayList;
import java.util.List;

/**
 * Bytes as printable words: everything but visible ASCII, and the backslash and the quote, as
 * {@code \xNN}.
 */
public final class Tokens {
  private Tokens() {}

  /** The word that stands for a Latin-1 String; an empty one is {@code ""}. */
  public static String encode(String bytes) {
    if (bytes.isEmpty()) {
      return "\"\"";
    }
    StringBuilder out = new StringBuilder(bytes.length());
    for (int i = 0; i < bytes.length(); i++) {
      char c = bytes.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '\\' || c == '"' || c == '#') {
        out.append("\\x")
            .append(Character.forDigit(c >> 4, 16))
            .append(Character.forDigit(c & 15, 16));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /**
   * The words of one line, decoded; quotes keep blanks together, a word that begins with # ends the
   * line.
   */
  public static List<String> split(String line) {
    List<String> words = new ArrayList<>();
    int at = 0;
    while (at < line.length()) {
      char c = line.charAt(at);
      if (c == ' ' || c == '\t') {
        at++;
        continue;
      }
      if (c == '#') {
        break;
      }
      StringBuilder word = new StringBuilder();
      boolean quoted = false;
      while (at < line.length()
          && (quoted || (line.charAt(at) != ' ' && line.charAt(at) != '\t'))) {
        c = line.charAt(at);
        if (c == '"') {
          quoted = !quoted;
          at++;
        } else if (c == '\\' && at + 3 < line.length() && line.charAt(at + 1) == 'x') {
          word.append((char) Integer.parseInt(line.substring(at + 2, at + 4), 16));
          at += 4;
        } else {
          word.append(c);
          at++;
        }
      }
      words.add(word.toString());
    }
    return words;
  }
}
