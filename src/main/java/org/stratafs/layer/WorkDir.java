package org.stratafs.layer;

/** The work directory. */
@SuppressWarnings("DoNotCallSuggester")
public final class WorkDir implements AutoCloseable {
  private final UpperDir dir;

  WorkDir(UpperDir dir) {
    this.dir = dir;
  }

  /** Where things are staged. */
  public UpperDir dir() {
    return dir;
  }

  /** A name that nothing in {@link #dir} has. */
  public String newName() {
    throw new UnsupportedOperationException();
  }

  /** Removes a staged thing, recursively; what cannot be removed is logged. */
  public void discard(String name) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    dir.close();
  }
}
