package org.stratafs.sys;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.stratafs.posix.DirectoryVisitor;

/**
 * A buffer of struct linux_dirent64 records as getdents64(2) fills it, and its reading. Confined to
 * one thread.
 */
final class Dirents {
  /**
   * In bytes: about 2,000 entries a call. glibc takes 32 KiB; what the kernel's own overlayfs and
   * backing FUSE daemons hand out is 4 KiB to 128 KiB a call.
   */
  static final int SIZE = 64 * 1024;

  // struct linux_dirent64 (include/linux/dirent.h)
  private static final int INO = 0;
  private static final int RECLEN = 16;
  private static final int TYPE = 18;
  private static final int NAME = 19;

  private final NativeBuffer buffer = NativeBuffer.allocate(SIZE);
  private final byte[] heap = new byte[SIZE];

  long address() {
    return buffer.address();
  }

  /** Gives the entries in the first {@code size} bytes to the visitor, without "." and "..". */
  void visit(int size, DirectoryVisitor visitor) {
    ByteBuffer records = buffer.bytes();
    records.get(0, heap, 0, size);
    for (int at = 0; at < size; at += Short.toUnsignedInt(records.getShort(at + RECLEN))) {
      int start = at + NAME;
      int end = start;
      while (heap[end] != 0) {
        end++;
      }
      if (!isDotOrDotDot(start, end)) {
        String name = new String(heap, start, end - start, StandardCharsets.ISO_8859_1);
        visitor.entry(name, records.getLong(at + INO), heap[at + TYPE] & 0xff);
      }
    }
  }

  private boolean isDotOrDotDot(int start, int end) {
    int length = end - start;
    return heap[start] == '.' && (length == 1 || (length == 2 && heap[start + 1] == '.'));
  }
}
