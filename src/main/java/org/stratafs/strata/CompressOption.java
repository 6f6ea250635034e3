package org.stratafs.strata;

import org.stratafs.image.Compression;
import org.stratafs.image.ImageException;
import picocli.CommandLine.Option;

/** How to store a new layer. */
final class CompressOption {
  @Option(
      names = "--compress",
      paramLabel = "none|gzip|zstd",
      description =
          "How to store the new layer. Default: none, which is quickest; what pushes it to a"
              + " registry compresses it.")
  private String name = "none";

  Compression compression() throws ImageException {
    return switch (name) {
      case "none" -> Compression.NONE;
      case "gzip" -> Compression.GZIP;
      case "zstd" -> Compression.ZSTD;
      default -> throw new ImageException("--compress '" + name + "' is none of none, gzip, zstd");
    };
  }
}
