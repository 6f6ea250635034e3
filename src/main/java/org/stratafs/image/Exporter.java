package org.stratafs.image;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.stratafs.posix.Log;
import org.stratafs.sys.Syscalls;

/** Writes images as archives, from beginning to end and without holding more than a chunk. */
public final class Exporter {
  /** What to write. */
  public enum Format {
    /** An OCI image layout; the blobs as they are. */
    OCI,
    /** What docker load and podman load take: uncompressed layers. */
    DOCKER,
    /** What a container of the image would see. */
    ROOTFS
  }

  private final ImageStore store;
  private final Syscalls sys;
  private final Log log;

  public Exporter(ImageStore store, Syscalls sys, Log log) {
    this.store = store;
    this.sys = sys;
    this.log = log;
  }

  /**
   * Exports.
   *
   * @param image its layers unpacked
   * @param out stays open
   */
  public void export(Image image, Format format, OutputStream out) throws IOException {
    BufferedOutputStream buffered = new BufferedOutputStream(out, Streams.CHUNK);
    TarWriter tar = new TarWriter(sys, buffered);
    switch (format) {
      case OCI -> oci(image, tar);
      case DOCKER -> docker(image, tar);
      case ROOTFS -> rootfs(image, tar);
    }
    tar.finish();
    buffered.flush();
  }

  private void oci(Image image, TarWriter tar) throws IOException {
    tar.document(ImageStore.LAYOUT, ImageStore.LAYOUT_CONTENT.getBytes(StandardCharsets.US_ASCII));
    tar.document(ImageStore.INDEX, ImageIndex.write(List.of(image.entry())));
    tar.directory("blobs");
    tar.directory("blobs/sha256");
    Set<Digest> written = new HashSet<>();
    blob(image.entry().digest(), tar, written);
    blob(image.manifest().config().digest(), tar, written);
    for (Descriptor layer : image.manifest().layers()) {
      blob(layer.digest(), tar, written);
    }
  }

  private void blob(Digest digest, TarWriter tar, Set<Digest> written) throws IOException {
    if (written.add(digest)) {
      long size = store.blobs().size(digest);
      try (InputStream in = store.blobs().open(digest)) {
        tar.stream("blobs/sha256/" + digest.hex(), in, size);
      }
    }
  }

  private void docker(Image image, TarWriter tar) throws IOException {
    ObjectNode item = Json.object();
    String config = image.id().hex() + ".json";
    item.put("Config", config);
    ArrayNode tags = item.putArray("RepoTags");
    if (image.reference() != null) {
      tags.add(image.reference().toString());
    }
    ArrayNode layers = item.putArray("Layers");
    Set<Digest> written = new HashSet<>();
    for (int i = 0; i < image.diffIds().size(); i++) {
      Digest diffId = image.diffIds().get(i);
      layers.add(diffId.hex() + ".tar");
      if (written.add(diffId)) {
        layer(diffId, image.manifest().layers().get(i).digest(), tar);
      }
    }
    tar.document(config, store.blobs().read(image.id(), "the configuration"));
    tar.document("manifest.json", Json.write(Json.array().add(item)));
  }

  private void layer(Digest diffId, Digest blob, TarWriter tar) throws IOException {
    long size = store.trees().info(diffId).tarSize();
    try (InputStream in = store.blobs().open(blob);
        ReadAhead ahead = new ReadAhead(Compression.uncompressed(in))) {
      tar.stream(diffId.hex() + ".tar", ahead, size);
    }
  }

  private void rootfs(Image image, TarWriter tar) throws IOException {
    if (image.diffIds().isEmpty()) {
      return;
    }
    try (Stack stack = Stack.open(sys, store.treesOf(image.diffIds()), log);
        MergedDir root = stack.root(0)) {
      new MergedWalk(new LayerTar(sys, tar, Set.of()), false).walk(root);
    }
  }
}
