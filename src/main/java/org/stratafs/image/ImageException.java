package org.stratafs.image;

import java.io.IOException;

/** What is wrong with an image, an archive, the store or a request: one line, and what to do. */
public final class ImageException extends IOException {
  private static final long serialVersionUID = 1L;

  public ImageException(String line) {
    super(line);
  }

  public ImageException(String line, Throwable cause) {
    super(line, cause);
  }
}
