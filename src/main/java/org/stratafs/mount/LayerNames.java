package org.stratafs.mount;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.stratafs.fs.StatusReport;

/** Paths of layers as a report shows them, as many as there is room for. */
final class LayerNames {
  /** Quotes and a comma in JSON, or the blanks and the newline of text. */
  private static final int AROUND = 8;

  private final List<String> taken = new ArrayList<>();
  private int room;
  private int leftOut;

  /**
   * @param room in bytes, for all that are added ever
   */
  LayerNames(int room) {
    this.room = room;
  }

  void add(String path) {
    String shown = StatusReport.shown(path);
    // JSON doubles backslashes and quotes.
    int escapes = 0;
    for (int i = 0; i < shown.length(); i++) {
      char c = shown.charAt(i);
      if (c == '\\' || c == '"') {
        escapes++;
      }
    }
    room -= shown.getBytes(StandardCharsets.UTF_8).length + escapes + AROUND;
    if (room >= 0) {
      taken.add(shown);
    } else {
      leftOut++;
    }
  }

  /** Those that were added since the last call and had room. */
  List<String> takeAll() {
    List<String> all = List.copyOf(taken);
    taken.clear();
    return all;
  }

  int leftOut() {
    return leftOut;
  }
}
