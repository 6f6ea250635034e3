package org.stratafs.mount;

import org.stratafs.fs.Status;
import org.stratafs.layer.LayerStack;
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
  public String text() {
    StringBuilder out = new StringBuilder(2048);
    out.append("pid: ").append(ProcessHandle.current().pid()).append('\n');
    out.append("mounted for: ").append((System.nanoTime() - start) / NANOS_PER_SECOND);
    out.append(" s\n");
    addLayers(out);
    out.append("options: ").append(shortened(options)).append('\n');
    out.append("nodes: ").append(union.nodeCount()).append('\n');
    out.append("open handles: ").append(union.handleCount()).append('\n');
    out.append("copied up: ").append(union.copyUpCounts()).append('\n');
    serving.describe(out);
    return out.toString();
  }

  /** lowerdir may be long, and the layers are shown a line each. */
  private static String shortened(String text) {
    int max = 1024;
    return text.length() <= max ? text : text.substring(0, max) + "...";
  }

  private void addLayers(StringBuilder out) {
    if (layers.upper() != null) {
      out.append("upper: ").append(layers.upper().path()).append('\n');
    } else {
      out.append("upper: none, the mount is read-only\n");
    }
    for (int i = 0; i < layers.lowerCount(); i++) {
      if (out.length() > LAYERS_ROOM) {
        out.append("and ").append(layers.lowerCount() - i).append(" lowers more\n");
        break;
      }
      out.append("lower ").append(i + 1).append(": ").append(layers.lower(i).path()).append('\n');
    }
    for (int i = 0; i < layers.dataOnlyCount() && out.length() <= LAYERS_ROOM; i++) {
      out.append("data-only lower: ").append(layers.dataOnly(i).path()).append('\n');
    }
  }
}
