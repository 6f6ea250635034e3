package org.stratafs.testkit;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import org.stratafs.sys.Syscalls;

/** Wraps real system calls: a subclass looks at each before it is made and at its result after. */
public abstract class SyscallWrapper implements InvocationHandler {
  /** The calls that change a file system. */
  private static final Set<String> MUTATING =
      Set.of(
          "mkdirat",
          "mknodat",
          "symlinkat",
          "linkat",
          "linkFd",
          "unlinkat",
          "renameat2",
          "fchownat",
          "fchmodat",
          "utimensat",
          "setxattr",
          "removexattr",
          "pwrite",
          "ftruncate",
          "fallocate",
          "copyFileRange",
          "ficlone");

  private final Syscalls real;

  protected SyscallWrapper(Syscalls real) {
    this.real = real;
  }

  /** The wrapped calls. */
  public final Syscalls syscalls() {
    return (Syscalls)
        Proxy.newProxyInstance(
            Syscalls.class.getClassLoader(), new Class<?>[] {Syscalls.class}, this);
  }

  protected final Syscalls real() {
    return real;
  }

  /** Called before a call is made; throws to keep it from being made. */
  protected void before(String call, Object[] args) {}

  /** Called with the result of a call that succeeded; the result to hand on. */
  protected Object after(String call, Object[] args, Object result) {
    return result;
  }

  @Override
  public final Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
    String call = method.getName();
    if (method.getDeclaringClass() == Object.class) {
      return method.invoke(this, args);
    }
    before(call, args);
    Object result;
    try {
      result = method.invoke(real, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    return after(call, args, result);
  }

  /** Whether a call changes a file system; an open that creates does. */
  public static boolean isMutating(String call, Object[] args) {
    if (call.startsWith("openat")) {
      int flags = (Integer) args[2];
      return (flags & (org.stratafs.posix.OpenFlags.O_CREAT | org.stratafs.posix.OpenFlags.O_TRUNC))
              != 0
          || (flags & org.stratafs.posix.OpenFlags.O_TMPFILE)
              == org.stratafs.posix.OpenFlags.O_TMPFILE;
    }
    return MUTATING.contains(call);
  }

  /** One call as a line. */
  public static String line(String call, Object[] args) {
    StringBuilder out = new StringBuilder(call);
    char separator = '(';
    for (Object arg : args == null ? new Object[0] : args) {
      out.append(separator);
      if (arg instanceof String text) {
        out.append(Tokens.encode(text));
      } else if (arg instanceof byte[] bytes) {
        out.append(bytes.length).append(" bytes");
      } else if (arg instanceof Number || arg instanceof Boolean) {
        out.append(arg);
      } else {
        out.append('_');
      }
      separator = ' ';
    }
    return out.append(')').toString();
  }
}
