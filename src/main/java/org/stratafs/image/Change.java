package org.stratafs.image;

/**
 * One line of a diff, as {@code docker diff} has them.
 *
 * @param kind "A" added, "C" changed, "D" deleted
 * @param path absolute, bytes in a Latin-1 String
 * @param size of the content in bytes; 0 for what has none
 */
public record Change(String kind, String path, long size) {
  static final String ADDED = "A";
  static final String CHANGED = "C";
  static final String DELETED = "D";
}
