package org.stratafs.layer;

/** Writes marks. */
@SuppressWarnings("DoNotCallSuggester")
public final class UpperMarks {
  UpperMarks() {}

  /** Whether the upper takes private xattrs. */
  public boolean hasXattrs() {
    throw new UnsupportedOperationException();
  }

  /** Whether the upper takes O_TMPFILE. */
  public boolean hasTmpfile() {
    throw new UnsupportedOperationException();
  }

  /** A whiteout where upper has no such name. */
  public void makeWhiteout(UpperDir parent, String name) {
    throw new UnsupportedOperationException();
  }

  /** A whiteout in place of an upper entry. */
  public void replaceByWhiteout(UpperDir parent, String name, boolean directory) {
    throw new UnsupportedOperationException();
  }

  /** A rename that leaves a whiteout. */
  public void renameLeavingWhiteout(
      UpperDir from, String name, UpperDir to, String newName, int flags) {
    throw new UnsupportedOperationException();
  }

  /** Removes the mark {@code .wh.NAME}, if it is there. */
  public boolean removeNameMark(UpperDir parent, String name) {
    throw new UnsupportedOperationException();
  }

  /** Makes a directory opaque. */
  public void markOpaque(UpperDir parent, String name) {
    throw new UnsupportedOperationException();
  }

  /** Says that a directory has copied-up children. */
  public void markImpure(UpperDir dir) {
    throw new UnsupportedOperationException();
  }

  /** Says that a {@code .wh.*} entry is no mark. EPERM where the upper takes no xattr. */
  public void markLiteral(UpperDir parent, String name) {
    throw new UnsupportedOperationException();
  }

  /** Remembers where a copied-up thing comes from. */
  public void setOrigin(UpperDir parent, String name, byte[] value) {
    throw new UnsupportedOperationException();
  }

  /** Where it comes from, null if unknown. */
  public byte[] origin(LayerDir parent, String name) {
    throw new UnsupportedOperationException();
  }
}
