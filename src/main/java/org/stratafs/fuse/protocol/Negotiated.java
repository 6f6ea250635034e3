package org.stratafs.fuse.protocol;

/**
 * What INIT settled.
 *
 * @param minor the protocol's minor version, 31 to 45
 * @param flags the {@link InitFlags} both sides have
 * @param maxReadahead in bytes
 * @param maxWrite the largest READ and WRITE in bytes
 */
public record Negotiated(int minor, long flags, int maxReadahead, int maxWrite) {
  boolean has(long flag) {
    return (flags & flag) != 0;
  }
}
