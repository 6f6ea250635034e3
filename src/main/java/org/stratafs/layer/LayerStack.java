package org.stratafs.layer;

import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;
import org.stratafs.sys.Syscalls;

/**
 * The layers of one union, opened and checked: one descriptor for the root of each, held until
 * {@link #close}. The paths they were given as are not used again.
 */
public final class LayerStack implements AutoCloseable {
  private final Syscalls sys;
  private final UpperLayer upper;
  private final WorkDir work;
  private final UpperMarks marks;
  private final LowerLayer[] lowers;
  private final int dataOnly;
  private final int fsidCount;

  /** What else is open for as long as the stack is. */
  private final int[] held;

  LayerStack(
      Syscalls sys,
      UpperLayer upper,
      WorkDir work,
      UpperMarks marks,
      LowerLayer[] lowers,
      int dataOnly,
      int fsidCount,
      int[] held) {
    this.sys = sys;
    this.upper = upper;
    this.work = work;
    this.marks = marks;
    this.lowers = lowers;
    this.dataOnly = dataOnly;
    this.fsidCount = fsidCount;
    this.held = held;
  }

  /**
   * Opens every layer, checks that they fit together, takes the locks on upper and workdir and
   * cleans workdir. On failure nothing was changed, but for leftovers of an earlier mount in
   * workdir.
   *
   * <p>An upper or workdir that a mount of the kernel's overlayfs is using at the same time is not
   * detected: the kernel's mark is in memory only (I_OVL_INUSE) and it takes no lock.
   *
   * @throws FsException with one line that names the path and the remedy
   */
  public static LayerStack open(Syscalls sys, StackSpec spec, Log log) {
    try (StackOpener opener = new StackOpener(sys, spec, log)) {
      return opener.open();
    }
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

  /** The lowers that show, data-only ones left out. */
  public int lowerCount() {
    return lowers.length - dataOnly;
  }

  /** 0 is the topmost. */
  public LowerLayer lower(int i) {
    return lowers[i];
  }

  /** Lowers that hold data of metacopies and show nothing. */
  public int dataOnlyCount() {
    return dataOnly;
  }

  /** 0 is looked at first. */
  public LowerLayer dataOnly(int i) {
    return lowers[lowerCount() + i];
  }

  /**
   * How many different devices the layers are on: one more than the greatest {@link Layer#fsid}.
   */
  public int fsidCount() {
    return fsidCount;
  }

  /**
   * Closes every layer and gives the locks back. Directories still open beneath them stay usable.
   */
  @Override
  public void close() {
    if (upper != null) {
      marks.close();
      work.close();
      sys.close(upper.root);
    }
    for (LowerLayer lower : lowers) {
      sys.close(lower.root);
    }
    for (int fd : held) {
      sys.close(fd);
    }
  }
}
