package org.stratafs.union;

import java.util.Arrays;

/** The names of a merged directory at one moment. Immutable once built. */
final class Listing {
  /** The directory's change count when this was built: while it stands, hints are true. */
  final long changes;

  private String[] names = new String[16];
  private long[] inos = new long[16];
  private byte[] types = new byte[16];
  private short[] sources = new short[16];
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

  /** While building: corrects an inode number. */
  void setIno(int i, long ino) {
    inos[i] = ino;
  }
}
