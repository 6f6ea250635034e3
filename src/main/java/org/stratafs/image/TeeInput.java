package org.stratafs.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** A stream of which everything that is read is written elsewhere too. */
final class TeeInput extends InputStream {
  private final InputStream in;
  private final OutputStream copy;

  TeeInput(InputStream in, OutputStream copy) {
    this.in = in;
    this.copy = copy;
  }

  @Override
  public int read() throws IOException {
    int b = in.read();
    if (b >= 0) {
      copy.write(b);
    }
    return b;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    int got = in.read(into, from, length);
    if (got > 0) {
      copy.write(into, from, got);
    }
    return got;
  }
}
