package org.stratafs.strata;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.stratafs.image.Container;
import org.stratafs.image.ImageException;
import org.stratafs.image.MountTable;
import org.stratafs.image.PathBytes;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.Syscalls;

/** Container layers on mount points, by the mount command of StrataFS. */
final class Mounts {
  /** The source of our mounts, before the name: what findmnt shows. */
  private static final String SOURCE = "strata:";

  /** (uid_t) -2. */
  private static final long MAX_ID = 0xffff_fffeL;

  private final Work work;

  Mounts(Work work) {
    this.work = work;
  }

  /** Whether a container layer is mounted just now. */
  boolean isMounted(Container container) throws IOException {
    return container.mountPoint() != null && isMountOf(container, container.mountPoint());
  }

  private static boolean isMountOf(Container container, String point) throws IOException {
    MountTable.Entry entry = MountTable.at(point);
    return entry != null
        && entry.type().startsWith("fuse")
        && entry.source().equals(SOURCE + container.name());
  }

  /** The container layer that is mounted on a directory; null for none. */
  Container mountedOn(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return null;
    }
    String point = PathBytes.of(directory.toRealPath());
    MountTable.Entry entry = MountTable.at(point);
    if (entry == null || !entry.source().startsWith(SOURCE)) {
      return null;
    }
    String name = entry.source().substring(SOURCE.length());
    return work.containers.has(name) ? work.containers.get(name) : null;
  }

  /**
   * Mounts.
   *
   * @param options more options of stratafs; null for none
   */
  void mount(Container container, Path directory, boolean readOnly, String options)
      throws IOException {
    if (isMounted(container)) {
      throw new ImageException(
          "'"
              + container.name()
              + "' is mounted on "
              + Names.display(container.mountPoint())
              + " already: strata umount "
              + container.name()
              + " first");
    }
    if (!Files.isDirectory(directory)) {
      throw new ImageException("'" + directory + "' is no directory to mount on: make it first");
    }
    Path point = directory.toRealPath();
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("strata.stratafs", "stratafs"));
    command.add("-o");
    command.add(options(container, readOnly, options));
    command.add(point.toString());
    int status = run(command);
    if (status != 0) {
      throw new ImageException("stratafs could not mount '" + container.name() + "', see above");
    }
    work.containers.mounted(container, PathBytes.of(point), readOnly);
  }

  private String options(Container container, boolean readOnly, String more) {
    StringBuilder out = new StringBuilder("fsname=").append(SOURCE).append(container.name());
    out.append(",lowerdir=");
    List<String> lowers = work.store.treesOf(container.layers());
    for (int i = 0; i < lowers.size(); i++) {
      out.append(i == 0 ? "" : ":").append(escaped(pathOf(lowers.get(i))));
    }
    if (lowers.isEmpty()) {
      out.append(escaped(work.containers.empty(container.name())));
    }
    if (!readOnly) {
      out.append(",upperdir=").append(escaped(work.containers.upper(container.name())));
      out.append(",workdir=").append(escaped(work.containers.work(container.name())));
    }
    if (work.store.keepsOwnersInXattrs()) {
      out.append(",xattr_permissions=2");
      int uid = work.sys.geteuid();
      if (uid != 0) {
        out.append(",uidmapping=").append(swapOfRoot(uid));
        out.append(",gidmapping=").append(swapOfRoot(work.sys.getegid()));
      }
    }
    if (more != null) {
      out.append(',').append(more);
    }
    return out.toString();
  }

  /**
   * What the image gives to root shows as the user's own, who may change it then, and the other way
   * round; stored it is root's. All other ids show as they are.
   */
  static String swapOfRoot(int id) {
    long own = Integer.toUnsignedLong(id);
    StringBuilder out = new StringBuilder();
    out.append("0:").append(own).append(":1:").append(own).append(":0:1");
    if (own > 1) {
      out.append(":1:1:").append(own - 1);
    }
    if (own < MAX_ID) {
      out.append(':').append(own + 1).append(':').append(own + 1).append(':').append(MAX_ID - own);
    }
    return out.toString();
  }

  private static String escaped(Path path) {
    return path.toString().replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,");
  }

  /** Unmounts; what is in use stays. */
  void unmount(Container container) throws IOException {
    if (!isMounted(container)) {
      throw new ImageException("'" + container.name() + "' is not mounted");
    }
    if (work.sys.geteuid() != 0) {
      int status = run(List.of("fusermount3", "-u", pathOf(container).toString()));
      if (status != 0) {
        throw new ImageException("fusermount3 could not unmount '" + container.name() + "'");
      }
      return;
    }
    try {
      work.sys.umount2(container.mountPoint(), Syscalls.UMOUNT_NOFOLLOW);
    } catch (FsException e) {
      if (e.errno() != Errno.EBUSY) {
        throw e;
      }
      throw new ImageException(
          "'"
              + container.name()
              + "' is in use on "
              + Names.display(container.mountPoint())
              + ": end what works there (fuser -vm shows it), then unmount",
          e);
    }
  }

  /** What programs have written through the mount, with mmap too, is in upper after this. */
  void sync(Container container) {
    int fd =
        work.sys.openat(
            Syscalls.AT_FDCWD,
            container.mountPoint(),
            OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY,
            0);
    try {
      work.sys.syncfs(fd);
    } finally {
      work.sys.close(fd);
    }
  }

  static Path pathOf(Container container) {
    return pathOf(container.mountPoint());
  }

  private static Path pathOf(String latin1) {
    return Path.of(new String(Names.toBytes(latin1), StandardCharsets.UTF_8));
  }

  /** Runs a program on our descriptors, in the locale of our caller. */
  static int run(List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    Map<String, String> environment = builder.environment();
    String locale = environment.remove("STRATA_LC_ALL");
    if (locale != null && !locale.isEmpty()) {
      environment.put("LC_ALL", locale);
    } else if (locale != null) {
      environment.remove("LC_ALL");
    }
    try {
      return builder.start().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new java.io.InterruptedIOException();
    }
  }
}
