package org.stratafs.layer;

import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;
import org.stratafs.sys.Syscalls;

/** The layers of one union, opened and checked. */
@SuppressWarnings("DoNotCallSuggester")
public final class LayerStack implements AutoCloseable {
  private final Syscalls sys;
  private final UpperLayer upper;
  private final WorkDir work;
  private final UpperMarks marks;
  private final LowerLayer[] lowers;
  private final int fsidCount;

  LayerStack(
      Syscalls sys,
      UpperLayer upper,
      WorkDir work,
      UpperMarks marks,
      LowerLayer[] lowers,
      int fsidCount) {
    this.sys = sys;
    this.upper = upper;
    this.work = work;
    this.marks = marks;
    this.lowers = lowers;
    this.fsidCount = fsidCount;
  }

  /**
   * Opens every layer and checks that they fit together. On failure nothing was changed.
   *
   * @throws FsException with one line that names the path and the remedy
   */
  public static LayerStack open(Syscalls sys, StackSpec spec, Log log) {
    throw new UnsupportedOperationException();
  }

  /** Null on a read-only stack. */
  public UpperLayer upper() {
    return upper;
  }

  /** Null on a read-only stack. */
  public WorkDir work() {
    return work;
  }

  /** Null on a read-only stack. */
  public UpperMarks marks() {
    return marks;
  }

  public int lowerCount() {
    return lowers.length;
  }

  /** 0 is the topmost. */
  public LowerLayer lower(int i) {
    return lowers[i];
  }

  /**
   * How many different devices the layers are on: one more than the greatest {@link Layer#fsid}.
   */
  public int fsidCount() {
    return fsidCount;
  }

  @Override
  public void close() {
    if (work != null) {
      work.close();
      sys.close(upper.root);
    }
    for (LowerLayer lower : lowers) {
      sys.close(lower.root);
    }
  }
}
