package org.stratafs.testkit;

import java.util.List;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.sys.Syscalls;

/** Fails the test on any call that would change something beneath a lower layer (I1). */
public final class LowerGuard extends SyscallWrapper {
  private final List<String> lowers;

  /**
   * @param lowers absolute paths without symbolic links
   */
  public LowerGuard(Syscalls real, List<String> lowers) {
    super(real);
    this.lowers = List.copyOf(lowers);
  }

  @Override
  protected void before(String call, Object[] args) {
    if (!isMutating(call, args)) {
      return;
    }
    switch (call) {
      case "symlinkat" -> check(call, args, (Integer) args[1]);
      case "linkat", "renameat2" -> {
        check(call, args, (Integer) args[0]);
        check(call, args, (Integer) args[2]);
      }
      case "linkFd" -> check(call, args, (Integer) args[1]);
      case "copyFileRange" -> check(call, args, (Integer) args[2]);
      default -> check(call, args, (Integer) args[0]);
    }
  }

  private void check(String call, Object[] args, int fd) {
    String path;
    try {
      path =
          fd == Syscalls.AT_FDCWD
              ? ""
              : real().readlinkat(Syscalls.AT_FDCWD, "/proc/self/fd/" + fd);
    } catch (FsException e) {
      if (e.errno() == Errno.ENAMETOOLONG) {
        return; // beyond PATH_MAX, where /proc does not say it
      }
      throw e;
    }
    for (String lower : lowers) {
      if (path.equals(lower) || path.startsWith(lower + "/")) {
        throw new AssertionError("I1: " + line(call, args) + " beneath the lower " + path);
      }
    }
  }
}
