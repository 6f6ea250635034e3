package org.stratafs.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.stratafs.layer.LayerDir;
import org.stratafs.posix.Log;
import org.stratafs.sys.Syscalls;

/** An upper with what lies below it and what its mount keeps beside it, opened for reading. */
final class UpperStack implements AutoCloseable {
  private final Stack stack;

  /** Null if the mount kept none. */
  private final LinkedCopies copies;

  private UpperStack(Stack stack, LinkedCopies copies) {
    this.stack = stack;
    this.copies = copies;
  }

  /**
   * Opens it.
   *
   * @param links WORKDIR/hardlinks; null if there is none, or nobody knows
   * @param lowers the directories below, the topmost first
   */
  static UpperStack open(Syscalls sys, String upper, String links, List<String> lowers, Log log) {
    List<String> paths = new ArrayList<>(List.of(upper));
    paths.addAll(lowers);
    LinkedCopies copies = links == null ? null : LinkedCopies.open(sys, links, log);
    try {
      return new UpperStack(Stack.open(sys, paths, log), copies);
    } catch (RuntimeException e) {
      if (copies != null) {
        copies.close();
      }
      throw e;
    }
  }

  /** Opens the upper's root. */
  LayerDir upper() {
    return stack.layers().lower(0).openDirectory("");
  }

  /** Opens the root of what lies below; null for nothing. */
  MergedDir image() {
    return stack.root(1);
  }

  /**
   * Visits what the upper changes: its own entries first, then the other names of files that were
   * changed under one of several. Only where there are such, all that shows is read.
   */
  void walk(ChangeVisitor visitor) throws IOException {
    try (MergedDir image = image();
        LayerDir upper = upper()) {
      new UpperWalk(image, copies, visitor).walk(upper);
      if (copies != null && !copies.isEmpty()) {
        try (MergedDir all = stack.root(0)) {
          new MergedWalk(new OtherNames(upper.layer(), copies, visitor), false).walk(all);
        }
      }
    }
  }

  @Override
  public void close() {
    stack.close();
    if (copies != null) {
      copies.close();
    }
  }
}
