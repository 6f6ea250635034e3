package org.stratafs.image;

import java.io.IOException;
import org.stratafs.layer.Layer;
import org.stratafs.layer.LayerDir;
import org.stratafs.posix.Stat;

/**
 * Of a walk over all that a mount shows, hands on the names that only lowers have of files that
 * were copied up by another name.
 */
final class OtherNames implements ChangeVisitor {
  private final Layer upper;
  private final LinkedCopies copies;
  private final ChangeVisitor visitor;

  OtherNames(Layer upper, LinkedCopies copies, ChangeVisitor visitor) {
    this.upper = upper;
    this.copies = copies;
    this.visitor = visitor;
  }

  @Override
  public void directory(String path, LayerDir dir, Stat stat, Kind kind, boolean hides) {
    // Whatever changed of it was seen in upper.
  }

  @Override
  public void file(String path, MergedDir.Found at, MergedDir.Found data, Kind kind)
      throws IOException {
    MergedDir.Found copy = at.dir().layer() == upper ? null : copies.copyOf(at);
    if (copy != null) {
      visitor.file(path, copy, LinkedCopies.data(copy, at), Kind.CHANGED);
    }
  }

  @Override
  public void deleted(String path, boolean covered) {
    // The same.
  }
}
