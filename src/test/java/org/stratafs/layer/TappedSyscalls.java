package org.stratafs.layer;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.stratafs.posix.FsException;
import org.stratafs.sys.LinuxSyscalls;
import org.stratafs.sys.Syscalls;

/** The real system calls with a tap: each call is written down, and a rule may fail it. */
final class TappedSyscalls {
  /** Says with what errno a call fails; 0 lets it through. */
  @FunctionalInterface
  interface Rule {
    int errno(String call, Object[] arguments);
  }

  final List<String> calls = new ArrayList<>();
  final Syscalls sys;

  /** What fails; nothing to begin with. */
  Rule rule = (call, arguments) -> 0;

  TappedSyscalls() {
    Syscalls real = new LinuxSyscalls();
    sys =
        (Syscalls)
            Proxy.newProxyInstance(
                Syscalls.class.getClassLoader(),
                new Class<?>[] {Syscalls.class},
                (proxy, method, arguments) -> {
                  calls.add(method.getName());
                  int errno = rule.errno(method.getName(), arguments);
                  if (errno != 0) {
                    throw new FsException(errno);
                  }
                  try {
                    return method.invoke(real, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
  }

  /** Every call of that name fails so. */
  void fail(String call, int errno) {
    rule = (name, arguments) -> name.equals(call) ? errno : 0;
  }

  /** A renameat2 with any of these flags is not known. */
  static int refuseRename(String call, Object[] arguments, int flags, int errno) {
    return call.equals("renameat2") && (((Integer) arguments[4]) & flags) != 0 ? errno : 0;
  }
}
