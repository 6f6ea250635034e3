package org.stratafs.fuse.libfuse;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

/**
 * A tree of directories /a/b/c... without end, in which "absent" is absent and "broken" fails; it
 * counts the lookups not given back.
 */
final class CountingFileSystem {
  final Map<Long, Long> lookups = new HashMap<>();
  final List<String> calls = new ArrayList<>();
  private final Map<String, Long> ids = new HashMap<>();

  final FileSystem fs =
      (FileSystem)
          Proxy.newProxyInstance(
              FileSystem.class.getClassLoader(),
              new Class<?>[] {FileSystem.class},
              (proxy, method, arguments) -> {
                switch (method.getName()) {
                  case "lookup" ->
                      lookup((Long) arguments[1], (String) arguments[2], (Entry) arguments[3]);
                  case "forget" -> forget((Long) arguments[0], (Long) arguments[1]);
                  default -> throw new AssertionError(method.getName());
                }
                return null;
              });

  private void lookup(long parent, String name, Entry out) {
    calls.add(name);
    if (name.equals("broken")) {
      throw new FsException(Errno.EIO);
    }
    if (parent != FileSystem.ROOT && !lookups.containsKey(parent)) {
      throw new FsException(Errno.ESTALE);
    }
    out.nodeid = 0;
    if (!name.startsWith("absent") && !Paths.mayBeHidden(name)) {
      out.nodeid = ids.computeIfAbsent(parent + "/" + name, key -> ids.size() + 2L);
      lookups.merge(out.nodeid, 1L, Long::sum);
    }
  }

  private void forget(long nodeid, long count) {
    long left = lookups.getOrDefault(nodeid, 0L) - count;
    if (left < 0) {
      throw new AssertionError("more lookups given back than there were: " + nodeid);
    }
    if (left == 0) {
      lookups.remove(nodeid);
    } else {
      lookups.put(nodeid, left);
    }
  }

  long id(long parent, String name) {
    return ids.get(parent + "/" + name);
  }
}
