package org.stratafs.testkit;

import org.stratafs.sys.LinuxSyscalls;
import org.stratafs.sys.Syscalls;

/** The real system calls: one instance a process, as in the daemon. */
public final class Real {
  public static final Syscalls SYS = new LinuxSyscalls();

  private Real() {}
}
