package org.stratafs.image;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.stratafs.layer.LayerDir;
import org.stratafs.layer.LinkKey;
import org.stratafs.layer.Marks;
import org.stratafs.posix.Log;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/**
 * The copies of lower files that have several names (WORKDIR/hardlinks). A mount shows such a copy
 * under all of them, and upper holds those that were used to change it; the others are found here.
 * For one thread.
 */
final class LinkedCopies implements AutoCloseable {
  private final Stack stack;
  private final LayerDir index;

  /** By {@link LinkKey#inode}. */
  private final Map<String, MergedDir.Found> copies = new HashMap<>();

  private LinkedCopies(Stack stack) {
    this.stack = stack;
    this.index = stack.layers().lower(0).openDirectory("");
  }

  /** Those in a directory, which may be empty. */
  static LinkedCopies open(Syscalls sys, String directory, Log log) {
    LinkedCopies copies = new LinkedCopies(Stack.open(sys, List.of(directory), log));
    copies.read();
    return copies;
  }

  private void read() {
    List<String> names = new ArrayList<>();
    index.list((name, ino, type) -> names.add(name));
    for (String name : names) {
      Stat stat = new Stat();
      if (index.stat(name, stat) && stat.isRegular()) {
        copies.put(LinkKey.inode(name), new MergedDir.Found(index, name, stat));
      }
    }
  }

  boolean isEmpty() {
    return copies.isEmpty();
  }

  /** What a mount shows in place of a lower file; null for that file itself. */
  MergedDir.Found copyOf(MergedDir.Found lower) {
    Stat stat = lower.stat();
    return stat.nlink > 1 && stat.isRegular() ? copies.get(LinkKey.inode(stat)) : null;
  }

  /** Where a copy's content is: still in the lower file, for a metacopy. */
  static MergedDir.Found data(MergedDir.Found copy, MergedDir.Found lower) {
    return Marks.isMetacopy(copy.dir(), copy.name()) ? lower : copy;
  }

  @Override
  public void close() {
    index.close();
    stack.close();
  }
}
