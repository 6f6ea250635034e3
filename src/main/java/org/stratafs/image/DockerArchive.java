package org.stratafs.image;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code docker save} and {@code podman save} write: manifest.json leads to configurations and
 * layers by their paths (moby image/spec, Combined Image JSON + Filesystem Changeset Format).
 */
final class DockerArchive {
  static final String MANIFEST = "manifest.json";

  private final ImportSession session;
  private final ArchiveFiles files;

  DockerArchive(ImportSession session, ArchiveFiles files) {
    this.session = session;
    this.files = files;
  }

  /** One image of manifest.json. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Item(
      @JsonProperty("Config") String config,
      @JsonProperty("RepoTags") List<String> repoTags,
      @JsonProperty("Layers") List<String> layers) {}

  void take(ImageReference name) throws IOException {
    Item[] items = Json.read(document(MANIFEST), Item[].class, "manifest.json");
    if (items.length == 0) {
      throw new ImageException("manifest.json names no image");
    }
    if (name != null && items.length > 1) {
      throw new ImageException(
          "the archive has " + items.length + " images: they cannot all be called " + name);
    }
    for (Item item : items) {
      take(item, name);
    }
  }

  private void take(Item item, ImageReference name) throws IOException {
    if (item.config == null || item.layers == null) {
      throw new ImageException("manifest.json has an image without Config or Layers");
    }
    byte[] bytes = document(item.config);
    ImageConfig config = ImageConfig.read(bytes, "'" + item.config + "'");
    checkName(item.config);
    if (config.diffIds().size() != item.layers.size()) {
      throw new ImageException(
          "'"
              + item.config
              + "' has "
              + config.diffIds().size()
              + " DiffIDs, and manifest.json "
              + item.layers.size()
              + " layers");
    }
    List<Descriptor> layers = new ArrayList<>();
    for (int i = 0; i < item.layers.size(); i++) {
      layers.add(layer(item.layers.get(i), config.diffIds().get(i)));
    }
    StagedBlob configFile = files.get(item.config);
    session.addBlob(configFile);
    Descriptor configBlob =
        new Descriptor(MediaTypes.CONFIG, configFile.finish(), configFile.size());
    Descriptor manifest =
        session.stageDocument(Json.write(Manifest.of(configBlob, layers)), MediaTypes.MANIFEST);
    if (name != null) {
      session.addImage(manifest.named(name.toString()));
    } else if (item.repoTags == null || item.repoTags.isEmpty()) {
      session.addImage(manifest);
    } else {
      for (String tag : item.repoTags) {
        session.addImage(manifest.named(ImageReference.parse(tag).toString()));
      }
    }
  }

  /** A configuration is called by its digest, in both forms that docker has had. */
  private void checkName(String path) throws IOException {
    String file = path.substring(path.lastIndexOf('/') + 1);
    String hex = file.endsWith(".json") ? file.substring(0, file.length() - 5) : file;
    if (Digest.isHex(hex) && !files.get(path).finish().hex().equals(hex)) {
      throw new ImageException("'" + path + "' is not what its name says: it is damaged");
    }
  }

  private Descriptor layer(String path, Digest diffId) throws IOException {
    StagedBlob blob = files.get(path);
    if (blob == null) {
      throw new ImageException("the layer '" + path + "' is missing from the archive");
    }
    session.addLayer(blob.finish(), blob, diffId);
    return new Descriptor(layerType(blob), blob.finish(), blob.size());
  }

  private static String layerType(StagedBlob blob) throws IOException {
    try (var in = new java.io.BufferedInputStream(Files.newInputStream(blob.file()))) {
      String type = Compression.of(in).layerType();
      if (type == null) {
        throw new ImageException("a layer is compressed in a way that OCI does not know");
      }
      return type;
    }
  }

  private byte[] document(String path) throws IOException {
    StagedBlob file = files.get(path);
    if (file == null) {
      throw new ImageException("'" + path + "' is missing from the archive");
    }
    return ImportSession.document(file, "'" + path + "'");
  }
}
