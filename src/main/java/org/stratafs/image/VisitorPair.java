package org.stratafs.image;

import java.io.IOException;
import org.stratafs.layer.LayerDir;
import org.stratafs.posix.Stat;

/** Lets two see the same walk. */
record VisitorPair(ChangeVisitor first, ChangeVisitor second) implements ChangeVisitor {
  @Override
  public void directory(String path, LayerDir dir, Stat stat, Kind kind, boolean hides)
      throws IOException {
    first.directory(path, dir, stat, kind, hides);
    second.directory(path, dir, stat, kind, hides);
  }

  @Override
  public void file(String path, MergedDir.Found at, MergedDir.Found data, Kind kind)
      throws IOException {
    first.file(path, at, data, kind);
    second.file(path, at, data, kind);
  }

  @Override
  public void deleted(String path, boolean covered) throws IOException {
    first.deleted(path, covered);
    second.deleted(path, covered);
  }
}
