package org.stratafs.strata;

import org.stratafs.image.UnpackLimits;
import picocli.CommandLine.Option;

/** How much a layer may take. */
final class LimitOptions {
  @Option(
      names = "--max-bytes",
      paramLabel = "SIZE",
      description = "Refuse a layer that unpacks to more. Default: 256G.")
  private String bytes;

  @Option(
      names = "--max-entries",
      paramLabel = "N",
      description = "Refuse a layer of more entries. Default: 20000000.")
  private Long entries;

  UnpackLimits limits() {
    UnpackLimits byDefault = UnpackLimits.DEFAULT;
    return new UnpackLimits(
        bytes == null ? byDefault.bytes() : Sizes.parse(bytes),
        entries == null ? byDefault.entries() : entries);
  }
}
