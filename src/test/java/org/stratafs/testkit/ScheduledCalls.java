package org.stratafs.testkit;

import java.util.Set;
import org.stratafs.sys.Syscalls;

/** Makes each system call a scheduling point, but those that nothing else can be seen by. */
public final class ScheduledCalls extends SyscallWrapper {
  private static final Set<String> LOCAL = Set.of("close", "geteuid", "getegid", "umask");

  private final Scheduler scheduler;

  public ScheduledCalls(Syscalls real, Scheduler scheduler) {
    super(real);
    this.scheduler = scheduler;
  }

  @Override
  protected void before(String call, Object[] args) {
    if (!LOCAL.contains(call)) {
      scheduler.point(line(call, args));
    }
  }
}
