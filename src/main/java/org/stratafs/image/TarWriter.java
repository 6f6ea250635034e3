package org.stratafs.image;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.stratafs.layer.LayerDir;
import org.stratafs.layer.OverlayXattrs;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.DeviceNumbers;
import org.stratafs.sys.NativeBuffer;
import org.stratafs.sys.Syscalls;

/**
 * Writes layer tars: ustar with pax headers for what does not fit (long names, xattrs, fractions of
 * a second) and base-256 numbers for large ones; ids as numbers, no names of users. The same tree
 * makes the same bytes.
 */
final class TarWriter {
  /** Of the name and link fields of ustar, in bytes. */
  private static final int FIELD = 100;

  private final Syscalls sys;
  private final TarArchiveOutputStream tar;
  private final NativeBuffer buffer = NativeBuffer.allocate(Streams.CHUNK);
  private final byte[] chunk = new byte[Streams.CHUNK];

  TarWriter(Syscalls sys, OutputStream out) {
    this.sys = sys;
    this.tar =
        new TarArchiveOutputStream(
            out, TarConstants.DEFAULT_RCDSIZE, StandardCharsets.ISO_8859_1.name());
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_TRUNCATE);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_STAR);
  }

  /** A directory; the path "" is the root. */
  void directory(String path, LayerDir dir, Stat stat) throws IOException {
    String name = path.isEmpty() ? "./" : path + "/";
    put(name, TarConstants.LF_DIR, "", stat, 0, dir, "");
  }

  /** Anything but a directory and a regular file. */
  void special(String path, LayerDir dir, String name, Stat stat) throws IOException {
    switch (Mode.type(stat.mode)) {
      case Mode.S_IFLNK ->
          put(path, TarConstants.LF_SYMLINK, dir.readlink(name), stat, 0, dir, name);
      case Mode.S_IFCHR -> put(path, TarConstants.LF_CHR, "", stat, 0, dir, name);
      case Mode.S_IFBLK -> put(path, TarConstants.LF_BLK, "", stat, 0, dir, name);
      case Mode.S_IFIFO -> put(path, TarConstants.LF_FIFO, "", stat, 0, dir, name);
      default -> throw new IllegalArgumentException(path + " " + stat.mode);
    }
  }

  /** A further name of an entry that was written. */
  void hardLink(String path, String target, Stat stat) throws IOException {
    put(path, TarConstants.LF_LINK, target, stat, 0, null, null);
  }

  /** A whiteout: an empty file (OCI image-spec, layer.md, Whiteouts), always the same. */
  void mark(String path) throws IOException {
    Stat stat = new Stat();
    stat.mode = Mode.S_IFREG;
    put(path, TarConstants.LF_NORMAL, "", stat, 0, null, null);
    tar.closeArchiveEntry();
  }

  /**
   * A regular file.
   *
   * @param dir what holds its metadata, under {@code name}
   * @param fd its content, of which {@code stat.size} bytes are written
   * @throws ImageException if the content is shorter: somebody writes to it
   */
  void file(String path, LayerDir dir, String name, Stat stat, int fd) throws IOException {
    put(path, TarConstants.LF_NORMAL, "", stat, stat.size, dir, name);
    long at = 0;
    while (at < stat.size) {
      int want = (int) Math.min(chunk.length, stat.size - at);
      int got = sys.pread(fd, buffer.address(), want, at);
      if (got == 0) {
        throw new ImageException(
            "'"
                + Names.display(path)
                + "' became shorter while it was read: stop what writes to it");
      }
      buffer.bytes().get(0, chunk, 0, got);
      tar.write(chunk, 0, got);
      at += got;
    }
    tar.closeArchiveEntry();
  }

  /** A file of our own making. */
  void document(String path, byte[] content) throws IOException {
    Stat stat = new Stat();
    stat.mode = Mode.S_IFREG | 0644;
    put(path, TarConstants.LF_NORMAL, "", stat, content.length, null, null);
    tar.write(content, 0, content.length);
    tar.closeArchiveEntry();
  }

  /** A file whose content is a stream of a known length. */
  void stream(String path, java.io.InputStream in, long size) throws IOException {
    Stat stat = new Stat();
    stat.mode = Mode.S_IFREG | 0644;
    put(path, TarConstants.LF_NORMAL, "", stat, size, null, null);
    Streams.copy(in, tar, size, chunk);
    tar.closeArchiveEntry();
  }

  /** A plain directory of our own making. */
  void directory(String path) throws IOException {
    Stat stat = new Stat();
    stat.mode = Mode.S_IFDIR | 0755;
    put(path + "/", TarConstants.LF_DIR, "", stat, 0, null, null);
  }

  /** Content, if it may have any, is for the caller to write, and the entry to close. */
  private void put(
      String name, byte type, String link, Stat stat, long size, LayerDir dir, String dirName)
      throws IOException {
    PaxWriter pax = new PaxWriter();
    if (name.length() > FIELD) {
      pax.put(PaxRecords.PATH, name);
    }
    if (link.length() > FIELD) {
      pax.put(PaxRecords.LINK_PATH, link);
    }
    if (stat.mtimeNsec != 0) {
      pax.put(PaxRecords.MTIME, decimal(stat.mtimeSec, stat.mtimeNsec));
    }
    if (dir != null) {
      putXattrs(pax, dir, dirName);
    }
    if (!pax.isEmpty()) {
      putPax(pax.bytes());
    }
    TarArchiveEntry entry = header(name, type);
    entry.setMode(stat.mode & Mode.PERMISSIONS);
    entry.setUserId(stat.uid & 0xffff_ffffL);
    entry.setGroupId(stat.gid & 0xffff_ffffL);
    entry.setModTime(FileTime.from(Instant.ofEpochSecond(stat.mtimeSec)));
    entry.setLinkName(link);
    entry.setSize(size);
    if (type == TarConstants.LF_CHR || type == TarConstants.LF_BLK) {
      entry.setDevMajor(DeviceNumbers.major(stat.rdev));
      entry.setDevMinor(DeviceNumbers.minor(stat.rdev));
    }
    tar.putArchiveEntry(entry);
    if (size == 0 && type != TarConstants.LF_NORMAL) {
      tar.closeArchiveEntry();
    }
  }

  private static TarArchiveEntry header(String name, byte type) {
    TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
    entry.setUserName("");
    entry.setGroupName("");
    return entry;
  }

  private void putPax(byte[] body) throws IOException {
    TarArchiveEntry entry = header("PaxHeaders", TarConstants.LF_PAX_EXTENDED_HEADER_LC);
    entry.setMode(0644);
    entry.setUserId(0);
    entry.setGroupId(0);
    entry.setModTime(FileTime.from(Instant.EPOCH));
    entry.setSize(body.length);
    tar.putArchiveEntry(entry);
    tar.write(body, 0, body.length);
    tar.closeArchiveEntry();
  }

  private static void putXattrs(PaxWriter pax, LayerDir dir, String name) {
    Map<String, String> found = new TreeMap<>();
    for (String stored : dir.xattrs(name)) {
      String shown = OverlayXattrs.shown(stored);
      byte[] value = shown == null ? null : dir.xattr(name, stored);
      if (value != null) {
        found.put(shown, Names.fromBytes(value));
      }
    }
    for (Map.Entry<String, String> xattr : found.entrySet()) {
      pax.put(PaxRecords.XATTR + xattr.getKey(), xattr.getValue());
    }
  }

  /** Seconds before 1970 count down, their fraction up: -1.5 s is -2 s and 500,000,000 ns. */
  private static String decimal(long seconds, int nanoseconds) {
    boolean negative = seconds < 0;
    long whole = negative ? -(seconds + 1) : seconds;
    int part = negative ? 1_000_000_000 - nanoseconds : nanoseconds;
    String digits = Integer.toString(part);
    return (negative ? "-" : "") + whole + "." + "0".repeat(9 - digits.length()) + digits;
  }

  /** Opens the content of a regular file. */
  static int open(MergedDir.Found data) {
    return data.dir().openFile(data.name(), OpenFlags.O_RDONLY);
  }

  /** Writes the end mark; the stream beneath stays open. */
  void finish() throws IOException {
    tar.finish();
    tar.flush();
  }
}
