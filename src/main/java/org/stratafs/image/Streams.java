package org.stratafs.image;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** What java.io leaves to its callers. */
final class Streams {
  /** How much is moved at a time, in bytes. */
  static final int CHUNK = 256 << 10;

  private Streams() {}

  /** As many bytes as there are, up to the length of {@code into}. */
  static int readFully(InputStream in, byte[] into) throws IOException {
    return in.readNBytes(into, 0, into.length);
  }

  /** Reads to the end, for what the reading does beside. */
  static void drain(InputStream in) throws IOException {
    byte[] buffer = new byte[CHUNK];
    while (in.read(buffer, 0, buffer.length) >= 0) {
      // nobody wants it
    }
  }

  /** Copies so many bytes; EOFException if there are fewer. */
  static void copy(InputStream in, OutputStream out, long count, byte[] buffer) throws IOException {
    long left = count;
    while (left > 0) {
      int got = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (got < 0) {
        throw new EOFException();
      }
      out.write(buffer, 0, got);
      left -= got;
    }
  }
}
