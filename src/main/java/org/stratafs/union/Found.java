package org.stratafs.union;

import java.util.ArrayList;
import java.util.List;
import org.stratafs.layer.LayerDir;
import org.stratafs.layer.Marks;
import org.stratafs.posix.Stat;

/** What a search for a name in a merged directory found on disk. */
final class Found {
  /** What the name is, seen from upper. */
  UpperEntry state = UpperEntry.NONE;

  /** Upper has a {@code .wh.NAME} mark for the name. */
  boolean nameMark;

  /** The topmost object of a visible name: that of upper, or of the first lower that has it. */
  final Stat stat = new Stat();

  /** For a file visible from a lower: the index of the parent's lower it is in. */
  int lowerIndex = -1;

  /** The object is a metacopy: its data is to be found further down. */
  boolean metacopy;

  /** One of the metacopies on the way to the data was in a lower. */
  boolean metacopyInLower;

  /** For a metacopy: where its data is, once it was found. */
  LowerFile data;

  /** For a directory: the lowers that show through, topmost first. */
  List<LowerPath> lowers;

  /** For a directory in upper: what its marks say; null if nothing below made it worth asking. */
  Marks.Opacity upperOpacity;

  /** For a directory with lowers: the st_ino it takes from the topmost one, already composed. */
  long lowerIno;

  /**
   * Directories opened on the way: 0 upper, i + 1 lower i; null entries were not opened. Owned
   * until handed to the cache.
   */
  final List<LayerDir> opened = new ArrayList<>(0);

  /** Set by a step of the search for the next one: the redirect of the directory just found. */
  private String redirect;

  void setRedirect(String redirect) {
    this.redirect = redirect;
  }

  boolean hasRedirect() {
    return redirect != null;
  }

  String takeRedirect() {
    String taken = redirect;
    redirect = null;
    return taken;
  }

  boolean wantsData() {
    return metacopy && data == null;
  }

  boolean isVisible() {
    return state == UpperEntry.LOWER || state == UpperEntry.UPPER;
  }

  void closeOpened() {
    for (LayerDir directory : opened) {
      if (directory != null) {
        directory.close();
      }
    }
    opened.clear();
  }
}
