package org.stratafs.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** Makes tars byte by byte, the impossible ones too; knows nothing of the readers it tests. */
final class TarBytes {
  private static final int BLOCK = 512;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** Of the next entry. */
  private int mode = 0644;

  private long uid;
  private long gid;
  private long mtime = 1_000_000_000L;

  TarBytes owner(long newUid, long newGid) {
    uid = newUid;
    gid = newGid;
    return this;
  }

  TarBytes mode(int newMode) {
    mode = newMode;
    return this;
  }

  TarBytes mtime(long seconds) {
    mtime = seconds;
    return this;
  }

  TarBytes file(String name, String content) {
    return file(name, content.getBytes(StandardCharsets.ISO_8859_1));
  }

  TarBytes file(String name, byte[] content) {
    header(name, '0', "", content.length, 0, 0);
    return data(content);
  }

  TarBytes directory(String name) {
    int before = mode;
    mode = (mode & 07000) | 0755;
    header(name, '5', "", 0, 0, 0);
    mode = before;
    return this;
  }

  TarBytes symlink(String name, String target) {
    return header(name, '2', target, 0, 0, 0);
  }

  TarBytes hardLink(String name, String target) {
    return header(name, '1', target, 0, 0, 0);
  }

  TarBytes device(String name, char type, int major, int minor) {
    return header(name, type, "", 0, major, minor);
  }

  /** pax records, given as key, value, key, value ... */
  TarBytes pax(String... records) {
    return extended('x', records);
  }

  TarBytes global(String... records) {
    return extended('g', records);
  }

  private TarBytes extended(char type, String... records) {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < records.length; i += 2) {
      String rest = " " + records[i] + "=" + records[i + 1] + "\n";
      int length = rest.length();
      while (Integer.toString(length).length() + rest.length() != length) {
        length = Integer.toString(length).length() + rest.length();
      }
      body.append(length).append(rest);
    }
    return raw(type, body.toString());
  }

  /** An entry of any type, with content. */
  TarBytes raw(char type, String content) {
    byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
    header("PaxHeader", type, "", bytes.length, 0, 0);
    return data(bytes);
  }

  TarBytes header(String name, char type, String link, long size, int major, int minor) {
    byte[] block = new byte[BLOCK];
    put(block, 0, 100, name);
    number(block, 100, 8, mode);
    number(block, 108, 8, uid);
    number(block, 116, 8, gid);
    number(block, 124, 12, size);
    number(block, 136, 12, mtime);
    block[156] = (byte) type;
    put(block, 157, 100, link);
    put(block, 257, 8, "ustar\00000");
    number(block, 329, 8, major);
    number(block, 337, 8, minor);
    return block(block);
  }

  /** A block with its checksum set. */
  TarBytes block(byte[] block) {
    Arrays.fill(block, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    put(block, 148, 8, String.format(Locale.ROOT, "%06o\0 ", sum));
    out.writeBytes(block);
    return this;
  }

  TarBytes data(byte[] content) {
    out.writeBytes(content);
    out.writeBytes(new byte[-content.length & (BLOCK - 1)]);
    return this;
  }

  private static void put(byte[] block, int at, int room, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, block, at, Math.min(room, bytes.length));
  }

  /** Octal, or base-256 where that does not fit (GNU tar manual, Basic Tar Format). */
  private static void number(byte[] block, int at, int room, long value) {
    String octal = Long.toOctalString(value);
    if (value >= 0 && octal.length() < room) {
      put(block, at, room, "0".repeat(room - 1 - octal.length()) + octal);
      return;
    }
    long left = value;
    for (int i = room - 1; i >= 0; i--) {
      block[at + i] = (byte) left;
      left >>= 8;
    }
    block[at] |= (byte) 0x80;
  }

  /** With its end mark. */
  byte[] bytes() {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.writeBytes(out.toByteArray());
    whole.writeBytes(new byte[2 * BLOCK]);
    return whole.toByteArray();
  }

  byte[] withoutEndMark() {
    return out.toByteArray();
  }
}
