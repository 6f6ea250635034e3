package org.stratafs.image;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.InputStream;

/** A stream whose bytes are hashed, counted and limited as they are read. */
final class MeasuredInput extends BulkInput {
  private final InputStream in;
  private final long limit;
  private final Hasher hasher = Hashing.sha256().newHasher();
  private long count;

  /**
   * @param limit more bytes than these fail the reading
   */
  MeasuredInput(InputStream in, long limit) {
    this.in = in;
    this.limit = limit;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    int got = in.read(into, from, length);
    if (got > 0) {
      hasher.putBytes(into, from, got);
      count += got;
      if (count > limit) {
        throw new ImageException(
            "has more than " + limit + " bytes: raise --max-bytes if that is meant");
      }
    }
    return got;
  }

  /** In bytes. */
  long count() {
    return count;
  }

  /** Of all that was read; asked once. */
  Digest digest() {
    return Digest.of(hasher.hash());
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
