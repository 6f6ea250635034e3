package org.stratafs.image;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** A layer's archive on its way to its blob: hashed, which is its DiffID, and then compressed. */
final class MeasuredOutput extends OutputStream {
  private final OutputStream out;
  private final Hasher hasher = Hashing.sha256().newHasher();
  private long count;

  /**
   * @param blob stays open
   */
  MeasuredOutput(StagedBlob blob, Compression compression) throws IOException {
    OutputStream buffered =
        new BufferedOutputStream(
            new FilterOutputStream(blob) {
              @Override
              public void write(byte[] bytes, int from, int length) throws IOException {
                out.write(bytes, from, length);
              }

              @Override
              public void close() throws IOException {
                out.flush();
              }
            },
            Streams.CHUNK);
    this.out = compression == Compression.NONE ? buffered : compression.writer(buffered);
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    hasher.putBytes(bytes, from, length);
    out.write(bytes, from, length);
    count += length;
  }

  /** In bytes, uncompressed. */
  long count() {
    return count;
  }

  /** Of what was written; asked once, at the end. */
  Digest digest() {
    return Digest.of(hasher.hash());
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
