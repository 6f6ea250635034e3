package org.stratafs.testkit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.Syscalls;

/** Makes the tree of a {@link TreeSpec} in an existing directory. */
public final class TreeBuilder {
  private final Syscalls sys;
  private final int root;
  private final Set<String> directories = new HashSet<>();
  private final Map<String, TreeSpec.Item> times = new HashMap<>();

  private TreeBuilder(Syscalls sys, int root) {
    this.sys = sys;
    this.root = root;
  }

  /** Makes everything; an item for "" speaks of the directory itself. */
  public static void build(Syscalls sys, int directory, TreeSpec spec) {
    TreeBuilder builder = new TreeBuilder(sys, directory);
    builder.directories.add("");
    for (TreeSpec.Item item : spec.items()) {
      builder.make(item);
    }
    builder.setTimes();
  }

  private void make(TreeSpec.Item item) {
    String path = item.path();
    makeParents(path);
    switch (item.kind()) {
      case "dir" -> {
        makeDirectory(path);
        finish(item, path);
      }
      case "file" -> {
        makeFile(path, item.content());
        finish(item, path);
      }
      case "link" -> {
        sys.symlinkat(item.argument(), root, path);
        finish(item, path);
      }
      case "hard" -> sys.linkat(root, item.argument(), root, path);
      case "fifo", "sock" -> {
        sys.mknodat(root, path, TreeSpec.type(item.kind()) | 0600, 0);
        finish(item, path);
      }
      case "chr", "blk" -> {
        sys.mknodat(root, path, TreeSpec.type(item.kind()) | 0600, item.rdev());
        finish(item, path);
      }
      case "whiteout" -> whiteout(item, path, item.attribute("form", "device"));
      case "opaque" -> {
        makeDirectory(path);
        opaque(path, item.attribute("form", "trusted"));
      }
      default -> throw new IllegalArgumentException(item.toString());
    }
  }

  private void makeParents(String path) {
    int slash = path.lastIndexOf('/');
    if (slash > 0) {
      makeParents(path.substring(0, slash));
      makeDirectory(path.substring(0, slash));
    }
  }

  private void makeDirectory(String path) {
    if (directories.add(path)) {
      sys.mkdirat(root, path, 0755);
      sys.fchmodat(root, path, 0755);
    }
  }

  private void makeFile(String path, byte[] content) {
    int fd =
        sys.openat(root, path, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, 0600);
    try {
      int used = content.length;
      while (used > 0 && content[used - 1] == 0) {
        used--;
      }
      if (used > 0) {
        sys.pwrite(fd, NativeBytes.of(content).address(), used, 0);
      }
      if (used < content.length) {
        sys.ftruncate(fd, content.length);
      }
    } finally {
      sys.close(fd);
    }
  }

  private void whiteout(TreeSpec.Item item, String path, String form) {
    switch (form) {
      case "device" -> sys.mknodat(root, path, Mode.S_IFCHR, 0);
      case "name" -> makeFile(Names.join(parent(path), ".wh." + name(path)), new byte[0]);
      case "trusted", "user" -> {
        makeFile(path, new byte[0]);
        sys.setxattr(root, path, form + ".overlay.whiteout", Names.toBytes("y"), 0);
        finish(item, path);
      }
      default -> throw new IllegalArgumentException("whiteout form " + form);
    }
  }

  private void opaque(String path, String form) {
    String at = path.isEmpty() ? "." : path;
    switch (form) {
      case "trusted", "user" ->
          sys.setxattr(root, at, form + ".overlay.opaque", Names.toBytes("y"), 0);
      case "fuse" -> sys.setxattr(root, at, "user.fuseoverlayfs.opaque", Names.toBytes("y"), 0);
      case "name" -> makeFile(Names.join(path, ".wh..wh..opq"), new byte[0]);
      case "x" -> sys.setxattr(root, at, "trusted.overlay.opaque", Names.toBytes("x"), 0);
      case "userx" -> sys.setxattr(root, at, "user.overlay.opaque", Names.toBytes("x"), 0);
      default -> throw new IllegalArgumentException("opaque form " + form);
    }
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /**
   * Owner first: chown clears suid and capabilities. Always: a set-gid directory gave its group.
   */
  private void finish(TreeSpec.Item item, String path) {
    String at = path.isEmpty() ? "." : path;
    sys.fchownat(root, at, item.uid(), item.gid());
    if (!item.kind().equals("link")) {
      sys.fchmodat(root, at, item.mode());
    }
    item.xattrs().forEach((key, value) -> sys.setxattr(root, at, key, value, 0));
    times.put(path, item);
  }

  /** The deepest first, since making an entry changes its directory's time. */
  private void setTimes() {
    List<String> paths = new ArrayList<>(times.keySet());
    for (String directory : directories) {
      if (!times.containsKey(directory)) {
        paths.add(directory);
      }
    }
    paths.sort(Collections.reverseOrder());
    for (String path : paths) {
      TreeSpec.Item item = times.get(path);
      long sec = item == null ? TreeSpec.MTIME : item.mtimeSec();
      int nsec = item == null ? TreeSpec.MTIME_NSEC : item.mtimeNsec();
      sys.utimensat(root, path.isEmpty() ? "." : path, TreeSpec.MTIME, 0, sec, nsec);
    }
  }
}
