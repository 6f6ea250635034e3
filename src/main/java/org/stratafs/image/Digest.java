package org.stratafs.image;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import com.google.common.hash.HashCode;

/**
 * The SHA-256 of a blob, {@code sha256:} and 64 lower-case hexadecimal digits (OCI image-spec,
 * descriptor.md, Digests).
 *
 * @param hex the digits alone: safe as a file name
 */
public record Digest(String hex) {
  private static final String PREFIX = "sha256:";
  private static final int DIGITS = 64;

  public Digest {
    if (!isHex(hex)) {
      throw new IllegalArgumentException(hex);
    }
  }

  /** Reads {@code sha256:HEX}. */
  @JsonCreator
  public static Digest parse(String text) throws ImageException {
    if (text == null || !text.startsWith(PREFIX) || !isHex(text.substring(PREFIX.length()))) {
      throw new ImageException("'" + text + "' is not a digest as sha256:HEX, the only kind known");
    }
    return new Digest(text.substring(PREFIX.length()));
  }

  static Digest of(HashCode code) {
    return new Digest(code.toString());
  }

  /** Whether a text is 64 lower-case hexadecimal digits. */
  public static boolean isHex(String text) {
    return text.length() == DIGITS && isHexPrefix(text);
  }

  /** Whether a text may be the beginning of one, as people shorten ids. */
  static boolean isHexPrefix(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
        return false;
      }
    }
    return !text.isEmpty() && text.length() <= DIGITS;
  }

  /**
   * The digits of a digest, or of the beginning of one, with or without what stands before them.
   */
  static String digits(String text) {
    return text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text;
  }

  /** The first twelve digits, as tables show it. */
  public String shortHex() {
    return hex.substring(0, 12);
  }

  @JsonValue
  @Override
  public String toString() {
    return PREFIX + hex;
  }
}
