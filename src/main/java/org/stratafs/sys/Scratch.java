package org.stratafs.sys;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;

/**
 * One thread's native memory for the arguments and results of one call: two paths, an xattr name, a
 * structure, a value.
 *
 * <p>Confined to its thread. What a call leaves here is valid until the thread's next call.
 */
final class Scratch {
  /**
   * The longest xattr name in bytes (XATTR_NAME_MAX) and the largest value and list
   * (include/uapi/linux/limits.h).
   */
  static final int XATTR_NAME_MAX = 255;

  static final int XATTR_SIZE_MAX = 65536;

  private static final String PROC_FD = "/proc/self/fd/";

  private static final int PATH_1 = 0;
  private static final int PATH_2 = PATH_1 + Names.PATH_MAX;
  private static final int XATTR_NAME = PATH_2 + Names.PATH_MAX;
  private static final int STRUCT = XATTR_NAME + XATTR_NAME_MAX + 1;
  private static final int EMPTY = STRUCT + 512;
  private static final int VALUE = EMPTY + 64;

  /**
   * Enough for most xattr values, and for a symbolic link's longest target with one byte to spare.
   */
  static final int SMALL_VALUE = Names.PATH_MAX;

  private final NativeBuffer native0 = NativeBuffer.allocate(VALUE + SMALL_VALUE);
  private final ByteBuffer memory = native0.bytes();
  private final long address = native0.address();
  private final byte[] heap = new byte[Names.PATH_MAX];
  private NativeBuffer largeValue;
  private Dirents dirents;

  /** Lays the bytes of a path and a NUL into the first path place; its address. */
  long path(String path) {
    return put(PATH_1, path, Names.PATH_MAX, Errno.ENAMETOOLONG);
  }

  /** Lays the bytes of a path and a NUL into the second path place; its address. */
  long secondPath(String path) {
    return put(PATH_2, path, Names.PATH_MAX, Errno.ENAMETOOLONG);
  }

  /**
   * Lays the bytes of a short string and a NUL into the xattr name's place; its address. ERANGE if
   * it is too long.
   */
  long xattrName(String name) {
    return put(XATTR_NAME, name, XATTR_NAME_MAX + 1, Errno.ERANGE);
  }

  /**
   * Lays {@code /proc/self/fd/FD} and, unless it is empty, {@code /name} into the first path place;
   * its address.
   */
  long procPath(int fd, String name) {
    byte[] bytes = heap;
    int length = copy(PROC_FD, bytes, 0);
    length += decimal(fd, bytes, length);
    if (!name.isEmpty()) {
      if (length + 1 + name.length() >= Names.PATH_MAX) {
        throw new FsException(Errno.ENAMETOOLONG);
      }
      bytes[length++] = '/';
      length += copy(name, bytes, length);
    }
    return flushHeap(PATH_1, length);
  }

  /** The address of an empty string. */
  long empty() {
    return address + EMPTY;
  }

  /** The address of the structure's place, 512 bytes. */
  long struct() {
    return address + STRUCT;
  }

  /** The offset of the structure's place in {@link #memory}. */
  int structOffset() {
    return STRUCT;
  }

  ByteBuffer memory() {
    return memory;
  }

  /** The address of the small value's place, {@link #SMALL_VALUE} bytes. */
  long smallValue() {
    return address + VALUE;
  }

  /** The first bytes of the small value's place. */
  byte[] smallValueBytes(int size) {
    byte[] value = new byte[size];
    memory.get(VALUE, value, 0, size);
    return value;
  }

  /** The same as a String. */
  String smallValueString(int size) {
    memory.get(VALUE, heap, 0, size);
    return new String(heap, 0, size, StandardCharsets.ISO_8859_1);
  }

  /**
   * Lays a value into the small place if it fits, else into the large one; its address. E2BIG as
   * setxattr(2).
   */
  long value(byte[] value) {
    if (value.length <= SMALL_VALUE) {
      memory.put(VALUE, value, 0, value.length);
      return smallValue();
    }
    if (value.length > XATTR_SIZE_MAX) {
      throw new FsException(Errno.E2BIG);
    }
    largeValue().bytes().put(0, value, 0, value.length);
    return largeValue.address();
  }

  /** A place of {@link #XATTR_SIZE_MAX} bytes, made when it is first wanted. */
  NativeBuffer largeValue() {
    if (largeValue == null) {
      largeValue = NativeBuffer.allocate(XATTR_SIZE_MAX);
    }
    return largeValue;
  }

  /**
   * Lays a string and a NUL into the small value's place; its address. EINVAL if it is too long, as
   * mount(2) has it.
   */
  long text(String text) {
    return put(VALUE, text, SMALL_VALUE, Errno.EINVAL);
  }

  /**
   * Takes the directory reader; a visitor that lists another directory meanwhile gets a new one.
   */
  Dirents takeDirents() {
    Dirents taken = dirents != null ? dirents : new Dirents();
    dirents = null;
    return taken;
  }

  void giveBack(Dirents reader) {
    dirents = reader;
  }

  private long put(int offset, String text, int room, int tooLong) {
    if (text.length() >= room) {
      throw new FsException(tooLong);
    }
    return flushHeap(offset, copy(text, heap, 0));
  }

  private long flushHeap(int offset, int length) {
    heap[length] = 0;
    memory.put(offset, heap, 0, length + 1);
    return address + offset;
  }

  /**
   * Copies a Latin-1 String. The deprecated method is right here: it takes the low byte of each
   * character, which for Latin-1 is all of it, and allocates nothing.
   */
  @SuppressWarnings("deprecation")
  private static int copy(String text, byte[] bytes, int at) {
    assert isLatin1(text) : "not decoded as Latin-1: " + text;
    if (text.indexOf('\0') >= 0) {
      throw new FsException(Errno.EINVAL, "a name with a NUL in it: " + Names.display(text));
    }
    text.getBytes(0, text.length(), bytes, at);
    return text.length();
  }

  private static boolean isLatin1(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0xff) {
        return false;
      }
    }
    return true;
  }

  private static int decimal(int number, byte[] bytes, int at) {
    if (number < 0) {
      throw new FsException(Errno.EBADF);
    }
    int digits = 1;
    for (int rest = number / 10; rest > 0; rest /= 10) {
      digits++;
    }
    int rest = number;
    for (int i = digits - 1; i >= 0; i--) {
      bytes[at + i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return digits;
  }
}
