package org.stratafs.image;

/**
 * What one layer may at most take when it is unpacked: a few kilobytes of an archive can stand for
 * petabytes.
 *
 * @param bytes of the uncompressed archive
 * @param entries of it
 */
public record UnpackLimits(long bytes, long entries) {
  /** Far beyond any image that is handed around. */
  public static final UnpackLimits DEFAULT = new UnpackLimits(256L << 30, 20_000_000);
}
