package org.stratafs.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** The tar of a root file system: an image of one layer. */
final class RootfsArchive {
  private final ImportSession session;

  RootfsArchive(ImportSession session) {
    this.session = session;
  }

  /** Reads all of it; the archive itself becomes the blob where OCI knows its compression. */
  void take(InputStream in, Compression compression, ImageReference name, String source)
      throws IOException {
    if (name == null) {
      throw new ImageException(
          "a root file system has no name of its own: give one, as in strata import FILE NAME");
    }
    boolean asItIs = compression.layerType() != null;
    Compression kept = asItIs ? compression : Compression.NONE;
    StagedBlob blob = session.stage();
    TeeInput tee = new TeeInput(asItIs ? in : compression.reader(in), blob);
    StagedLayer layer =
        session.store().trees().unpack(tee, null, session.limits(), "'" + source + "'");
    Streams.drain(tee); // what follows the last compressed stream is part of the blob
    blob.flush();
    session.addLayer(blob, layer);
    String now = Clock.now();
    HistoryEntry step =
        new HistoryEntry(now, "strata import " + source, null, "Imported from " + source, null);
    ImageConfig config =
        ImageConfig.empty(now).with(now, List.of(layer.info().diffId()), List.of(step));
    Descriptor configBlob = session.stageDocument(config.bytes(), MediaTypes.CONFIG);
    Descriptor layerBlob = new Descriptor(kept.layerType(), blob.finish(), blob.size());
    Manifest manifest = Manifest.of(configBlob, List.of(layerBlob));
    session.addImage(
        session.stageDocument(Json.write(manifest), MediaTypes.MANIFEST).named(name.toString()));
  }
}
