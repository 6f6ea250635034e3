package org.stratafs.sys;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Native memory with a known address, aligned to a page.
 *
 * <p>{@link #allocate} makes memory that is freed when nothing refers to it any more: keep the
 * object reachable for as long as its address is in use. {@link #reserve} makes memory that {@link
 * #free} gives back.
 */
public final class NativeBuffer {
  /** Alignment in bytes; O_DIRECT and the FUSE device ask for no more. */
  public static final int ALIGNMENT = 4096;

  private final long address;
  private final ByteBuffer bytes;

  /** What malloc(3) gave; 0 if the JVM manages the memory. */
  private final long allocation;

  private NativeBuffer(long address, ByteBuffer bytes, long allocation) {
    this.address = address;
    this.bytes = bytes;
    this.allocation = allocation;
  }

  /** Zeroed memory of that many bytes. */
  public static NativeBuffer allocate(int size) {
    ByteBuffer whole = ByteBuffer.allocateDirect(Math.addExact(size, ALIGNMENT - 1));
    long start = MemoryIO.getInstance().getDirectBufferAddress(whole);
    int skip = (int) (-start & (ALIGNMENT - 1));
    ByteBuffer bytes = whole.slice(skip, size).order(ByteOrder.nativeOrder());
    return new NativeBuffer(start + skip, bytes, 0);
  }

  /**
   * Memory by malloc(3): with arbitrary content, outside of the JVM's limit for direct buffers (as
   * large as its heap), and where it is large, without cost for pages nobody touches.
   *
   * @throws OutOfMemoryError if there is none
   */
  public static NativeBuffer reserve(int size) {
    MemoryIO memory = MemoryIO.getInstance();
    long allocation = memory.allocateMemory(size + ALIGNMENT - 1L, false);
    if (allocation == 0) {
      throw new OutOfMemoryError("malloc of " + size + " bytes");
    }
    long start = (allocation + ALIGNMENT - 1) & -ALIGNMENT;
    ByteBuffer bytes = memory.newDirectByteBuffer(start, size).order(ByteOrder.nativeOrder());
    return new NativeBuffer(start, bytes, allocation);
  }

  /** Gives back memory of {@link #reserve}; called once, and nothing uses the memory afterwards. */
  public void free() {
    if (allocation != 0) {
      MemoryIO.getInstance().freeMemory(allocation);
    }
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
