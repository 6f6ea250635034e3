package org.stratafs.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * What one import has staged. Nothing of it is in the store before {@link #publish}; closing throws
 * away what is not. For one thread, but for the unpacking, which goes on beside it.
 */
final class ImportSession implements AutoCloseable {
  /** One writes a tree while another uncompresses; more would only wait for the disk. */
  private static final int UNPACKERS = 2;

  private final ImageStore store;
  private final UnpackLimits limits;
  private final ExecutorService pool = Executors.newFixedThreadPool(UNPACKERS);
  private final List<StagedBlob> blobs = new ArrayList<>();

  /** By the digest of the blob. */
  private final Map<Digest, Future<StagedLayer>> unpacking = new LinkedHashMap<>();

  private final Map<Digest, StagedBlob> byDigest = new HashMap<>();
  private final List<Descriptor> manifests = new ArrayList<>();
  private final List<StagedBlob> wanted = new ArrayList<>();
  private final Map<Digest, StagedLayer> layers = new LinkedHashMap<>();

  ImportSession(ImageStore store, UnpackLimits limits) {
    this.store = store;
    this.limits = limits;
  }

  ImageStore store() {
    return store;
  }

  UnpackLimits limits() {
    return limits;
  }

  /** Stages a blob; it is closed with the session. */
  StagedBlob stage(InputStream in) throws IOException {
    StagedBlob blob = store.blobs().stage();
    blobs.add(blob);
    blob.writeAll(in);
    blob.flush();
    byDigest.put(blob.finish(), blob);
    return blob;
  }

  /** A blob that is written by the caller. */
  StagedBlob stage() throws IOException {
    StagedBlob blob = store.blobs().stage();
    blobs.add(blob);
    return blob;
  }

  /** Stages a document of ours and takes it. */
  Descriptor stageDocument(byte[] json, String mediaType) throws IOException {
    StagedBlob blob = stage(new java.io.ByteArrayInputStream(json));
    addBlob(blob);
    return new Descriptor(mediaType, blob.finish(), json.length);
  }

  /** The bytes of a document that is staged. */
  static byte[] document(StagedBlob blob, String what) throws IOException {
    if (blob.size() > Json.MAX_BYTES) {
      throw new ImageException(what + " has " + blob.size() + " bytes, far too many");
    }
    return Files.readAllBytes(blob.file());
  }

  /**
   * Begins to unpack what may be a layer; whether it is one is known later. A blob that the store
   * has is most likely unpacked already, under a DiffID that is known only then.
   */
  void unpackEarly(StagedBlob blob) throws IOException {
    Digest digest = blob.finish();
    boolean known = store.trees().has(digest) || store.blobs().has(digest);
    if (!known && !isDocument(blob)) {
      startUnpacking(blob, null);
    }
  }

  private static boolean isDocument(StagedBlob blob) throws IOException {
    try (InputStream in = Files.newInputStream(blob.file())) {
      int first = in.read();
      return first < 0 || first == '{' || first == '[' || blob.size() < TarReader.BLOCK;
    }
  }

  private void startUnpacking(StagedBlob blob, Digest expected) throws IOException {
    Digest digest = blob.finish();
    if (unpacking.containsKey(digest)) {
      return;
    }
    unpacking.put(
        digest,
        pool.submit(
            () -> {
              try (InputStream in = Files.newInputStream(blob.file())) {
                return store.trees().unpack(in, expected, limits, "layer " + digest);
              }
            }));
  }

  /**
   * Takes a layer into an image: its blob is published, and its tree.
   *
   * @param blob null where the store has it
   */
  void addLayer(Digest digest, StagedBlob blob, Digest diffId) throws IOException {
    StagedBlob staged = blob != null ? blob : byDigest.get(digest);
    if (staged == null && !store.blobs().has(digest)) {
      throw new ImageException("the layer " + digest + " is missing from the archive");
    }
    if (staged != null) {
      wanted.add(staged);
    }
    if (store.trees().has(diffId) || layers.containsKey(diffId)) {
      return;
    }
    if (staged == null) {
      try (InputStream in = store.blobs().open(digest)) {
        layers.put(diffId, store.trees().unpack(in, diffId, limits, "layer " + digest));
      }
      return;
    }
    startUnpacking(staged, diffId);
    StagedLayer layer = await(unpacking.get(digest));
    if (!layer.info().diffId().equals(diffId)) {
      throw new ImageException(
          "the layer "
              + digest
              + " contains "
              + layer.info().diffId()
              + ", and the configuration says "
              + diffId
              + ": one of them is damaged");
    }
    layers.put(diffId, layer);
  }

  /** Takes a layer that the caller has unpacked. */
  void addLayer(StagedBlob blob, StagedLayer layer) {
    wanted.add(blob);
    layers.put(layer.info().diffId(), layer);
  }

  private static StagedLayer await(Future<StagedLayer> unpacking) throws IOException {
    try {
      return unpacking.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ImageException failure) {
        throw new ImageException(failure.getMessage(), failure);
      }
      throw new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new java.io.InterruptedIOException();
    }
  }

  /** Takes a blob that is no layer. */
  void addBlob(StagedBlob blob) {
    wanted.add(blob);
  }

  /**
   * Takes an image whose blobs were taken before.
   *
   * @param manifest annotated with its name, if it has one
   */
  void addImage(Descriptor manifest) {
    manifests.add(manifest);
  }

  /** Puts all that was taken into the store, the images last. */
  List<Image> publish() throws IOException {
    for (StagedLayer layer : layers.values()) {
      store.trees().publish(layer);
    }
    for (StagedBlob blob : wanted) {
      store.blobs().publish(blob);
    }
    List<Image> images = new ArrayList<>();
    for (Descriptor manifest : manifests) {
      Image image = store.image(manifest);
      if (image.reference() != null) {
        store.index().put(manifest, image.reference());
      } else {
        store.index().putNameless(manifest);
      }
      images.add(image);
    }
    return images;
  }

  @Override
  public void close() throws IOException {
    pool.shutdownNow();
    try {
      // Each ends at its next read; what it has staged is thrown away.
      boolean ended = false;
      while (!ended) {
        ended = pool.awaitTermination(1, TimeUnit.MINUTES);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Future<StagedLayer> future : unpacking.values()) {
      if (future.isDone() && !future.isCancelled()) {
        closeLayer(future);
      }
    }
    for (StagedLayer layer : layers.values()) {
      layer.close();
    }
    for (StagedBlob blob : blobs) {
      blob.close();
    }
  }

  private static void closeLayer(Future<StagedLayer> done) throws IOException {
    try {
      done.get().close();
    } catch (ExecutionException e) {
      // it has cleaned up after itself, and whoever wanted the layer was told
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
