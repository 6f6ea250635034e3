package org.stratafs.fuse.protocol;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import org.stratafs.fs.DirSink;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.OpenResult;

/**
 * Stands before a file system and knows which lookups and handles it has given out. It keeps
 * destroy to itself, which is for whoever made the file system.
 */
public final class Ledger {
  public final FileSystem fs;
  private final FileSystem real;
  private final Map<Long, Long> lookups = new HashMap<>();
  private final Map<Long, Long> files = new HashMap<>();
  private final Map<Long, Long> directories = new HashMap<>();

  public Ledger(FileSystem real) {
    this.real = real;
    this.fs =
        (FileSystem)
            Proxy.newProxyInstance(
                FileSystem.class.getClassLoader(),
                new Class<?>[] {FileSystem.class},
                (proxy, method, args) -> {
                  try {
                    return call(method.getName(), args, given -> method.invoke(real, given));
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
  }

  @FunctionalInterface
  private interface Invocation {
    Object with(Object[] args) throws ReflectiveOperationException;
  }

  private Object call(String name, Object[] args, Invocation invocation)
      throws ReflectiveOperationException {
    if (name.equals("destroy")) {
      return null; // the fixture's
    }
    comesBack(name, args);
    Object result = invocation.with(args);
    goesOut(name, args);
    return result;
  }

  private synchronized void comesBack(String name, Object[] args) {
    switch (name) {
      case "forget" -> args[1] = forget((Long) args[0], (Long) args[1]);
      case "release" -> files.remove((Long) args[1]);
      case "releasedir" -> directories.remove((Long) args[1]);
      case "readdirplus" -> args[4] = new Counting((DirSink) args[4]);
      default -> {}
    }
  }

  private synchronized void goesOut(String name, Object[] args) {
    for (Object arg : args == null ? new Object[0] : args) {
      if (arg instanceof Entry entry) {
        count(entry);
      }
    }
    switch (name) {
      case "open" -> files.put(((OpenResult) args[4]).handle, (Long) args[1]);
      case "opendir" -> directories.put(((OpenResult) args[3]).handle, (Long) args[1]);
      case "create" -> files.put(((OpenResult) args[7]).handle, ((Entry) args[6]).nodeid);
      case "tmpfile" -> files.put(((OpenResult) args[6]).handle, ((Entry) args[5]).nodeid);
      default -> {}
    }
  }

  /** No kernel gives back more than it was given, which a file system may count on. */
  private long forget(long nodeid, long given) {
    long out = lookups.getOrDefault(nodeid, 0L);
    long back = given < 0 || given > out ? out : given;
    lookups.put(nodeid, out - back);
    return back;
  }

  private synchronized void count(Entry entry) {
    if (entry.nodeid != 0) {
      lookups.merge(entry.nodeid, 1L, Long::sum);
    }
  }

  /** Gives everything back that is still out. */
  public synchronized void giveBack() {
    files.forEach((handle, nodeid) -> real.release(nodeid, handle));
    directories.forEach((handle, nodeid) -> real.releasedir(nodeid, handle));
    lookups.forEach(
        (nodeid, count) -> {
          if (count > 0) {
            real.forget(nodeid, count);
          }
        });
  }

  /** Counts the lookups of a listing. */
  private final class Counting implements DirSink {
    private final DirSink sink;

    Counting(DirSink sink) {
      this.sink = sink;
    }

    @Override
    public boolean fits(int nameBytes) {
      return sink.fits(nameBytes);
    }

    @Override
    public void add(String name, long ino, int type, long nextOffset) {
      sink.add(name, ino, type, nextOffset);
    }

    @Override
    public void addPlus(String name, Entry entry, long nextOffset) {
      sink.addPlus(name, entry, nextOffset);
      count(entry);
    }
  }
}
