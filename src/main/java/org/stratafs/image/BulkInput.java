package org.stratafs.image;

import java.io.IOException;
import java.io.InputStream;

/** A stream that is read many bytes at a time; one at a time it is slow. */
abstract class BulkInput extends InputStream {
  @Override
  public abstract int read(byte[] into, int from, int length) throws IOException;

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }
}
