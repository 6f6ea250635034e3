package org.stratafs.fuse.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.stratafs.fuse.protocol.RequestLayout.InHeader;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;

/**
 * Flyweight over the request at hand: fuse_in_header, the opcode's struct, then names and data.
 *
 * <p>Nothing after the request's end is ever read: {@link #begin} bounds it, {@link Dispatcher}
 * checks that the opcode's struct is there before a handler asks for its fields, and names and data
 * are checked when they are taken. What does not fit is EINVAL. Confined to one worker.
 */
final class Request {
  private final ByteBuffer bytes;
  private final long address;

  /** Names are copied through here; longer than any path the kernel sends (PATH_MAX). */
  private final byte[] scratch = new byte[Names.PATH_MAX];

  /** One after the last byte of the request, extensions left out. */
  private int end;

  /** The next byte of what follows the opcode's struct. */
  private int cursor;

  Request(Memory memory) {
    this.bytes = memory.bytes();
    this.address = memory.address();
  }

  /**
   * Lays the flyweight over a request just read.
   *
   * @param length bytes read; at least a header's
   * @return whether the header's own lengths agree with it
   */
  boolean begin(int length) {
    int extensions = (bytes.getShort(InHeader.TOTAL_EXTLEN) & 0xffff) * 8;
    end = length - extensions;
    cursor = InHeader.SIZE;
    return bytes.getInt(InHeader.LEN) == length && end >= InHeader.SIZE;
  }

  int opcode() {
    return bytes.getInt(InHeader.OPCODE);
  }

  long unique() {
    return bytes.getLong(InHeader.UNIQUE);
  }

  long nodeid() {
    return bytes.getLong(InHeader.NODEID);
  }

  int uid() {
    return bytes.getInt(InHeader.UID);
  }

  int gid() {
    return bytes.getInt(InHeader.GID);
  }

  int pid() {
    return bytes.getInt(InHeader.PID);
  }

  /** Whether the opcode's struct is there; names and data begin after it. */
  boolean takeStruct(int size) {
    cursor = InHeader.SIZE + size;
    return cursor <= end;
  }

  /** A field of the opcode's struct, which {@link #takeStruct} has found to be there. */
  int u32(int field) {
    return bytes.getInt(InHeader.SIZE + field);
  }

  /** Like {@link #u32} for eight bytes. */
  long u64(int field) {
    return bytes.getLong(InHeader.SIZE + field);
  }

  /** The next bytes as a name of one path component. EINVAL, or ENAMETOOLONG over 255 bytes. */
  String name() {
    String name = string();
    if (name.length() > Names.NAME_MAX) {
      throw new FsException(Errno.ENAMETOOLONG);
    }
    if (name.indexOf('/') >= 0) {
      throw new FsException(Errno.EINVAL);
    }
    return name;
  }

  /** The next bytes up to a NUL, which is skipped; at least one byte and shorter than PATH_MAX. */
  String string() {
    int nul = cursor;
    while (nul < end && bytes.get(nul) != 0) {
      nul++;
    }
    int length = nul - cursor;
    if (nul >= end || length == 0) {
      throw new FsException(Errno.EINVAL);
    }
    if (length >= Names.PATH_MAX) {
      throw new FsException(Errno.ENAMETOOLONG);
    }
    bytes.get(cursor, scratch, 0, length);
    cursor = nul + 1;
    return new String(scratch, 0, length, StandardCharsets.ISO_8859_1);
  }

  /** Bytes that follow and have not been taken. */
  int remaining() {
    return end - cursor;
  }

  /** The address of the next {@code size} bytes. EINVAL if there are not as many. */
  long dataAddress(int size) {
    requireData(size);
    return address + cursor;
  }

  /** A copy of the next {@code size} bytes. EINVAL if there are not as many. */
  byte[] data(int size) {
    requireData(size);
    byte[] data = new byte[size];
    bytes.get(cursor, data);
    return data;
  }

  /** Copies the next {@code size} bytes into a reply. EINVAL if there are not as many. */
  void copyData(int size, ByteBuffer to, int offset) {
    requireData(size);
    to.put(offset, bytes, cursor, size);
  }

  /**
   * Eight bytes of the data, {@code offset} after the opcode's struct, found by {@link #remaining}
   * to be there.
   */
  long dataU64(int offset) {
    return bytes.getLong(cursor + offset);
  }

  private void requireData(int size) {
    if (size < 0 || size > end - cursor) {
      throw new FsException(Errno.EINVAL);
    }
  }
}
