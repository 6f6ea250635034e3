package org.stratafs.fuse.protocol;

import java.nio.ByteBuffer;
import org.stratafs.fuse.protocol.ReplyLayout.OutHeader;
import org.stratafs.posix.Errno;

/**
 * Flyweight over the reply being made: fuse_out_header, then what a handler appends. Confined to
 * one worker.
 */
final class Reply {
  /** Errors the kernel takes lie under this (fs/fuse/dev.c, fuse_dev_do_write). */
  private static final int ERRNO_LIMIT = 512;

  private final ByteBuffer bytes;
  private final long address;
  private int length;

  Reply(Memory memory) {
    this.bytes = memory.bytes();
    this.address = memory.address();
  }

  /** Starts over with an empty payload. */
  void begin() {
    length = OutHeader.SIZE;
  }

  /** Bytes so far, the header included. */
  int length() {
    return length;
  }

  /** Room left in bytes. */
  int room() {
    return bytes.capacity() - length;
  }

  ByteBuffer bytes() {
    return bytes;
  }

  /** The address of the byte after the last one. */
  long endAddress() {
    return address + length;
  }

  /**
   * Appends a struct of zeros, for a handler to fill.
   *
   * @return its offset
   */
  int append(int size) {
    int at = length;
    zero(at, size);
    length += size;
    return at;
  }

  /** Counts bytes in that something else put there, for example a read(2). */
  void appended(int size) {
    length += size;
  }

  /** Appends bytes. */
  void append(byte[] data) {
    bytes.put(length, data);
    length += data.length;
  }

  /** Appends the bytes of a Latin-1 String without a NUL. */
  void append(String name) {
    int at = length;
    for (int i = 0; i < name.length(); i++) {
      bytes.put(at + i, (byte) name.charAt(i));
    }
    length += name.length();
  }

  /** Sets bytes to zero. */
  void zero(int offset, int size) {
    for (int i = 0; i < size; i++) {
      bytes.put(offset + i, (byte) 0);
    }
  }

  void u16(int offset, int value) {
    bytes.putShort(offset, (short) value);
  }

  void u32(int offset, int value) {
    bytes.putInt(offset, value);
  }

  void u64(int offset, long value) {
    bytes.putLong(offset, value);
  }

  /** Completes a reply that carries what was appended; its length. */
  int finish(long unique) {
    return header(unique, 0);
  }

  /** Completes a reply that carries an errno and nothing else; its length. */
  int finishError(long unique, int errno) {
    length = OutHeader.SIZE;
    return header(unique, errno > 0 && errno < ERRNO_LIMIT ? errno : Errno.EIO);
  }

  /** The errno of a completed reply, 0 for none. */
  int errno() {
    return -bytes.getInt(OutHeader.ERROR);
  }

  private int header(long unique, int errno) {
    bytes.putInt(OutHeader.LEN, length);
    bytes.putInt(OutHeader.ERROR, -errno);
    bytes.putLong(OutHeader.UNIQUE, unique);
    return length;
  }
}
