package org.stratafs.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.stratafs.sys.LinuxSyscalls;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.DirectoryTree;
import org.stratafs.testkit.TempTree;
import org.stratafs.testkit.TreeSnapshot;

/** A store in a temporary directory, beside a file that nothing may touch. */
final class TestStore implements AutoCloseable {
  final Syscalls sys = new LinuxSyscalls();
  final TempTree temp = new TempTree(sys);
  final Path root = Path.of(temp.path(), "store");
  final List<String> log = Collections.synchronizedList(new ArrayList<>());
  private final Path canary = Path.of(temp.path(), "canary");
  private ImageStore store;

  TestStore() throws IOException {
    sys.umask(0);
    Files.createDirectory(canary);
    Files.writeString(canary.resolve("file"), "alive");
    store = ImageStore.open(sys, root, false, log::add);
  }

  ImageStore store() {
    return store;
  }

  Containers containers() {
    return new Containers(store, sys, log::add);
  }

  /** Closes it and opens it again. */
  ImageStore reopen(boolean exclusive) throws IOException {
    store.close();
    store = ImageStore.open(sys, root, exclusive, log::add);
    return store;
  }

  /** The path of the canary as seen from the root of a layer's tree. */
  Path canary() {
    return canary;
  }

  boolean canaryIsUntouched() throws IOException {
    try (Stream<Path> files = Files.list(canary)) {
      return files.count() == 1
          && Files.readString(canary.resolve("file")).equals("alive")
          && (int) Files.getAttribute(canary.resolve("file"), "unix:nlink") == 1;
    }
  }

  /** All paths of the store, sorted: what a failed command must leave as it was. */
  List<String> listing() throws IOException {
    try (Stream<Path> all = Files.walk(root, new FileVisitOption[0])) {
      return all.map(p -> root.relativize(p).toString()).sorted().toList();
    }
  }

  Image importRootfs(byte[] tar, String name) throws IOException {
    return importer()
        .importStream(
            new ByteArrayInputStream(tar),
            Importer.Format.ROOTFS,
            ImageReference.parse(name),
            "a test")
        .get(0);
  }

  List<Image> importArchive(byte[] tar, String name) throws IOException {
    return importer()
        .importStream(
            new ByteArrayInputStream(tar),
            Importer.Format.AUTO,
            name == null ? null : ImageReference.parse(name),
            "a test");
  }

  Importer importer() {
    return new Importer(store, UnpackLimits.DEFAULT);
  }

  /** The tree of an image's only layer. */
  Path tree(Image image) {
    return store.trees().tree(image.diffIds().get(image.diffIds().size() - 1));
  }

  /** A tree as text, a line a path. */
  Map<String, String> snapshot(Path tree, TreeSnapshot.Part... parts) {
    return TreeSnapshot.byPath(new DirectoryTree(sys, PathBytes.of(tree)), parts);
  }

  boolean exists(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public void close() throws IOException {
    store.close();
    temp.close();
  }
}
