package org.stratafs.image;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.commons.compress.compressors.CompressorException;
import org.apache.commons.compress.compressors.CompressorStreamFactory;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipParameters;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorOutputStream;

/** How a blob or an archive is compressed, told by its first bytes. */
public enum Compression {
  NONE("", null),
  GZIP("+gzip", CompressorStreamFactory.GZIP),
  ZSTD("+zstd", CompressorStreamFactory.ZSTANDARD),
  XZ(null, CompressorStreamFactory.XZ),
  BZIP2(null, CompressorStreamFactory.BZIP2);

  /** Enough for xz -9, in KiB. */
  private static final int MEMORY_LIMIT_KIB = 256 << 10;

  private static final int BUFFER = 64 << 10;

  private final String suffix;
  private final String name;

  Compression(String suffix, String name) {
    this.suffix = suffix;
    this.name = name;
  }

  /** The media type of a layer so compressed; null where OCI has none (image-spec, layer.md). */
  String layerType() {
    return suffix == null ? null : MediaTypes.LAYER + suffix;
  }

  /** Tells it; {@code in} stays where it is. */
  static Compression of(BufferedInputStream in) throws IOException {
    String detected;
    try {
      detected = CompressorStreamFactory.detect(in);
    } catch (CompressorException e) {
      return NONE; // no known signature
    }
    for (Compression compression : values()) {
      if (detected.equals(compression.name)) {
        return compression;
      }
    }
    return NONE;
  }

  /** The uncompressed content; several streams one after the other are one. */
  InputStream reader(InputStream in) throws IOException {
    if (this == NONE) {
      return in;
    }
    try {
      return new CompressorStreamFactory(true, MEMORY_LIMIT_KIB)
          .createCompressorInputStream(name, in);
    } catch (CompressorException e) {
      throw new ImageException("cannot be uncompressed: " + e.getMessage(), e);
    }
  }

  /** The uncompressed content of a stream that may be compressed. */
  static InputStream uncompressed(InputStream in) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(in, BUFFER);
    return of(buffered).reader(buffered);
  }

  /** Compresses, always to the same bytes; for {@link #GZIP} and {@link #ZSTD}. */
  OutputStream writer(OutputStream out) throws IOException {
    return switch (this) {
      case GZIP -> {
        GzipParameters parameters = new GzipParameters();
        parameters.setBufferSize(BUFFER);
        yield new GzipCompressorOutputStream(out, parameters);
      }
      case ZSTD -> new ZstdCompressorOutputStream(out);
      default -> throw new IllegalArgumentException("layers are not written as " + name);
    };
  }
}
