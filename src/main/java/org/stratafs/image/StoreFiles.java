package org.stratafs.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Files of the store itself, whose names are ours: made whole in tmp, published by one rename. */
final class StoreFiles {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Path tmp;

  /**
   * @param tmp where things are staged, on the file system of all that is published
   */
  StoreFiles(Path tmp) {
    this.tmp = tmp;
  }

  /** A path in tmp that nothing has. */
  Path newStaged() {
    byte[] bytes = new byte[8];
    RANDOM.nextBytes(bytes);
    return tmp.resolve(HexFormat.of().formatHex(bytes));
  }

  /** A new directory in tmp, for us alone. */
  Path newStagedDirectory() throws IOException {
    return Files.createDirectory(
        newStaged(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /** Puts the bytes in the place of what {@code target} holds: all or nothing, and durably. */
  void replace(Path target, byte[] bytes) throws IOException {
    Path staged = newStaged();
    try {
      try (FileChannel out =
          FileChannel.open(staged, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
          out.write(left);
        }
        out.force(true);
      }
      publish(staged, target);
    } finally {
      Files.deleteIfExists(staged);
    }
  }

  /** One rename of a synced file or tree, and the rename itself made durable. */
  static void publish(Path staged, Path target) throws IOException {
    Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
    syncDirectory(target.getParent());
  }

  /** Takes away what was published: by one rename first, so that no half of it is ever there. */
  void discard(Path published) throws IOException {
    Path doomed = newStaged();
    Files.move(published, doomed, StandardCopyOption.ATOMIC_MOVE);
    removeTree(doomed);
  }

  /** The entries of a directory that are called by a digest. */
  static List<Digest> digests(Path directory) throws IOException {
    List<Digest> digests = new ArrayList<>();
    try (Stream<Path> entries = Files.list(directory)) {
      for (Path entry : (Iterable<Path>) entries::iterator) {
        String name = entry.getFileName().toString();
        if (Digest.isHex(name)) {
          digests.add(new Digest(name));
        }
      }
    }
    return digests;
  }

  static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Removes a file or a tree of ours, following no link. */
  static void removeTree(Path root) throws IOException {
    if (!Files.exists(root, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes)
              throws IOException {
            // A layer may have directories that shut out their own owner.
            if (!Files.isWritable(dir) || !Files.isExecutable(dir) || !Files.isReadable(dir)) {
              Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwx------"));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
