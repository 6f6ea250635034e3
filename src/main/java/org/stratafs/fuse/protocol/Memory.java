package org.stratafs.fuse.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A piece of native memory, seen both as a bounds-checked buffer and by its address. Whoever made
 * it owns it and keeps it alive while an {@link Exchange} uses it.
 */
public record Memory(ByteBuffer bytes, long address) {
  /**
   * @param bytes direct; taken over in native byte order from 0 to its capacity
   * @param address where byte 0 lies
   */
  public Memory {
    bytes = bytes.duplicate().clear().order(ByteOrder.nativeOrder());
  }

  /** Its size in bytes. */
  int capacity() {
    return bytes.capacity();
  }
}
