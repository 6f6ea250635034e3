package org.stratafs.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.stratafs.posix.Log;
import org.stratafs.sys.Syscalls;

/** Merges the newest layers of an image into one: what they delete is gone from the bytes. */
public final class Squasher {
  private final ImageStore store;
  private final Syscalls sys;
  private final Log log;

  public Squasher(ImageStore store, Syscalls sys, Log log) {
    this.store = store;
    this.sys = sys;
    this.log = log;
  }

  /**
   * Squashes.
   *
   * @param image its layers unpacked
   * @param count how many of the newest layers, at least 1 and at most all
   * @param comment null for none
   */
  public Image squash(
      Image image, int count, ImageReference name, String comment, Compression compression)
      throws IOException {
    List<Digest> all = image.diffIds();
    int kept = all.size() - count;
    if (count < 1 || kept < 0) {
      throw new ImageException(
          "the image " + image.display() + " has " + all.size() + " layers: give 1 to that many");
    }
    try (StagedBlob blob = store.blobs().stage()) {
      MeasuredOutput out = new MeasuredOutput(blob, compression);
      try (out) {
        write(all.subList(kept, all.size()), kept > 0, out);
      }
      store.blobs().publish(blob);
      Descriptor layer = new Descriptor(compression.layerType(), blob.finish(), blob.size());
      List<Digest> diffIds = new ArrayList<>(all.subList(0, kept));
      diffIds.add(out.digest());
      List<Descriptor> layers = new ArrayList<>(image.manifest().layers().subList(0, kept));
      layers.add(layer);
      String now = Clock.now();
      List<HistoryEntry> steps = stepsOf(image.config().history(), kept);
      String by = "strata squash of " + count + (count == 1 ? " layer" : " layers");
      steps.add(new HistoryEntry(now, by, null, comment, null));
      return store.put(image.config().with(now, diffIds, steps), layers, name);
    }
  }

  private void write(List<Digest> lowestFirst, boolean hasBelow, MeasuredOutput out)
      throws IOException {
    // Together they are a stack of their own, whatever lies below.
    store.chains().make(lowestFirst);
    try (Stack stack = Stack.open(sys, store.treesOf(lowestFirst), log);
        MergedDir root = stack.root(0)) {
      TarWriter tar = new TarWriter(sys, out);
      Set<String> unnamed = new HashSet<>(store.trees().info(lowestFirst.get(0)).implicit());
      for (Digest diffId : lowestFirst) {
        unnamed.retainAll(store.trees().info(diffId).implicit());
      }
      new MergedWalk(new LayerTar(sys, tar, unnamed), hasBelow).walk(root);
      tar.finish();
    }
  }

  /** The steps that made the first layers, and those that made none right after them. */
  private static List<HistoryEntry> stepsOf(List<HistoryEntry> history, int layers) {
    List<HistoryEntry> kept = new ArrayList<>();
    int made = 0;
    for (HistoryEntry step : history) {
      if (!step.isEmptyLayer()) {
        made++;
      }
      if (made > layers) {
        break;
      }
      kept.add(step);
    }
    return kept;
  }
}
