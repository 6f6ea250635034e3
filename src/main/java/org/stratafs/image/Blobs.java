package org.stratafs.image;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** The blobs of the store: blobs/sha256/HEX (OCI image-spec, image-layout.md). */
public final class Blobs {
  private final Path directory;
  private final StoreFiles files;

  Blobs(Path directory, StoreFiles files) {
    this.directory = directory;
    this.files = files;
  }

  Path path(Digest digest) {
    return directory.resolve(digest.hex());
  }

  boolean has(Digest digest) {
    return Files.isRegularFile(path(digest));
  }

  /** In bytes. */
  long size(Digest digest) throws IOException {
    try {
      return Files.size(path(digest));
    } catch (NoSuchFileException e) {
      throw missing(digest, e);
    }
  }

  /** A blob to write; to be closed in the end, published or not. */
  StagedBlob stage() throws IOException {
    return new StagedBlob(files.newStaged());
  }

  /** Makes it one of the blobs; one that is there already stays. */
  Digest publish(StagedBlob blob) throws IOException {
    Digest digest = blob.finish();
    if (!has(digest)) {
      blob.sync();
      StoreFiles.publish(blob.file(), path(digest));
    }
    return digest;
  }

  /** Stores a small one. */
  Descriptor put(byte[] bytes, String mediaType) throws IOException {
    try (StagedBlob blob = stage()) {
      blob.write(bytes);
      return new Descriptor(mediaType, publish(blob), bytes.length);
    }
  }

  /** Of a document, whole; its digest is checked. */
  byte[] read(Digest digest, String what) throws IOException {
    long size = size(digest);
    if (size > Json.MAX_BYTES) {
      throw new ImageException(what + " (" + digest + ") has " + size + " bytes, far too many");
    }
    byte[] bytes = Files.readAllBytes(path(digest));
    if (!Digest.of(Hashing.sha256().hashBytes(bytes)).equals(digest)) {
      throw new ImageException(
          what + " (" + digest + ") is damaged: its content has another digest; import it again");
    }
    return bytes;
  }

  /** Of any length; the digest is for the caller to check. */
  InputStream open(Digest digest) throws IOException {
    try {
      return Files.newInputStream(path(digest));
    } catch (NoSuchFileException e) {
      throw missing(digest, e);
    }
  }

  private static ImageException missing(Digest digest, NoSuchFileException e) {
    return new ImageException(
        "the blob " + digest + " is not in the store: import the image again", e);
  }

  /** All that are there. */
  List<Digest> all() throws IOException {
    return StoreFiles.digests(directory);
  }

  void remove(Digest digest) throws IOException {
    Files.deleteIfExists(path(digest));
  }
}
