package org.stratafs.config;

import java.util.ArrayList;
import java.util.List;

/**
 * The value of lowerdir: layers, then data-only layers with two colons before each (linux
 * Documentation/filesystems/overlayfs.rst, "Data-only lower layers").
 *
 * @param paths unescaped, all of them
 * @param dataOnly how many at the end are data-only
 */
record LowerPaths(List<String> paths, int dataOnly) {
  static LowerPaths parse(String value) {
    List<String> parts = OptionText.paths(value);
    List<String> paths = new ArrayList<>(parts.size());
    int dataOnly = 0;
    for (int i = 0; i < parts.size(); i++) {
      boolean isData = i > 0 && i + 1 < parts.size() && parts.get(i).isEmpty();
      if (isData) {
        i++; // what stands after the second colon
        dataOnly++;
      } else if (dataOnly > 0) {
        throw new OptionException(
            "lowerdir has a layer after a data-only one: "
                + value
                + " (data-only layers come last, each after two colons)");
      }
      if (parts.get(i).isEmpty()) {
        throw new OptionException(
            "lowerdir has an empty path in it: "
                + value
                + " (a colon that belongs to a name is written \\:)");
      }
      paths.add(parts.get(i));
    }
    return new LowerPaths(paths, dataOnly);
  }
}
