package org.stratafs.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.tar.TarUtils;
import org.apache.commons.compress.archivers.zip.ZipEncoding;
import org.apache.commons.compress.archivers.zip.ZipEncodingHelper;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;

/**
 * Reads a tar entry by entry: v7, ustar, pax and GNU. commons-compress reads the header blocks;
 * what is between them is read here, so that pax values stay the bytes they are and no name is
 * changed. Nothing is held but one entry's headers, whose sizes are bounded.
 */
final class TarReader {
  static final int BLOCK = 512;

  /** Room for all the xattrs that a file can have on ext4 or xfs, many times over; in bytes. */
  private static final int MAX_PAX = 4 << 20;

  /** In bytes; names are as long as PATH_MAX at most where programs use them. */
  private static final int MAX_NAME = 64 << 10;

  // ustar: where the owner and the group are, in bytes
  private static final int UID = 108;
  private static final int GID = 116;
  private static final int ID_LENGTH = 8;

  /** The largest uid or gid: the one above it stands for none (chown(2)). */
  static final long MAX_ID = 0xffff_fffeL;

  private static final ZipEncoding BYTES =
      ZipEncodingHelper.getZipEncoding(StandardCharsets.ISO_8859_1);

  private final InputStream in;
  private final PaxRecords global = new PaxRecords();

  /** Of the content of the entry given last: what the caller has not read. */
  private long left;

  /** What fills its last block. */
  private int padding;

  /** Where the archive is read, in bytes from its beginning. */
  private long offset;

  private boolean endMark;

  TarReader(InputStream in) {
    this.in = in;
  }

  static ImageException truncated() {
    return new ImageException("the archive ends in the middle of an entry: it is truncated");
  }

  /** Whether the archive ended as it should: with a block of zeros. */
  boolean hasEndMark() {
    return endMark;
  }

  /**
   * The next entry; null at the end. What was not read of the one before is skipped.
   *
   * @throws ImageException for what is no tar, or an entry that cannot be
   */
  TarEntry next() throws IOException {
    PaxRecords pax = null;
    String longName = null;
    String longLink = null;
    while (true) {
      byte[] block = nextHeader();
      if (block == null) {
        if (pax != null || longName != null || longLink != null) {
          throw truncated();
        }
        return null;
      }
      TarArchiveEntry header = parse(block);
      switch (block[TarConstants.LF_OFFSET]) {
        case TarConstants.LF_PAX_GLOBAL_EXTENDED_HEADER -> global.add(body(header, MAX_PAX));
        case TarConstants.LF_PAX_EXTENDED_HEADER_LC, TarConstants.LF_PAX_EXTENDED_HEADER_UC -> {
          pax = pax == null ? global.copy() : pax;
          pax.add(body(header, MAX_PAX));
        }
        case TarConstants.LF_GNUTYPE_LONGNAME -> longName = cString(body(header, MAX_NAME));
        case TarConstants.LF_GNUTYPE_LONGLINK -> longLink = cString(body(header, MAX_NAME));
        default -> {
          return entry(block, header, pax == null ? global.copy() : pax, longName, longLink);
        }
      }
    }
  }

  /** Content of the entry given last; -1 at its end. */
  int read(byte[] into, int from, int count) throws IOException {
    if (left == 0) {
      return -1;
    }
    int got = in.read(into, from, (int) Math.min(left, count));
    if (got < 0) {
      throw truncated();
    }
    left -= got;
    offset += got;
    return got;
  }

  /** Null at the end: at the first block of zeros, or where there is nothing more. */
  private byte[] nextHeader() throws IOException {
    skip(left + padding);
    left = 0;
    padding = 0;
    byte[] block = new byte[BLOCK];
    int got = Streams.readFully(in, block);
    offset += got;
    if (got == 0) {
      return null;
    }
    if (got < BLOCK) {
      throw truncated();
    }
    for (byte b : block) {
      if (b != 0) {
        return block;
      }
    }
    endMark = true;
    return null;
  }

  private void skip(long count) throws IOException {
    try {
      in.skipNBytes(count);
    } catch (java.io.EOFException e) {
      throw truncated();
    }
    offset += count;
  }

  private TarArchiveEntry parse(byte[] block) throws ImageException {
    try {
      if (!TarUtils.verifyCheckSum(block)) {
        throw new ImageException(
            "there is no tar header at byte " + (offset - BLOCK) + ": it is no tar, or damaged");
      }
      return new TarArchiveEntry(block, BYTES);
    } catch (ImageException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw new ImageException(
          "the tar header at byte " + (offset - BLOCK) + " is malformed: " + e.getMessage(), e);
    }
  }

  /** The content of a header of headers. */
  private byte[] body(TarArchiveEntry header, int max) throws IOException {
    long size = header.getSize();
    if (size < 0 || size > max) {
      throw new ImageException(
          "a header of names or xattrs has " + size + " bytes, more than " + max);
    }
    byte[] body = new byte[(int) size];
    if (Streams.readFully(in, body) < body.length) {
      throw truncated();
    }
    offset += size;
    padding = padding(size);
    return body;
  }

  private static int padding(long size) {
    return (int) (-size & (BLOCK - 1));
  }

  private static String cString(byte[] bytes) {
    String text = Names.fromBytes(bytes);
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }

