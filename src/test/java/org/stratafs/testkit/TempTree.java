package org.stratafs.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/**
 * A temporary directory that is removed with all it holds, whatever the names in it are made of.
 */
public final class TempTree implements AutoCloseable {
  private final Syscalls sys;
  private final String path;

  /** On tmpfs, or where {@code -Dstratafs.testdir} says. */
  public TempTree(Syscalls sys) {
    this.sys = sys;
    try {
      Path base = Path.of(System.getProperty("stratafs.testdir", "/dev/shm"));
      this.path = Files.createTempDirectory(base, "stratafs-test-").toRealPath().toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The absolute path, without symbolic links. */
  public String path() {
    return path;
  }

  /** Makes a directory in it; its path. */
  public String mkdir(String name) {
    sys.mkdirat(Syscalls.AT_FDCWD, path + "/" + name, 0755);
    return path + "/" + name;
  }

  /** Makes a directory with a tree in it; its path. */
  public String build(String name, TreeSpec spec) {
    String directory = mkdir(name);
    int fd = sys.openat(Syscalls.AT_FDCWD, directory, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
    try {
      TreeBuilder.build(sys, fd, spec);
    } finally {
      sys.close(fd);
    }
    return directory;
  }

  @Override
  public void close() {
    remove(sys, Syscalls.AT_FDCWD, path);
  }

  /** Removes a name and all beneath it. */
  public static void remove(Syscalls sys, int dirfd, String name) {
    Stat stat = new Stat();
    if (!sys.statOrAbsent(dirfd, name, stat)) {
      return;
    }
    if (stat.isDirectory()) {
      int fd =
          sys.openat(
              dirfd, name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW, 0);
      try {
        List<String> names = new ArrayList<>();
        sys.readDirectory(fd, (entry, ino, type) -> names.add(entry));
        for (String entry : names) {
          remove(sys, fd, entry);
        }
      } finally {
        sys.close(fd);
      }
    }
    sys.unlinkat(dirfd, name, stat.isDirectory() ? Syscalls.AT_REMOVEDIR : 0);
  }
}
