package org.stratafs.fuse.libfuse;

import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import org.stratafs.fs.StatusReport;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;

/** Runs callbacks: the one place where an errno becomes libfuse's negative result. */
final class Calls {
  /** What a callback does; its result goes to libfuse. */
  @FunctionalInterface
  interface Step {
    int run(Request request);
  }

  /** The same without a result. */
  @FunctionalInterface
  interface Action {
    void run(Request request);
  }

  private final Log log;

  @SuppressWarnings("ThreadLocalUsage") // One instance a mount; a static one would be shared state.
  private final ThreadLocal<Request> current = new ThreadLocal<>();

  private final ConcurrentNavigableMap<String, LongAdder> counts = new ConcurrentSkipListMap<>();

  Calls(Log log) {
    this.log = log;
  }

  /** This thread's callbacks belong to that request from now on; null: there will be none. */
  void bind(Request request) {
    if (request == null) {
      current.remove();
    } else {
      current.set(request);
    }
  }

  /** Adds how often each callback was called so far, by its name. */
  void describe(StatusReport requests) {
    counts.forEach((callback, count) -> requests.add(callback, count.sum()));
  }

  int result(String callback, Step step) {
    counts.computeIfAbsent(callback, name -> new LongAdder()).increment();
    try {
      Request request = current.get();
      if (request == null) {
        throw new IllegalStateException("not on a worker's thread");
      }
      return step.run(request);
    } catch (FsException e) {
      return -e.errno();
    } catch (RuntimeException | Error e) {
      StackTraceElement[] stack = e.getStackTrace();
      log.warn("EIO for " + callback + ": " + e + (stack.length > 0 ? " at " + stack[0] : ""));
      return -Errno.EIO;
    }
  }

  int run(String callback, Action action) {
    return result(
        callback,
        request -> {
          action.run(request);
          return 0;
        });
  }
}
