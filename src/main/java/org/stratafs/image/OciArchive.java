package org.stratafs.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An OCI image layout in an archive or a directory (OCI image-spec, image-layout.md). */
final class OciArchive {
  private static final int MAX_DEPTH = 4;

  /** The whole name, where ref.name has but the tag: what containerd and docker write. */
  private static final String CONTAINERD_NAME = "io.containerd.image.name";

  private final ImportSession session;
  private final ArchiveFiles files;

  OciArchive(ImportSession session, ArchiveFiles files) {
    this.session = session;
    this.files = files;
  }

  void take(ImageReference name) throws IOException {
    StagedBlob index = files.get(ImageStore.INDEX);
    if (index == null) {
      throw new ImageException(
          "there is no index.json and no manifest.json in it: it is no image archive"
              + " (--format rootfs for the tar of a root file system)");
    }
    List<Descriptor> entries =
        ImageIndex.read(
            ImportSession.document(index, ImageStore.INDEX), "'" + ImageStore.INDEX + "'");
    if (entries.isEmpty()) {
      throw new ImageException("index.json names no image");
    }
    if (name != null && entries.size() > 1) {
      throw new ImageException(
          "the archive has " + entries.size() + " images: they cannot all be called " + name);
    }
    for (Descriptor entry : entries) {
      ImageReference own = name != null ? name : nameOf(entry);
      Descriptor manifest = manifest(entry, 0);
      take(manifest, own);
    }
  }

  private static ImageReference nameOf(Descriptor entry) throws ImageException {
    Map<String, String> annotations = entry.annotations();
    if (annotations != null && annotations.get(CONTAINERD_NAME) != null) {
      return ImageReference.parse(annotations.get(CONTAINERD_NAME));
    }
    return entry.refName() == null ? null : ImageReference.parse(entry.refName());
  }

  /** Follows indexes to the manifest for this machine. */
  private Descriptor manifest(Descriptor entry, int depth) throws IOException {
    if (MediaTypes.isManifest(entry.mediaType())) {
      return entry;
    }
    if (!MediaTypes.isIndex(entry.mediaType()) || depth > MAX_DEPTH) {
      throw new ImageException(
          "index.json leads to "
              + entry.digest()
              + ", which is no image but '"
              + entry.mediaType()
              + "'");
    }
    byte[] json = ImportSession.document(blob(entry), "the index " + entry.digest());
    List<Descriptor> entries = ImageIndex.read(json, "the index " + entry.digest());
    return manifest(ImageStore.forHere(entries, entry), depth + 1);
  }

  private void take(Descriptor entry, ImageReference name) throws IOException {
    String what = "the manifest " + entry.digest();
    StagedBlob manifestFile = blob(entry);
    Manifest manifest = Manifest.read(ImportSession.document(manifestFile, what), what);
    StagedBlob configFile = blob(manifest.config());
    String configWhat = "the configuration " + manifest.config().digest();
    ImageConfig config =
        ImageConfig.read(ImportSession.document(configFile, configWhat), configWhat);
    List<Digest> diffIds = new ArrayList<>(config.diffIds());
    if (diffIds.size() != manifest.layers().size()) {
      throw new ImageException(
          what
              + " has "
              + manifest.layers().size()
              + " layers, and its configuration "
              + diffIds.size()
              + " DiffIDs");
    }
    for (int i = 0; i < diffIds.size(); i++) {
      Digest digest = manifest.layers().get(i).digest();
      StagedBlob layer =
          session.store().blobs().has(digest) ? null : blob(manifest.layers().get(i));
      session.addLayer(digest, layer, diffIds.get(i));
    }
    session.addBlob(configFile);
    session.addBlob(manifestFile);
    Descriptor plain = new Descriptor(entry.mediaType(), entry.digest(), manifestFile.size());
    session.addImage(name == null ? plain : plain.named(name.toString()));
  }

  /** The blob of a descriptor, its digest checked. */
  private StagedBlob blob(Descriptor descriptor) throws IOException {
    String path = "blobs/sha256/" + descriptor.digest().hex();
    StagedBlob blob = files.get(path);
    if (blob == null) {
      throw new ImageException("the blob '" + path + "' is missing from the archive");
    }
    if (!blob.finish().equals(descriptor.digest())) {
      throw new ImageException(
          "the blob '" + path + "' is " + blob.finish() + ": it is not what its name says");
    }
    return blob;
  }
}
