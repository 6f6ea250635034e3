package org.stratafs.config;

import java.util.ArrayList;
import java.util.List;

/**
 * What {@code stratafs --status MOUNTPOINT [--json]} asks.
 *
 * @param json for a program, not for a person
 */
public record StatusQuestion(String mountPoint, boolean json) {
  /**
   * Reads the arguments, in any order.
   *
   * @throws OptionException with one line if they are anything else
   */
  public static StatusQuestion of(List<String> arguments) {
    List<String> rest = new ArrayList<>(arguments);
    rest.remove("--status");
    boolean json = rest.remove("--json");
    if (rest.size() != 1 || rest.get(0).startsWith("-")) {
      throw new OptionException(
          "--status wants one mount point: stratafs --status MOUNTPOINT [--json]");
    }
    return new StatusQuestion(rest.get(0), json);
  }
}
