package org.stratafs.image;

import java.io.IOException;
import org.stratafs.layer.LayerDir;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;

/**
 * Visits all that some layers show together, as what it changes of the layers below them: all of it
 * is an addition, and so is what they hide.
 */
final class MergedWalk {
  private final ChangeVisitor visitor;
  private final boolean withMarks;

  /**
   * @param withMarks whether there are layers below, whose names the marks are about
   */
  MergedWalk(ChangeVisitor visitor, boolean withMarks) {
    this.visitor = visitor;
    this.withMarks = withMarks;
  }

  void walk(MergedDir root) throws IOException {
    directory("", root);
  }

  private void directory(String path, MergedDir dir) throws IOException {
    LayerDir top = dir.dirs().get(0);
    Stat stat = new Stat();
    top.statSelf(stat);
    visitor.directory(path, top, stat, ChangeVisitor.Kind.ADDED, withMarks && dir.hidesAllBelow());
    for (String name : withMarks ? dir.namesAndHidden() : dir.names()) {
      String child = Names.join(path, name);
      MergedDir.Found found = dir.find(name);
      if (found == null) {
        visitor.deleted(child, false);
      } else if (found.stat().isDirectory()) {
        try (MergedDir merged = dir.child(name)) {
          directory(child, merged);
        }
      } else {
        visitor.file(child, found, found, ChangeVisitor.Kind.ADDED);
      }
    }
  }
}
