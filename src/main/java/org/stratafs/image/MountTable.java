package org.stratafs.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is mounted where: /proc/self/mountinfo (proc(5)). */
public final class MountTable {
  private static final Path FILE = Path.of("/proc/self/mountinfo");
  private static final int MOUNT_POINT = 4;

  private MountTable() {}

  /**
   * One mount.
   *
   * @param point in Latin-1, as all paths
   */
  public record Entry(String point, String type, String source) {}

  /** All of them, the newest last. */
  public static List<Entry> read() throws IOException {
    List<Entry> entries = new ArrayList<>();
    String text = new String(Files.readAllBytes(FILE), StandardCharsets.ISO_8859_1);
    for (String line : text.split("\n", -1)) {
      int dash = line.indexOf(" - ");
      if (dash < 0) {
        continue;
      }
      String[] left = line.substring(0, dash).split(" ", -1);
      String[] right = line.substring(dash + 3).split(" ", -1);
      entries.add(new Entry(unescaped(left[MOUNT_POINT]), right[0], unescaped(right[1])));
    }
    return entries;
  }

  /** The mount that a path shows: the newest on it; null if it is no mount point. */
  public static Entry at(String point) throws IOException {
    Entry found = null;
    for (Entry entry : read()) {
      if (entry.point().equals(point)) {
        found = entry;
      }
    }
    return found;
  }

  /** Blanks, tabs, newlines and backslashes are written as octal numbers. */
  private static String unescaped(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\' && i + 3 < text.length()) {
        out.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        out.append(text.charAt(i));
      }
    }
    return out.toString();
  }
}
