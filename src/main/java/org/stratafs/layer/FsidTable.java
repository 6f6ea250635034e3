package org.stratafs.layer;

import java.util.ArrayList;
import java.util.List;

/** Numbers devices in the order they are first asked for. */
final class FsidTable {
  private final List<Long> devices = new ArrayList<>();

  int of(long device) {
    int known = devices.indexOf(device);
    if (known >= 0) {
      return known;
    }
    devices.add(device);
    return devices.size() - 1;
  }

  int count() {
    return devices.size();
  }
}
