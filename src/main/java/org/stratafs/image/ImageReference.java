package org.stratafs.image;

/**
 * NAME:TAG, by which people call an image (distribution-spec: the grammar of names and tags).
 *
 * @param name with a registry before it, if one was given: never added by us
 */
public record ImageReference(String name, String tag) {
  private static final int MAX_NAME = 255;
  private static final int MAX_TAG = 128;
  private static final String LATEST = "latest";

  /** Reads NAME or NAME:TAG; without a tag it is {@code latest}. */
  public static ImageReference parse(String text) throws ImageException {
    int colon = text.lastIndexOf(':');
    // A colon before a slash is a registry's port.
    boolean tagged = colon >= 0 && text.indexOf('/', colon) < 0;
    String name = tagged ? text.substring(0, colon) : text;
    String tag = tagged ? text.substring(colon + 1) : LATEST;
    if (!isName(name)) {
      throw new ImageException(
          "'"
              + text
              + "' is no image name: lower-case letters, digits and . _ - in parts with / between,"
              + " then :TAG");
    }
    if (!isTag(tag)) {
      throw new ImageException(
          "'" + text + "' has no valid tag: letters, digits and . _ -, at most 128 of them");
    }
    return new ImageReference(name, tag);
  }

  private static boolean isName(String name) {
    if (name.isEmpty() || name.length() > MAX_NAME) {
      return false;
    }
    String[] parts = name.split("/", -1);
    for (int i = 0; i < parts.length; i++) {
      boolean host = i == 0 && parts.length > 1;
      if (!isPart(parts[i], host)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPart(String part, boolean host) {
    if (part.isEmpty() || !isWord(part.charAt(0), host)) {
      return false;
    }
    for (int i = 0; i < part.length(); i++) {
      char c = part.charAt(i);
      boolean separator = c == '.' || c == '_' || c == '-' || (host && c == ':');
      if (!separator && !isWord(c, host)) {
        return false;
      }
    }
    return isWord(part.charAt(part.length() - 1), host);
  }

  private static boolean isWord(char c, boolean upperToo) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (upperToo && c >= 'A' && c <= 'Z');
  }

  private static boolean isTag(String tag) {
    if (tag.isEmpty() || tag.length() > MAX_TAG || tag.charAt(0) == '.' || tag.charAt(0) == '-') {
      return false;
    }
    for (int i = 0; i < tag.length(); i++) {
      char c = tag.charAt(i);
      if (!isWord(c, true) && c != '.' && c != '_' && c != '-') {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return name + ":" + tag;
  }
}
