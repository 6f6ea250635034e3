package org.stratafs.image;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/** Makes images of the store from archives. Either all of an archive gets in, or nothing. */
public final class Importer {
  /** What an archive is. */
  public enum Format {
    AUTO,
    DOCKER,
    OCI,
    ROOTFS
  }

  /** How much of a compressed stream may be needed to see the first entry, in bytes. */
  private static final int PEEK = 4 << 20;

  private final ImageStore store;
  private final UnpackLimits limits;

  public Importer(ImageStore store, UnpackLimits limits) {
    this.store = store;
    this.limits = limits;
  }

  /**
   * Imports an OCI image layout that is a directory.
   *
   * @param name what to call the image; null: as the archive does
   */
  public List<Image> importDirectory(Path directory, ImageReference name) throws IOException {
    try (ImportSession session = new ImportSession(store, limits)) {
      DirectoryFiles files = new DirectoryFiles(directory, session);
      new OciArchive(session, files).take(name);
      return session.publish();
    }
  }

  /**
   * Imports an archive from a stream, which is read once.
   *
   * @param source what the stream is, for the history
   * @param name what to call the image; null: as the archive does
   */
  public List<Image> importStream(InputStream in, Format format, ImageReference name, String source)
      throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(in, Streams.CHUNK);
    Compression compression = Compression.of(buffered);
    boolean rootfs =
        format == Format.ROOTFS || (format == Format.AUTO && !isImage(buffered, compression));
    try (ImportSession session = new ImportSession(store, limits)) {
      if (rootfs) {
        new RootfsArchive(session).take(buffered, compression, name, source);
      } else {
        TarFiles files = new TarFiles(compression.reader(buffered), session);
        if (format != Format.OCI && files.get(DockerArchive.MANIFEST) != null) {
          new DockerArchive(session, files).take(name);
        } else {
          new OciArchive(session, files).take(name);
        }
      }
      return session.publish();
    }
  }

  /**
   * A stream whose reader can neither move the mark that was set on it nor close it: some
   * decompressors close what they read when they are finalized.
   */
  private static final class Unmarked extends FilterInputStream {
    Unmarked(InputStream in) {
      super(in);
    }

    @Override
    public boolean markSupported() {
      return false;
    }

    @Override
    public void close() {
      // the stream is read on
    }
  }

  /** Told by the first entry, since a stream cannot be read twice. */
  private static boolean isImage(BufferedInputStream in, Compression compression)
      throws IOException {
    in.mark(PEEK);
    TarEntry first;
    try (InputStream peeking = compression.reader(new Unmarked(in))) {
      first = new TarReader(peeking).next();
    }
    in.reset();
    if (first == null) {
      throw new ImageException("the archive is empty");
    }
    String path = EntryPath.parse(first.name()).path();
    int slash = path.indexOf('/');
    String top = slash < 0 ? path : path.substring(0, slash);
    int dot = top.indexOf('.');
    return switch (top) {
      case "manifest.json", "index.json", "oci-layout", "repositories", "blobs" -> true;
      default -> Digest.isHex(dot < 0 ? top : top.substring(0, dot));
    };
  }
}
