package org.stratafs.cli;

import java.util.List;
import org.stratafs.config.CommandLine;
import org.stratafs.mount.StandardError;

/**
 * {@code stratafs -o OPTIONS MOUNTPOINT}: reads the command line and becomes the daemon of that
 * mount.
 */
final class MountCommand {
  private MountCommand() {}

  static int run(List<String> arguments, StandardError err) {
    CommandLine line = CommandLine.parse(arguments, true);
    err.warn("nothing can be mounted by this version: " + line.mountPoint());
    return ExitCodes.FAILED;
  }
}
