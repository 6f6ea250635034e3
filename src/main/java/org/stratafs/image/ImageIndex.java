package org.stratafs.image;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * index.json: which images there are, and under which names. Read anew each time, since skopeo
 * writes it as well; written under a lock of its own, by one rename.
 */
final class ImageIndex {
  private final Path file;
  private final Path lock;
  private final StoreFiles files;

  ImageIndex(Path file, Path lock, StoreFiles files) {
    this.file = file;
    this.lock = lock;
    this.files = files;
  }

  /** The document (OCI image-spec, image-index.md). */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Document(int schemaVersion, String mediaType, List<Descriptor> manifests) {}

  /** All entries, in the order of the file. */
  List<Descriptor> entries() throws IOException {
    try {
      return read(Files.readAllBytes(file), "the index '" + file + "'");
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /** The entries of any index. */
  static List<Descriptor> read(byte[] json, String what) throws ImageException {
    Document document = Json.read(json, Document.class, what);
    if (document.manifests == null) {
      throw new ImageException(what + " has no manifests: it is no OCI image index");
    }
    for (Descriptor entry : document.manifests) {
      if (entry == null || entry.digest() == null) {
        throw new ImageException(what + " has an entry without a digest");
      }
    }
    return document.manifests;
  }

  static byte[] write(List<Descriptor> entries) {
    return Json.write(new Document(2, MediaTypes.INDEX, entries));
  }

  /** Makes an empty one where there is none. */
  void make() throws IOException {
    if (!Files.exists(file)) {
      change(entries -> entries);
    }
  }

  /** Gives an image a name, which another may lose by that. */
  void put(Descriptor manifest, ImageReference reference) throws IOException {
    change(
        entries -> {
          List<Descriptor> kept = new ArrayList<>();
          for (Descriptor entry : entries) {
            boolean renamed = isNamed(entry, reference);
            boolean nameless = entry.refName() == null && entry.digest().equals(manifest.digest());
            if (!renamed && !nameless) {
              kept.add(entry);
            }
          }
          kept.add(manifest.named(reference.toString()));
          return kept;
        });
  }

  /** Keeps an image that has no name, unless it is there. */
  void putNameless(Descriptor manifest) throws IOException {
    change(
        entries -> {
          for (Descriptor entry : entries) {
            if (entry.digest().equals(manifest.digest())) {
              return entries;
            }
          }
          List<Descriptor> more = new ArrayList<>(entries);
          more.add(manifest.named(null));
          return more;
        });
  }

  /** Writes what a change makes of the entries, if it is another list or there is no file yet. */
  void change(UnaryOperator<List<Descriptor>> change) throws IOException {
    StoreLock held = StoreLock.take(lock, true);
    try {
      List<Descriptor> entries = entries();
      List<Descriptor> changed = change.apply(entries);
      if (!changed.equals(entries) || !Files.exists(file)) {
        files.replace(file, write(changed));
      }
    } finally {
      held.close();
    }
  }

  /** Whether an entry goes by a name; skopeo writes names without a tag as they are given. */
  static boolean isNamed(Descriptor entry, ImageReference reference) {
    ImageReference own = referenceOf(entry);
    return own != null && own.equals(reference);
  }

  /** The name of an entry; null for none, or one that is no image name. */
  static ImageReference referenceOf(Descriptor entry) {
    if (entry.refName() == null) {
      return null;
    }
    try {
      return ImageReference.parse(entry.refName());
    } catch (ImageException e) {
      return null;
    }
  }
}
