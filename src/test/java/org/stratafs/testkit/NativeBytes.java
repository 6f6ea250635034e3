package org.stratafs.testkit;

import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** Native memory for one call, freed by the collector. */
public final class NativeBytes {
  private final Pointer pointer;
  private final int size;

  public NativeBytes(int size) {
    this.size = Math.max(size, 1);
    this.pointer = Memory.allocateDirect(Runtime.getSystemRuntime(), this.size);
  }

  /** Memory that holds these bytes. */
  public static NativeBytes of(byte[] bytes) {
    NativeBytes memory = new NativeBytes(bytes.length);
    memory.pointer.put(0, bytes, 0, bytes.length);
    return memory;
  }

  public long address() {
    return pointer.address();
  }

  public int size() {
    return size;
  }

  /** A copy of the first bytes. */
  public byte[] get(int length) {
    byte[] bytes = new byte[length];
    pointer.get(0, bytes, 0, length);
    return bytes;
  }
}
