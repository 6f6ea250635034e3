package org.stratafs.strata;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.stratafs.image.Container;
import org.stratafs.image.Image;
import org.stratafs.image.ImageException;
import org.stratafs.image.PathBytes;
import org.stratafs.image.UnpackLimits;

/**
 * What the argument NAME|DIR|UPPER stands for.
 *
 * @param directory the upper, in Latin-1
 * @param links what its mounts keep of files with several names, in Latin-1; null for none, and for
 *     a mere directory, whose workdir nobody named
 * @param base the image below it; null if that is not known
 * @param lowers the directories of that image, the topmost first
 * @param container null for a mere directory
 */
record UpperArgument(
    String directory, String links, Image base, List<String> lowers, Container container) {
  /**
   * Finds out.
   *
   * @param image what lies below a mere directory; null if nobody said
   */
  static UpperArgument of(Work work, String text, String image, UnpackLimits limits)
      throws IOException {
    Container container = named(work, text);
    Path path = Path.of(text);
    if (container == null) {
      container = new Mounts(work).mountedOn(path);
    }
    if (container != null) {
      Path links = work.containers.links(container.name());
      return new UpperArgument(
          PathBytes.of(work.containers.upper(container.name())),
          links == null ? null : PathBytes.of(links),
          work.store.imageOf(container),
          work.store.treesOf(container.layers()),
          container);
    }
    if (!Files.isDirectory(path)) {
      throw new ImageException(
          "'" + text + "' is no container layer and no directory: strata ps lists the former");
    }
    if (image == null) {
      return new UpperArgument(PathBytes.of(path), null, null, List.of(), null);
    }
    Image found = work.store.find(image);
    work.store.unpack(found, limits);
    return new UpperArgument(
        PathBytes.of(path), null, found, work.store.treesOf(found.diffIds()), null);
  }

  /** The container layer of a name, of what is no path; null for none. */
  static Container named(Work work, String text) throws IOException {
    boolean name = !text.contains("/") && !text.startsWith(".") && !text.isEmpty();
    return name && work.containers.has(text) ? work.containers.get(text) : null;
  }

  /** Brings what was written through a mount to the upper. */
  void sync(Work work) throws IOException {
    Mounts mounts = new Mounts(work);
    if (container != null && mounts.isMounted(container)) {
      mounts.sync(container);
    }
  }
}
