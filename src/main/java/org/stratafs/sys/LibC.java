package org.stratafs.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.HeapInvocationBuffer;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.Type;

/**
 * The C library: {@code syscall(2)} with zero to five arguments, and the few functions that need
 * their own binding.
 *
 * <p>This is bound by jffi, the native half of jnr-ffi, and not by a jnr-ffi interface. Measured on
 * 2 cores, JDK 17, C1 only, three runs each, process start to a first call: empty main 0.07 s; jffi
 * 0.14 to 0.18 s; a jnr-ffi interface of two methods 0.32 s, because it generates and loads
 * classes. A call costs the same: 117 ns for getppid through jffi with 2 arguments, 143 with 6, 130
 * through jnr-ffi with 2, 112 in C. It also avoids a defect of jnr-ffi 2.2.17, whose x86_64 stubs
 * pass garbage as the 6th integer argument; jffi's own invokers pass it right (LinuxSyscallsTest
 * has calls that show it).
 *
 * <p>jffi has a direct path for up to six arguments, and one through an argument buffer for more,
 * which costs 300 ns on top. {@code syscall} takes the number as its first, so a call with six
 * arguments of its own is bound by its C function where there is one.
 *
 * <p>Every argument goes as a 64-bit integer: the kernel takes from it as many bits as it wants.
 * Immutable; safe for any thread.
 */
final class LibC {
  private static final String JAVA_VERSION = "java.version";

  private final Invoker invoker = quickly();
  private final LastError lastError = LastError.getInstance();
  private final Library library;
  private final CallContext args1;
  private final CallContext args2;
  private final CallContext args3;
  private final CallContext args4;
  private final CallContext args5;
  private final CallContext args6;
  private final CallContext args7;
  private final long syscall;
  private final long copyFileRange;

  LibC() {
    library = Library.getDefault();
    args1 = context(1);
    args2 = context(2);
    args3 = context(3);
    args4 = context(4);
    args5 = context(5);
    args6 = context(6);
    args7 = context(7);
    syscall = library.getSymbolAddress("syscall");
    copyFileRange = library.getSymbolAddress("copy_file_range");
  }

  /**
   * Starts jffi. Its Platform reads the version of Java with a regular expression, whose lambdas
   * are the first of a mount and take 10 ms; without the property it takes Java 8. It asks only
   * whether Java is 23 or newer, where it leaves sun.misc.Unsafe alone.
   */
  private static Invoker quickly() {
    if (Runtime.version().feature() >= 23) {
      return Invoker.getInstance();
    }
    String version = System.clearProperty(JAVA_VERSION);
    try {
      return Invoker.getInstance();
    } finally {
      System.setProperty(JAVA_VERSION, version);
    }
  }

  private static CallContext context(int parameters) {
    Type[] types = new Type[parameters];
    for (int i = 0; i < parameters; i++) {
      types[i] = Type.SINT64;
    }
    boolean saveErrno = true;
    return CallContext.getCallContext(Type.SINT64, types, CallingConvention.DEFAULT, saveErrno);
  }

  /** The errno of this thread's last failed call. */
  int errno() {
    return lastError.get();
  }

  long call(int number) {
    return invoker.invokeN1(args1, syscall, number);
  }

  long call(int number, long a) {
    return invoker.invokeN2(args2, syscall, number, a);
  }

  long call(int number, long a, long b) {
    return invoker.invokeN3(args3, syscall, number, a, b);
  }

  long call(int number, long a, long b, long c) {
    return invoker.invokeN4(args4, syscall, number, a, b, c);
  }

  long call(int number, long a, long b, long c, long d) {
    return invoker.invokeN5(args5, syscall, number, a, b, c, d);
  }

  long call(int number, long a, long b, long c, long d, long e) {
    return invoker.invokeN6(args6, syscall, number, a, b, c, d, e);
  }

  /** A call with six arguments; 300 ns slower than one with five. */
  long callSlowly(int number, long a, long b, long c, long d, long e, long f) {
    HeapInvocationBuffer buffer = new HeapInvocationBuffer(args7);
    buffer.putLong(number);
    buffer.putLong(a);
    buffer.putLong(b);
    buffer.putLong(c);
    buffer.putLong(d);
    buffer.putLong(e);
    buffer.putLong(f);
    return invoker.invokeLong(args7, syscall, buffer);
  }

  long copyFileRange(int fdIn, long offsetIn, int fdOut, long offsetOut, long length, int flags) {
    return invoker.invokeN6(args6, copyFileRange, fdIn, offsetIn, fdOut, offsetOut, length, flags);
  }

  /** Whether the C library has a function. */
  boolean has(String function) {
    return library.getSymbolAddress(function) != 0;
  }

  /**
   * A function called by name, with up to three arguments and an int result: for what is done once.
   */
  int callByName(String function, long a, long b, long c) {
    return (int) invoker.invokeN3(args3, library.getSymbolAddress(function), a, b, c);
  }

  /** posix_spawnp(3). */
  int posixSpawnp(long pid, long file, long actions, long attributes, long argv, long envp) {
    long address = library.getSymbolAddress("posix_spawnp");
    return (int) invoker.invokeN6(args6, address, pid, file, actions, attributes, argv, envp);
  }
}
