package org.stratafs.layer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.LinuxSyscalls;
import org.stratafs.sys.NativeBuffer;
import org.stratafs.sys.Syscalls;

/**
 * A real temporary directory and a short way to fill it and to look at it; emptied on close,
 * however deep.
 */
final class Dirs implements AutoCloseable {
  static final String EXT4 = "/tmp";
  static final String TMPFS = "/dev/shm";

  final Syscalls sys = new LinuxSyscalls();
  final String root;

  /** An O_PATH descriptor of the root. */
  final int fd;

  final List<String> warnings = new ArrayList<>();
  private final List<Runnable> toClose = new ArrayList<>();

  Dirs(String where) {
    root = where + "/stratafs-layer-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    sys.mkdirat(Syscalls.AT_FDCWD, root, 0755);
    fd = sys.openat(Syscalls.AT_FDCWD, root, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
  }

  Dirs() {
    this(EXT4);
  }

  /** The absolute path of a path beneath the root. */
  String path(String relative) {
    return relative.isEmpty() ? root : root + "/" + relative;
  }

  /** Makes directories. */
  Dirs mkdir(String... relatives) {
    for (String relative : relatives) {
      sys.mkdirat(Syscalls.AT_FDCWD, path(relative), 0755);
    }
    return this;
  }

  Dirs file(String relative, String content) {
    write(relative, content.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  void write(String relative, byte[] content) {
    int fd =
        sys.openat(
            Syscalls.AT_FDCWD,
            path(relative),
            OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC,
            0644);
    try {
      pwrite(fd, content, 0);
    } finally {
      sys.close(fd);
    }
  }

  void pwrite(int fd, byte[] content, long offset) {
    NativeBuffer buffer = NativeBuffer.allocate(Math.max(1, content.length));
    buffer.bytes().put(0, content);
    int done = 0;
    while (done < content.length) {
      done += sys.pwrite(fd, buffer.address() + done, content.length - done, offset + done);
    }
  }

  byte[] read(String relative) {
    int fd = sys.openat(Syscalls.AT_FDCWD, path(relative), OpenFlags.O_RDONLY, 0);
    try {
      return read(fd);
    } finally {
      sys.close(fd);
    }
  }

  byte[] read(int fd) {
    Stat stat = new Stat();
    sys.fstat(fd, stat);
    byte[] content = new byte[Math.toIntExact(stat.size)];
    NativeBuffer buffer = NativeBuffer.allocate(Math.max(1, content.length));
    int done = 0;
    while (done < content.length) {
      int read = sys.pread(fd, buffer.address() + done, content.length - done, done);
      if (read == 0) {
        break;
      }
      done += read;
    }
    buffer.bytes().get(0, content, 0, done);
    return content;
  }

  String text(String relative) {
    return new String(read(relative), StandardCharsets.ISO_8859_1);
  }

  void xattr(String relative, String name, String value) {
    sys.setxattr(fd, relative, name, value.getBytes(StandardCharsets.ISO_8859_1), 0);
  }

  String xattr(String relative, String name) {
    byte[] value = sys.getxattrOrAbsent(fd, relative, name);
    return value == null ? null : new String(value, StandardCharsets.ISO_8859_1);
  }

  void whiteoutDevice(String relative) {
    sys.mknodat(Syscalls.AT_FDCWD, path(relative), Mode.S_IFCHR, 0);
  }

  /** Null if there is no such name. */
  Stat stat(String relative) {
    Stat stat = new Stat();
    return sys.statOrAbsent(Syscalls.AT_FDCWD, path(relative), stat) ? stat : null;
  }

  boolean exists(String relative) {
    return stat(relative) != null;
  }

  /** The names in a directory, sorted and joined by blanks. */
  String names(String relative) {
    TreeSet<String> names = new TreeSet<>(Comparator.naturalOrder());
    int fd =
        sys.openat(
            Syscalls.AT_FDCWD, path(relative), OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0);
    try {
      sys.readDirectory(fd, (name, ino, type) -> names.add(name));
    } finally {
      sys.close(fd);
    }
    return String.join(" ", names);
  }

  /** Makes directories lower, upper and work and gives the stack of them. */
  StackSpec simpleSpec() {
    mkdir("lower", "upper", "work");
    return spec("lower");
  }

  /** Those lowers over the directories upper and work. */
  StackSpec spec(String... lowers) {
    return new StackSpec(paths(lowers), path("upper"), path("work"), XattrNamespace.AUTO);
  }

  StackSpec readOnlySpec(String... lowers) {
    return new StackSpec(paths(lowers), null, null, XattrNamespace.AUTO);
  }

  private List<String> paths(String... relatives) {
    List<String> paths = new ArrayList<>();
    for (String relative : relatives) {
      paths.add(path(relative));
    }
    return paths;
  }

  /** Opens a stack that is closed with this object. */
  LayerStack open(StackSpec spec) {
    return open(sys, spec);
  }

  LayerStack open(Syscalls calls, StackSpec spec) {
    LayerStack stack = LayerStack.open(calls, spec, warnings::add);
    toClose.add(stack::close);
    return stack;
  }

  <T extends LayerDir> T closing(T dir) {
    toClose.add(dir::close);
    return dir;
  }

  /** What opening such a stack says. */
  FsException refusal(StackSpec spec) {
    try (LayerStack stack = LayerStack.open(sys, spec, warnings::add)) {
      throw new AssertionError("opened " + stack.lowerCount() + " lowers");
    } catch (FsException e) {
      return e;
    }
  }

  @Override
  public void close() {
    for (int i = toClose.size() - 1; i >= 0; i--) {
      toClose.get(i).run();
    }
    sys.close(fd);
    if (run("rm", "-rf", root) != 0) {
      throw new AssertionError("could not remove " + root);
    }
  }

  /** Runs a program; its exit code. */
  static int run(String... command) {
    try {
      return new ProcessBuilder(command).inheritIO().start().waitFor();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
