package org.stratafs.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.stratafs.layer.OverrideForm;
import org.stratafs.layer.WorkDir;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;
import org.stratafs.posix.Mode;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/** The named writable layers of the store: containers/NAME/{upper,work,container.json}. */
public final class Containers {
  private static final String FILE = "container.json";
  private static final String UPPER = "upper";
  private static final String WORK = "work";
  private static final String EMPTY = "empty";

  private final ImageStore store;
  private final Syscalls sys;
  private final Log log;
  private final Path directory;

  public Containers(ImageStore store, Syscalls sys, Log log) {
    this.store = store;
    this.sys = sys;
    this.log = log;
    this.directory = store.root().resolve("containers");
  }

  private Path home(String name) {
    return directory.resolve(name);
  }

  public Path upper(String name) {
    return home(name).resolve(UPPER);
  }

  public Path work(String name) {
    return home(name).resolve(WORK);
  }

  /** An empty directory: what lies below an image without layers. */
  public Path empty(String name) {
    return home(name).resolve(EMPTY);
  }

  /**
   * Where the mounts of a container layer keep the copies of files of the image that have several
   * names; null if there were none. The upper has the names that were used.
   */
  public Path links(String name) {
    Path links = work(name).resolve(WorkDir.LINKS);
    return Files.isDirectory(links) ? links : null;
  }

  /** All that there are, by name. */
  public List<Container> all() throws IOException {
    List<String> names = new ArrayList<>();
    try (Stream<Path> entries = Files.list(directory)) {
      for (Path entry : (Iterable<Path>) entries::iterator) {
        names.add(entry.getFileName().toString());
      }
    }
    names.sort(null);
    List<Container> containers = new ArrayList<>();
    for (String name : names) {
      containers.add(get(name));
    }
    return containers;
  }

  public boolean has(String name) {
    return Files.exists(home(name).resolve(FILE));
  }

  /** Reads one. */
  public Container get(String name) throws IOException {
    Container.checkName(name);
    try {
      byte[] json = Files.readAllBytes(home(name).resolve(FILE));
      return Json.read(json, Container.class, "'" + home(name).resolve(FILE) + "'");
    } catch (NoSuchFileException e) {
      throw new ImageException(
          "there is no container layer '" + name + "': strata ps lists them", e);
    }
  }

  /** Makes one over an image whose layers are unpacked. */
  public Container make(String name, Image image) throws IOException {
    Container.checkName(name);
    Container container =
        new Container(
            name,
            image.display(),
            image.entry().digest(),
            image.diffIds(),
            Clock.now(),
            null,
            false);
    Path staged = store.files().newStagedDirectory();
    try {
      Files.createDirectory(staged.resolve(UPPER));
      Files.createDirectory(staged.resolve(WORK));
      Files.createDirectory(staged.resolve(EMPTY));
      copyRoot(staged.resolve(UPPER), image.diffIds());
      Files.write(staged.resolve(FILE), Json.write(container));
      StoreFiles.publish(staged, home(name));
    } finally {
      StoreFiles.removeTree(staged);
    }
    return container;
  }

  /** The root of the union is that of its topmost layer: the new one takes after the image's. */
  private void copyRoot(Path upper, List<Digest> layers) throws IOException {
    int mode = 0755;
    int uid = 0;
    int gid = 0;
    if (!layers.isEmpty()) {
      try (Stack stack = Stack.open(sys, store.treesOf(layers), log);
          MergedDir root = stack.root(0)) {
        Stat stat = new Stat();
        root.dirs().get(0).statSelf(stat);
        mode = stat.mode & Mode.PERMISSIONS;
        uid = stat.uid;
        gid = stat.gid;
      }
    }
    String path = PathBytes.of(upper);
    if (Privileges.isRoot(sys)) {
      sys.fchownat(Syscalls.AT_FDCWD, path, uid, gid);
      sys.fchmodat(Syscalls.AT_FDCWD, path, mode);
    } else {
      overrideRoot(path, uid, gid, mode);
    }
  }

  private void overrideRoot(String path, int uid, int gid, int mode) throws IOException {
    int fd = sys.openat(Syscalls.AT_FDCWD, path, OpenFlags.O_DIRECTORY, 0);
    try {
      OverrideForm.CONTAINERS.write(sys, fd, uid, gid, Mode.S_IFDIR | mode);
    } catch (FsException e) {
      throw new ImageException(
          "the store takes no user xattrs ("
              + e.getMessage()
              + "), which keep owners for you: put it on another file system, or be root",
          e);
    } finally {
      sys.close(fd);
    }
  }

  /** Remembers where it is mounted. */
  public void mounted(Container container, String mountPoint, boolean readOnly) throws IOException {
    store
        .files()
        .replace(
            home(container.name()).resolve(FILE),
            Json.write(container.mountedOn(mountPoint, readOnly)));
  }

  /** Takes it away with all that it holds; it must not be mounted. */
  public void remove(String name) throws IOException {
    get(name);
    store.files().discard(home(name));
  }
}
