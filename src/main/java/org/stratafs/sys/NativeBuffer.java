package org.stratafs.sys;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Native memory with a known address, aligned to a page; freed when nothing refers to it any more.
 *
 * <p>Keep the object reachable for as long as its address is in use.
 */
public final class NativeBuffer {
  /** Alignment in bytes; O_DIRECT and the FUSE device ask for no more. */
  public static final int ALIGNMENT = 4096;

  private final long address;
  private final ByteBuffer bytes;

  private NativeBuffer(long address, ByteBuffer bytes) {
    this.address = address;
    this.bytes = bytes;
  }

  /** Zeroed memory of that many bytes. */
  public static NativeBuffer allocate(int size) {
    ByteBuffer whole = ByteBuffer.allocateDirect(Math.addExact(size, ALIGNMENT - 1));
    long start = MemoryIO.getInstance().getDirectBufferAddress(whole);
    int skip = (int) (-start & (ALIGNMENT - 1));
    return new NativeBuffer(start + skip, whole.slice(skip, size).order(ByteOrder.nativeOrder()));
  }

  /** The address of the first byte. */
  public long address() {
    return address;
  }

  /** The size in bytes. */
  public int size() {
    return bytes.capacity();
  }

  /**
   * The memory itself, in native byte order: always the same buffer, so use absolute gets and puts
   * or duplicate it.
   */
  public ByteBuffer bytes() {
    return bytes;
  }
}
