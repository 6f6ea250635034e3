package org.stratafs.image;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * A layer's archive on its way to its blob: hashed, which is its DiffID, compressed, and hashed
 * again as the blob, on a thread of its own. Uncompressed, it is the blob, and hashed once.
 */
final class MeasuredOutput extends OutputStream {
  private final StagedBlob blob;

  /** Null where the blob's digest is the DiffID. */
  private final Hasher hasher;

  private final OutputStream compressed;
  private final WriteBehind behind;

  /**
   * @param blob stays open
   */
  MeasuredOutput(StagedBlob blob, Compression compression) throws IOException {
    this.blob = blob;
    hasher = compression == Compression.NONE ? null : Hashing.sha256().newHasher();
    compressed = compression == Compression.NONE ? blob : compression.writer(new Buffered(blob));
    behind = new WriteBehind(new Hashed());
  }

  /** Keeps the blob open when a compressor is closed. */
  private static final class Buffered extends BufferedOutputStream {
    Buffered(StagedBlob blob) {
      super(blob, Streams.CHUNK);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }

  /** What the thread does. */
  private final class Hashed extends FilterOutputStream {
    Hashed() {
      super(compressed);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      if (hasher != null) {
        hasher.putBytes(bytes, from, length);
      }
      out.write(bytes, from, length);
    }
  }

  @Override
  public void write(int b) throws IOException {
    behind.write(b);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    behind.write(bytes, from, length);
  }

  /** The DiffID; asked once, after {@link #close}. */
  Digest digest() throws IOException {
    return hasher == null ? blob.finish() : Digest.of(hasher.hash());
  }

  @Override
  public void close() throws IOException {
    behind.close();
    if (hasher != null) {
      compressed.close();
    }
  }
}
