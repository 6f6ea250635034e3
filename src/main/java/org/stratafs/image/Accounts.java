package org.stratafs.image;

import java.util.HashMap;
import java.util.Map;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.NativeBuffer;
import org.stratafs.sys.Syscalls;

/**
 * The ids that a layer's own etc/passwd and etc/group give to names (passwd(5), group(5)), for ACLs
 * that have names only. Neither those of the machine nor those of lower layers count: a layer is
 * stored once for all images that have it, so its tree follows from its archive alone. Names are
 * bytes in Latin-1 Strings. Immutable.
 *
 * @param users uid by name
 * @param groups gid by name
 */
record Accounts(Map<String, Integer> users, Map<String, Integer> groups) {
  static final Accounts NONE = new Accounts(Map.of(), Map.of());

  /** In bytes; many times what systems with local accounts have. A larger file names nobody. */
  private static final int MAX_FILE = 4 << 20;

  /** Reads them in the tree of a layer, after its last entry. */
  static Accounts of(Syscalls sys, UpperDir root) {
    Stat stat = new Stat();
    if (!root.stat("etc", stat) || !stat.isDirectory()) {
      return NONE;
    }
    try (UpperDir etc = root.child("etc")) {
      return new Accounts(parse(text(sys, etc, "passwd")), parse(text(sys, etc, "group")));
    }
  }

  /** An id as text; -1 for what is none. */
  static long id(String text) {
    long id = PaxRecords.number(text);
    return id > TarReader.MAX_ID ? -1 : id;
  }

  /** Of lines NAME:PASSWORD:ID[:...]; the first of a name counts, as in getpwnam(3). */
  private static Map<String, Integer> parse(String text) {
    Map<String, Integer> ids = new HashMap<>();
    for (String line : text.split("\n")) {
      String[] fields = line.split(":", 4);
      long id = fields.length < 3 ? -1 : id(fields[2]);
      if (id >= 0) {
        ids.putIfAbsent(fields[0], (int) id);
      }
    }
    return ids;
  }

  /** Empty where there is no such regular file of that size, or none that we may read. */
  private static String text(Syscalls sys, UpperDir etc, String name) {
    Stat stat = new Stat();
    if (!etc.stat(name, stat) || !stat.isRegular() || stat.size > MAX_FILE) {
      return "";
    }
    int fd;
    try {
      fd = etc.openFile(name, OpenFlags.O_RDONLY);
    } catch (FsException e) {
      if (e.errno() == Errno.EACCES) {
        return ""; // an ordinary user's store, and a file that its owner may not read
      }
      throw e;
    }
    try {
      NativeBuffer buffer = NativeBuffer.allocate((int) stat.size);
      byte[] bytes = new byte[(int) stat.size];
      int filled = 0;
      while (filled < bytes.length) {
        int got = sys.pread(fd, buffer.address() + filled, bytes.length - filled, filled);
        if (got == 0) {
          break;
        }
        filled += got;
      }
      buffer.bytes().get(0, bytes, 0, filled);
      return Names.fromBytes(bytes);
    } finally {
      sys.close(fd);
    }
  }
}
