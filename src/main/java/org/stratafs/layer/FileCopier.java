package org.stratafs.layer;

import java.util.function.BooleanSupplier;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/** Copies file contents. */
@SuppressWarnings("DoNotCallSuggester")
public final class FileCopier {
  private final Syscalls sys;

  public FileCopier(Syscalls sys) {
    this.sys = sys;
  }

  /** Copies {@code size} bytes from the beginning of one file to another one, which is empty. */
  public void copy(int source, int target, long size, BooleanSupplier interrupted) {
    Stat stat = new Stat();
    sys.fstat(source, stat);
    stat.size = size;
    copy(source, stat, target, interrupted);
  }

  /** The same for a caller that knows the source's stat. */
  public void copy(int source, Stat stat, int target, BooleanSupplier interrupted) {
    throw new UnsupportedOperationException();
  }

  public long copiedBytes() {
    throw new UnsupportedOperationException();
  }

  public long copies() {
    throw new UnsupportedOperationException();
  }
}
