package org.stratafs.strata;

import java.io.IOException;
import org.stratafs.image.Image;
import org.stratafs.image.ImageStore;

/** How large images and layers are. */
final class ImageSizes {
  private ImageSizes() {}

  /** The content of all its layers' files, in bytes; of one not yet unpacked, its archive. */
  static long of(ImageStore store, Image image) throws IOException {
    long sum = 0;
    for (int i = 0; i < image.diffIds().size(); i++) {
      sum += ofLayer(store, image, i);
    }
    return sum;
  }

  /**
   * Of one layer.
   *
   * @param i 0 is the lowest
   */
  static long ofLayer(ImageStore store, Image image, int i) throws IOException {
    return store.trees().has(image.diffIds().get(i))
        ? store.trees().info(image.diffIds().get(i)).fileBytes()
        : image.manifest().layers().get(i).size();
  }
}
