package org.stratafs.sys;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * One open descriptor and its owner: closing it a second time does nothing. Safe for any thread.
 */
public final class Fd implements AutoCloseable {
  private final Syscalls syscalls;
  private final AtomicInteger value;

  /** Takes over an open descriptor. */
  public Fd(Syscalls syscalls, int value) {
    this.syscalls = syscalls;
    this.value = new AtomicInteger(value);
  }

  /** The descriptor; -1 once it is closed or released. */
  public int value() {
    return value.get();
  }

  /** Hands the descriptor to the caller, who closes it from now on. */
  public int release() {
    return value.getAndSet(-1);
  }

  @Override
  public void close() {
    int fd = value.getAndSet(-1);
    if (fd >= 0) {
      syscalls.close(fd);
    }
  }
}
