package org.stratafs.cli;

import java.util.List;
import org.stratafs.config.CommandLine;
import org.stratafs.mount.Daemon;
import org.stratafs.mount.StandardError;
import org.stratafs.sys.LinuxSyscalls;
import org.stratafs.sys.Syscalls;

/**
 * {@code stratafs -o OPTIONS MOUNTPOINT}: reads the command line and becomes the daemon of that
 * mount.
 */
final class MountCommand {
  private MountCommand() {}

  /** Returns when the mount has ended. */
  static int run(List<String> arguments, StandardError err) throws InterruptedException {
    Syscalls sys = new LinuxSyscalls();
    boolean noDeviceWhiteouts = System.getenv("FUSE_OVERLAYFS_DISABLE_OVL_WHITEOUT") != null;
    CommandLine line = CommandLine.parse(arguments, sys.geteuid() == 0, noDeviceWhiteouts);
    List<String> warnings = line.warnings();
    for (int i = 0; i < warnings.size(); i++) {
      err.warn(warnings.get(i));
    }
    // The launcher decides, since it is the one that waits for an answer.
    boolean background = Boolean.getBoolean("stratafs.daemon");
    String logFile = line.options().logFile();
    if (logFile == null) {
      logFile = System.getenv("STRATAFS_LOG");
    }
    new Daemon(sys, err).serve(line, background, logFile);
    return ExitCodes.OK;
  }
}
