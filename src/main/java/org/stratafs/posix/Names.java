package org.stratafs.posix;

import java.nio.charset.StandardCharsets;

/**
 * Names, paths and xattr names are bytes. Inside StrataFS they travel as Strings decoded
 * ISO-8859-1: lossless, hashable and one byte a character. Text appears in messages only.
 */
public final class Names {
  /** The longest name in bytes (NAME_MAX, include/uapi/linux/limits.h). */
  public static final int NAME_MAX = 255;

  /** The longest path in bytes with its NUL (PATH_MAX, include/uapi/linux/limits.h). */
  public static final int PATH_MAX = 4096;

  private Names() {}

  /** The String whose characters are these bytes. */
  public static String fromBytes(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** The bytes of such a String. */
  public static byte[] toBytes(String name) {
    return name.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** For messages: the bytes read as UTF-8, control characters as {@code \xNN}. */
  public static String display(String name) {
    String text = new String(toBytes(name), StandardCharsets.UTF_8);
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c == 0x7f) {
        out.append("\\x")
            .append(Character.forDigit(c >> 4, 16))
            .append(Character.forDigit(c & 15, 16));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /** A child's path beneath a layer root, where the root itself is the empty path. */
  public static String join(String parent, String name) {
    return parent.isEmpty() ? name : parent + "/" + name;
  }
}
