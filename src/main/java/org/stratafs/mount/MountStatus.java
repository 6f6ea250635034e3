package org.stratafs.mount;

import org.stratafs.fs.Status;
import org.stratafs.fs.StatusReport;
import org.stratafs.layer.LayerStack;
import org.stratafs.layer.UpperLayer;
import org.stratafs.union.UnionFileSystem;

/** What {@code stratafs --status MOUNTPOINT} shows of a mount. */
final class MountStatus implements Status {
  /** XATTR_SIZE_MAX less room for what comes after the layers, in bytes. */
  private static final int LAYERS_ROOM = 48 << 10;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final String options;
  private final LayerStack layers;
  private final UnionFileSystem union;
  private final Serving serving;
  private final long start = System.nanoTime();

  /**
   * @param options of the command line, as they were given
   */
  MountStatus(String options, LayerStack layers, UnionFileSystem union, Serving serving) {
    this.options = options;
    this.layers = layers;
    this.union = union;
    this.serving = serving;
  }

  @Override
  public StatusReport report() {
    StatusReport report = new StatusReport();
    report.add("pid", ProcessHandle.current().pid());
    report.add("mounted_for_seconds", (System.nanoTime() - start) / NANOS_PER_SECOND);
    UpperLayer upper = layers.upper();
    report.add("upper", upper == null ? null : StatusReport.shown(upper.path()));
    addLowers(report);
    report.add("options", StatusReport.shown(shortened(options)));
    report.add("nodes", union.nodeCount());
    report.add("open_handles", union.handleCount());
    StatusReport copied = report.group("copied_up");
    copied.add("files", union.copiedUpFiles());
    copied.add("bytes", union.copiedUpBytes());
    serving.describe(report);
    return report;
  }

  /** lowerdir may be long, and the layers are shown one by one. */
  private static String shortened(String text) {
    int max = 1024;
    return text.length() <= max ? text : text.substring(0, max) + "...";
  }

  private void addLowers(StatusReport report) {
    LayerNames names = new LayerNames(LAYERS_ROOM);
    for (int i = 0; i < layers.lowerCount(); i++) {
      names.add(layers.lower(i).path());
    }
    report.add("lowers", names.takeAll());
    for (int i = 0; i < layers.dataOnlyCount(); i++) {
      names.add(layers.dataOnly(i).path());
    }
    report.add("data_only_lowers", names.takeAll());
    report.add("lowers_left_out", names.leftOut());
  }
}
