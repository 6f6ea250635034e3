package org.stratafs.union;

import java.util.Arrays;

/**
 * The names of a merged directory at one moment, in the order of their offsets. Immutable once
 * built.
 *
 * <p>An offset is a hash of the name, so that it means the same in a later listing, whatever was
 * made or removed meanwhile. Of 30 bits, for programs whose off_t has 32. Names with the same hash
 * get the next free offsets; should one of them be removed, and the listing be lost, between two
 * reads of a directory that end just there, the other may be left out or be given twice.
 */
final class Listing {
  /** 1 and 2 are after "." and "..". */
  private static final int FIRST_OFFSET = 3;

  /** The directory's change count when this was built: while it stands, hints are true. */
  final long changes;

  private String[] names = new String[16];
  private long[] inos = new long[16];
  private byte[] types = new byte[16];
  private short[] sources = new short[16];
  private int[] offsets;
  private int size;

  Listing(long changes) {
    this.changes = changes;
  }

  int size() {
    return size;
  }

  String name(int i) {
    return names[i];
  }

  long ino(int i) {
    return inos[i];
  }

  /** d_type. */
  int type(int i) {
    return types[i];
  }

  /** Where the entry is: 0 upper, k + 1 the directory's lower k. */
  int source(int i) {
    return sources[i];
  }

  /** While building: adds an entry and returns its index. */
  int add(String name, long ino, int type, int source) {
    if (size == names.length) {
      int length = size * 2;
      names = Arrays.copyOf(names, length);
      inos = Arrays.copyOf(inos, length);
      types = Arrays.copyOf(types, length);
      sources = Arrays.copyOf(sources, length);
    }
    names[size] = name;
    inos[size] = ino;
    types[size] = (byte) type;
    sources[size] = (short) source;
    return size++;
  }

  /** Ends building: puts the entries in the order of their offsets. */
  void sort() {
    long[] order = new long[size];
    for (int i = 0; i < size; i++) {
      order[i] = (long) hash(names[i]) << 32 | i;
    }
    Arrays.sort(order);

    String[] readNames = names;
    long[] readInos = inos;
    byte[] readTypes = types;
    short[] readSources = sources;
    names = new String[size];
    inos = new long[size];
    types = new byte[size];
    sources = new short[size];
    offsets = new int[size];
    int last = FIRST_OFFSET - 1;
    for (int i = 0; i < size; i++) {
      int from = (int) order[i];
      names[i] = readNames[from];
      inos[i] = readInos[from];
      types[i] = readTypes[from];
      sources[i] = readSources[from];
      last = Math.max(last + 1, FIRST_OFFSET + (int) (order[i] >>> 32));
      offsets[i] = last;
    }
  }

  private static int hash(String name) {
    return (name.hashCode() * 0x9E3779B9)
        >>> 2; // Fibonacci hashing spreads names that differ little
  }

  /** Where to go on after an entry. */
  int offset(int i) {
    return offsets[i];
  }

  /** The offset after the last entry, or after "..". */
  int lastOffset() {
    return size == 0 ? FIRST_OFFSET - 1 : offsets[size - 1];
  }

  /** The index of the first entry after an offset. */
  int firstAfter(long offset) {
    if (offset >= lastOffset()) {
      return size;
    }
    int at = Arrays.binarySearch(offsets, (int) Math.max(offset, 0) + 1);
    return at >= 0 ? at : ~at;
  }

  /** While building: corrects an inode number. */
  void setIno(int i, long ino) {
    inos[i] = ino;
  }
}
