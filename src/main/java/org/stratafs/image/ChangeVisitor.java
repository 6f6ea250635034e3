package org.stratafs.image;

import java.io.IOException;
import org.stratafs.layer.LayerDir;
import org.stratafs.posix.Stat;

/** What an upper makes of the image below it, parents before children, names in byte order. */
interface ChangeVisitor {
  /** Whether the image has the name already. */
  enum Kind {
    ADDED,
    CHANGED
  }

  /**
   * A directory; what is in it comes next.
   *
   * @param path "" is the root
   * @param dir the directory itself, to read its metadata from
   * @param hides whether nothing of what the image has there shows through
   */
  void directory(String path, LayerDir dir, Stat stat, Kind kind, boolean hides) throws IOException;

  /**
   * Anything else.
   *
   * @param at what holds its metadata
   * @param data what holds its content, of a regular file
   */
  void file(String path, MergedDir.Found at, MergedDir.Found data, Kind kind) throws IOException;

  /**
   * A name of the image that does not show any more.
   *
   * @param covered whether its directory {@code hides} all that the image has there
   */
  void deleted(String path, boolean covered) throws IOException;
}
