package org.stratafs.layer;

import org.stratafs.posix.Stat;

/** Copies metadata. */
@SuppressWarnings("DoNotCallSuggester")
public final class MetadataCopier {
  /** Copies all but the type and the content. */
  public void copy(
      LayerDir from, String name, Stat stat, UpperDir to, String newName, boolean withTimes) {
    throw new UnsupportedOperationException();
  }
}
