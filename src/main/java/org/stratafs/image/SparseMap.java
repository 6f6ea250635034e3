package org.stratafs.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveSparseEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveStructSparse;

/**
 * Which parts of a sparse file an archive holds, in the four forms that GNU tar writes (GNU tar
 * manual, Storing Sparse Files).
 *
 * @param size of the file with its holes, in bytes
 * @param mapBytes how many bytes of the entry's content the map itself took
 */
record SparseMap(long size, List<Extent> extents, long mapBytes) {
  /** More parts than this are no file that anybody made, but an attempt to fill our memory. */
  private static final int MAX_EXTENTS = 1 << 20;

  private static final int MAX_DIGITS = 20;

  private static final String MAP = "GNU.sparse.map";
  private static final String MAJOR = "GNU.sparse.major";
  private static final String SIZE = "GNU.sparse.size";
  private static final String REAL_SIZE = "GNU.sparse.realsize";

  /** The name of a sparse file, whose header has a made-up one. */
  static final String NAME = "GNU.sparse.name";

  /**
   * Reads the map of an entry; null for a file that is not sparse.
   *
   * @param in behind the header; what of the map is there is taken from it
   */
  static SparseMap of(TarArchiveEntry header, PaxRecords pax, InputStream in) throws IOException {
    if (header.isOldGNUSparse()) {
      return oldGnu(header, in);
    }
    if (pax.get(MAJOR) != null) {
      return version1(pax, in);
    }
    if (pax.get(MAP) != null) {
      return of(pax.get(SIZE), List.of(pax.get(MAP).split(",", -1)), 0);
    }
    if (!pax.sparseNumbers().isEmpty() || pax.get(SIZE) != null) {
      return of(pax.get(SIZE), pax.sparseNumbers(), 0);
    }
    return null;
  }

  private static SparseMap oldGnu(TarArchiveEntry header, InputStream in) throws IOException {
    List<Extent> extents = new ArrayList<>();
    add(extents, header.getSparseHeaders());
    boolean more = header.isExtended();
    while (more) {
      byte[] block = new byte[TarReader.BLOCK];
      if (Streams.readFully(in, block) < block.length) {
        throw TarReader.truncated();
      }
      TarArchiveSparseEntry further = new TarArchiveSparseEntry(block);
      add(extents, further.getSparseHeaders());
      more = further.isExtended();
    }
    // Its blocks of the map are no content, and not in its size.
    return checked(header.getRealSize(), extents, 0);
  }

  private static void add(List<Extent> extents, List<TarArchiveStructSparse> more)
      throws ImageException {
    for (TarArchiveStructSparse part : more) {
      if (part.getNumbytes() != 0) {
        extents.add(new Extent(part.getOffset(), part.getNumbytes()));
      }
    }
    if (extents.size() > MAX_EXTENTS) {
      throw new ImageException("a sparse file has more than " + MAX_EXTENTS + " parts");
    }
  }

  /** The map is at the beginning of the content: decimal lines, up to a whole block. */
  private static SparseMap version1(PaxRecords pax, InputStream in) throws IOException {
    Lines lines = new Lines(in);
    long count = lines.next();
    if (count > MAX_EXTENTS) {
      throw new ImageException("a sparse file has more than " + MAX_EXTENTS + " parts");
    }
    List<String> numbers = new ArrayList<>();
    for (long i = 0; i < 2 * count; i++) {
      numbers.add(Long.toString(lines.next()));
    }
    lines.skipToBlock();
    return of(pax.get(REAL_SIZE), numbers, lines.taken);
  }

  private static SparseMap of(String size, List<String> numbers, long mapBytes)
      throws ImageException {
    List<Extent> extents = new ArrayList<>();
    if (numbers.size() % 2 != 0 || numbers.size() / 2 > MAX_EXTENTS) {
      throw malformed();
    }
    for (int i = 0; i < numbers.size(); i += 2) {
      long length = PaxRecords.number(numbers.get(i + 1));
      if (length != 0) {
        extents.add(new Extent(PaxRecords.number(numbers.get(i)), length));
      }
    }
    return checked(size == null ? -1 : PaxRecords.number(size), extents, mapBytes);
  }

  private static SparseMap checked(long size, List<Extent> extents, long mapBytes)
      throws ImageException {
    long end = 0;
    for (Extent extent : extents) {
      if (extent.offset() < end || extent.length() < 0 || extent.end() < extent.offset()) {
        throw malformed();
      }
      end = extent.end();
    }
    if (size < end) {
      throw malformed();
    }
    return new SparseMap(size, List.copyOf(extents), mapBytes);
  }

  private static ImageException malformed() {
    return new ImageException("the map of a sparse file is malformed");
  }

  /** Decimal lines of a stream, counted. */
  private static final class Lines {
    private final InputStream in;
    private long taken;

    Lines(InputStream in) {
      this.in = in;
    }

    long next() throws IOException {
      StringBuilder digits = new StringBuilder();
      for (int c = read(); c != '\n'; c = read()) {
        digits.append((char) c);
        if (digits.length() > MAX_DIGITS) {
          throw malformed();
        }
      }
      long number = PaxRecords.number(digits.toString());
      if (number < 0) {
        throw malformed();
      }
      return number;
    }

    void skipToBlock() throws IOException {
      while (taken % TarReader.BLOCK != 0) {
        read();
      }
    }

    private int read() throws IOException {
      int c = in.read();
      if (c < 0) {
        throw TarReader.truncated();
      }
      taken++;
      return c;
    }
  }
}
