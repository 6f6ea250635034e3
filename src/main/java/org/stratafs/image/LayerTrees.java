package org.stratafs.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.stratafs.posix.Log;
import org.stratafs.sys.Syscalls;

/** The unpacked layers of the store: layers/sha256/DIFFID/fs, and layer.json beside it. */
public final class LayerTrees {
  private static final String INFO = "layer.json";

  private final Syscalls sys;
  private final Path directory;
  private final StoreFiles files;
  private final Log log;

  LayerTrees(Syscalls sys, Path directory, StoreFiles files, Log log) {
    this.sys = sys;
    this.directory = directory;
    this.files = files;
    this.log = log;
  }

  private Path home(Digest diffId) {
    return directory.resolve(diffId.hex());
  }

  /** The tree: what a mount takes as a lower. */
  public Path tree(Digest diffId) {
    return home(diffId).resolve(StagedTree.TREE);
  }

  public boolean has(Digest diffId) {
    return Files.isDirectory(home(diffId));
  }

  /** What was learned of a layer that is there. */
  public LayerInfo info(Digest diffId) throws IOException {
    Path file = home(diffId).resolve(INFO);
    try {
      return Json.read(Files.readAllBytes(file), LayerInfo.class, "'" + file + "'");
    } catch (NoSuchFileException e) {
      throw new ImageException("the layer " + diffId + " is not in the store", e);
    }
  }

  /**
   * Unpacks the archive of a layer in tmp.
   *
   * @param archive compressed or not; read to its end
   * @param expected its DiffID; null: any, but then it must have its end mark
   * @param what the layer, for messages
   */
  StagedLayer unpack(InputStream archive, Digest expected, UnpackLimits limits, String what)
      throws IOException {
    Path staged = files.newStagedDirectory();
    try {
      return unpackInto(staged, archive, expected, limits, what);
    } catch (ImageException e) {
      StoreFiles.removeTree(staged);
      throw new ImageException(what + ": " + e.getMessage(), e);
    } catch (IOException e) {
      StoreFiles.removeTree(staged);
      throw new ImageException(what + " cannot be unpacked: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      StoreFiles.removeTree(staged);
      throw e;
    }
  }

  private StagedLayer unpackInto(
      Path staged, InputStream archive, Digest expected, UnpackLimits limits, String what)
      throws IOException {
    try (StagedTree tree = new StagedTree(sys, staged, log)) {
      MeasuredInput measured = new MeasuredInput(Compression.uncompressed(archive), limits.bytes());
      TarReader tar;
      LayerUnpacker unpacker;
      try (ReadAhead ahead = new ReadAhead(measured)) {
        tar = new TarReader(ahead);
        unpacker = new LayerUnpacker(sys, tree, tar, limits);
        unpacker.unpack();
        Streams.drain(ahead); // what is behind the end mark is hashed too
      }
      Digest diffId = measured.digest();
      check(diffId, expected, tar);
      if (unpacker.warning() != null) {
        log.warn(what + ": " + unpacker.warning());
      }
      LayerInfo info =
          new LayerInfo(
              diffId,
              measured.count(),
              unpacker.fileBytes(),
              unpacker.entries(),
              unpacker.implicit());
      Files.write(staged.resolve(INFO), Json.write(info));
      tree.sync();
      tree.finish();
      return new StagedLayer(staged, info);
    }
  }

  private static void check(Digest diffId, Digest expected, TarReader tar) throws ImageException {
    if (expected == null) {
      if (!tar.hasEndMark()) {
        throw new ImageException("the archive has no end mark: it is truncated");
      }
    } else if (!diffId.equals(expected)) {
      throw new ImageException(
          "its content is " + diffId + " and should be " + expected + ": it is damaged");
    }
  }

  void publish(StagedLayer layer) throws IOException {
    layer.publish(home(layer.info().diffId()));
  }

  /** All that are there. */
  List<Digest> all() throws IOException {
    return StoreFiles.digests(directory);
  }

  void remove(Digest diffId) throws IOException {
    files.discard(home(diffId));
  }
}
