package org.stratafs.image;

import com.google.common.hash.Hashing;
import com.google.common.hash.HashingOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A blob that is being written, outside of the blobs until it is whole. Closing it throws away what
 * was not published.
 */
final class StagedBlob extends OutputStream {
  private final Path file;
  private final FileOutputStream out;
  private final HashingOutputStream hashing;
  private long size;
  private Digest digest;

  StagedBlob(Path file) throws IOException {
    this.file = file;
    this.out = new FileOutputStream(file.toFile());
    this.hashing = new HashingOutputStream(Hashing.sha256(), out);
  }

  @Override
  public void write(int b) throws IOException {
    hashing.write(b);
    size++;
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    hashing.write(bytes, from, count);
    size += count;
  }

  /** All of a stream. */
  StagedBlob writeAll(java.io.InputStream in) throws IOException {
    byte[] buffer = new byte[Streams.CHUNK];
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      write(buffer, 0, count);
    }
    return this;
  }

  /** Ends the writing; the digest of all that was written. The file is not synced yet. */
  Digest finish() throws IOException {
    if (digest == null) {
      digest = Digest.of(hashing.hash());
    }
    return digest;
  }

  /** Syncs and closes the file. */
  void sync() throws IOException {
    out.getChannel().force(false);
    out.close();
  }

  /** In bytes, so far. */
  long size() {
    return size;
  }

  Path file() {
    return file;
  }

  @Override
  public void close() throws IOException {
    out.close();
    Files.deleteIfExists(file);
  }
}
