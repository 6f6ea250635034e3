package org.stratafs.image;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.stratafs.layer.LayerDir;
import org.stratafs.posix.Log;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/** Makes an image of an image and an upper: what the upper changes becomes one more layer. */
public final class Committer {
  private final ImageStore store;
  private final Syscalls sys;
  private final Log log;

  public Committer(ImageStore store, Syscalls sys, Log log) {
    this.store = store;
    this.sys = sys;
    this.log = log;
  }

  /**
   * What to write into the configuration.
   *
   * @param author null for none
   * @param comment null for none
   * @param createdBy what made the change
   * @param changes instructions as in a Dockerfile
   */
  public record Words(String author, String comment, String createdBy, List<String> changes) {}

  /**
   * Commits.
   *
   * @param upper the directory; nothing may write to it meanwhile
   * @param links what its mount keeps of files with several names, WORKDIR/hardlinks; null for none
   * @param base the image below it, its layers unpacked; null for none
   * @throws ImageException if the upper changed while it was read; the store is as before
   */
  public Image commit(
      String upper,
      String links,
      Image base,
      ImageReference name,
      Words words,
      Compression compression)
      throws IOException {
    String now = Clock.now();
    ImageConfig config = base == null ? ImageConfig.empty(now) : base.config();
    ObjectNode runtime = ConfigChanges.apply(config, words.changes());
    List<Digest> diffIds = base == null ? List.of() : base.diffIds();
    try (StagedBlob blob = store.blobs().stage();
        UpperStack stack = UpperStack.open(sys, upper, links, store.treesOf(diffIds), log)) {
      MeasuredOutput measured = new MeasuredOutput(blob, compression);
      try (measured) {
        write(stack, measured);
      }
      Descriptor layer = new Descriptor(compression.layerType(), blob.finish(), blob.size());
      store.blobs().publish(blob);
      return publish(base, config, runtime, name, words, now, measured.digest(), layer);
    }
  }

  /** What the walk sees while it writes must be what another sees afterwards. */
  private void write(UpperStack stack, MeasuredOutput out) throws IOException {
    Fingerprint written = new Fingerprint();
    TarWriter tar = new TarWriter(sys, out);
    Set<String> unnamed = rootDiffers(stack) ? Set.of() : Set.of("");
    stack.walk(new VisitorPair(written, new LayerTar(sys, tar, unnamed)));
    tar.finish();
    if (!fingerprint(stack).equals(written.digest())) {
      throw new ImageException(
          "the layer changed while it was read: stop what writes to it, and commit again");
    }
  }

  private static Digest fingerprint(UpperStack stack) throws IOException {
    Fingerprint fingerprint = new Fingerprint();
    stack.walk(fingerprint);
    return fingerprint.digest();
  }

  /** Whether the layer has to say what its root is like: it may be the first. */
  private static boolean rootDiffers(UpperStack stack) {
    try (MergedDir image = stack.image();
        LayerDir upper = stack.upper()) {
      if (image == null) {
        return true;
      }
      Stat own = new Stat();
      upper.statSelf(own);
      Stat before = new Stat();
      image.dirs().get(0).statSelf(before);
      return own.mode != before.mode || own.uid != before.uid || own.gid != before.gid;
    }
  }

  private Image publish(
      Image base,
      ImageConfig config,
      ObjectNode runtime,
      ImageReference name,
      Words words,
      String now,
      Digest diffId,
      Descriptor layer)
      throws IOException {
    List<Digest> diffIds = new ArrayList<>(config.diffIds());
    diffIds.add(diffId);
    List<HistoryEntry> steps = new ArrayList<>(config.history());
    steps.add(new HistoryEntry(now, words.createdBy(), words.author(), words.comment(), null));
    ImageConfig changed = config.withRuntime(runtime).with(now, diffIds, steps);
    if (words.author() != null) {
      changed = changed.withAuthor(words.author());
    }
    List<Descriptor> layers = new ArrayList<>();
    if (base != null) {
      layers.addAll(base.manifest().layers());
    }
    layers.add(layer);
    return store.put(changed, layers, name);
  }
}