  private TarEntry entry(
      byte[] block, TarArchiveEntry header, PaxRecords pax, String longName, String longLink)
      throws IOException {
    byte type = block[TarConstants.LF_OFFSET];
    String sparseName = pax.get(SparseMap.NAME);
    String name = first(sparseName, pax.get(PaxRecords.PATH), longName, header.getName());
    String link = first(pax.get(PaxRecords.LINK_PATH), longLink, header.getLinkName());
    TarEntry.Kind kind = kind(type, name);
    long stored = kind == TarEntry.Kind.FILE ? size(header, pax, name) : 0;
    padding = padding(stored);
    left = stored;
    SparseMap sparse = kind == TarEntry.Kind.FILE ? SparseMap.of(header, pax, in) : null;
    List<Extent> extents = stored == 0 ? List.of() : List.of(new Extent(0, stored));
    long size = stored;
    if (sparse != null) {
      left -= sparse.mapBytes();
      offset += sparse.mapBytes();
      extents = sparse.extents();
      size = sparse.size();
    }
    long[] mtime = mtime(header, pax);
    boolean device = kind == TarEntry.Kind.CHAR_DEVICE || kind == TarEntry.Kind.BLOCK_DEVICE;
    TarEntry entry =
        new TarEntry(
            name,
            kind,
            kind == TarEntry.Kind.SYMLINK || kind == TarEntry.Kind.HARD_LINK ? link : "",
            header.getMode() & Mode.PERMISSIONS,
            id(pax.get(PaxRecords.UID), block, UID, name),
            id(pax.get(PaxRecords.GID), block, GID, name),
            mtime[0],
            (int) mtime[1],
            device ? TarEntry.device(header.getDevMajor(), header.getDevMinor()) : 0,
            size,
            extents,
            pax.xattrs(),
            pax.namedAcls());
    if (sparse != null && entry.stored() != left) {
      throw new ImageException(
          "the map of the sparse file '" + Names.display(name) + "' does not fit its content");
    }
    return entry;
  }

  private static String first(String... candidates) {
    for (String candidate : candidates) {
      if (candidate != null) {
        return candidate;
      }
    }
    return "";
  }

  private static TarEntry.Kind kind(byte type, String name) throws ImageException {
    return switch (type) {
      case TarConstants.LF_NORMAL, TarConstants.LF_CONTIG, TarConstants.LF_GNUTYPE_SPARSE ->
          TarEntry.Kind.FILE;
      // before ustar a directory was told by its name
      case TarConstants.LF_OLDNORM ->
          name.endsWith("/") ? TarEntry.Kind.DIRECTORY : TarEntry.Kind.FILE;
      case TarConstants.LF_LINK -> TarEntry.Kind.HARD_LINK;
      case TarConstants.LF_SYMLINK -> TarEntry.Kind.SYMLINK;
      case TarConstants.LF_CHR -> TarEntry.Kind.CHAR_DEVICE;
      case TarConstants.LF_BLK -> TarEntry.Kind.BLOCK_DEVICE;
      case TarConstants.LF_DIR -> TarEntry.Kind.DIRECTORY;
      case TarConstants.LF_FIFO -> TarEntry.Kind.FIFO;
      default ->
          throw new ImageException(
              "the entry '"
                  + Names.display(name)
                  + "' is of the unknown type '"
                  + Names.display(String.valueOf((char) (type & 0xff)))
                  + "'");
    };
  }

  private static long size(TarArchiveEntry header, PaxRecords pax, String name)
      throws ImageException {
    String text = pax.get(PaxRecords.SIZE);
    long size = text == null ? header.getSize() : PaxRecords.number(text);
    if (size < 0) {
      throw new ImageException("the entry '" + Names.display(name) + "' has no valid size");
    }
    return size;
  }

  /** commons-compress keeps but 32 bits of an id in base-256, with their sign. */
  private static int id(String text, byte[] block, int field, String name) throws ImageException {
    long id =
        text == null
            ? TarUtils.parseOctalOrBinary(block, field, ID_LENGTH)
            : PaxRecords.number(text);
    if (id < 0 || id > MAX_ID) {
      throw new ImageException(
          "the entry '" + Names.display(name) + "' has no valid owner or group");
    }
    return (int) id;
  }

  /** Seconds and nanoseconds, these never negative. */
  private static long[] mtime(TarArchiveEntry header, PaxRecords pax) throws ImageException {
    String text = pax.get(PaxRecords.MTIME);
    if (text == null) {
      return new long[] {header.getLastModifiedTime().toInstant().getEpochSecond(), 0};
    }
    boolean negative = text.startsWith("-");
    int start = negative ? 1 : 0;
    int dot = text.indexOf('.');
    long seconds = PaxRecords.number(text.substring(start, dot < 0 ? text.length() : dot));
    String digits = dot < 0 ? "0" : text.substring(dot + 1);
    digits = digits.length() > 9 ? digits.substring(0, 9) : digits;
    long fraction = digits.isEmpty() ? 0 : PaxRecords.number(digits);
    if (seconds < 0 || fraction < 0) {
      throw new ImageException("a pax header has no valid mtime: '" + Names.display(text) + "'");
    }
    for (int i = digits.length(); i < 9 && !digits.isEmpty(); i++) {
      fraction *= 10;
    }
    if (!negative) {
      return new long[] {seconds, fraction};
    }
    return fraction == 0
        ? new long[] {-seconds, 0}
        : new long[] {-seconds - 1, 1_000_000_000L - fraction};
  }
}
