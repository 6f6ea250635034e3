package org.stratafs.strata;

import java.nio.file.Path;
import org.stratafs.sys.LinuxSyscalls;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Where the store is. */
final class StoreOption {
  @Option(
      names = "--store",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description =
          "The store. Default: $$STRATA_STORE, or /var/lib/stratafs for root, or"
              + " $$XDG_DATA_HOME/stratafs.")
  private Path directory;

  Path path() {
    if (directory != null) {
      return directory;
    }
    String fromEnvironment = System.getenv("STRATA_STORE");
    if (fromEnvironment != null && !fromEnvironment.isEmpty()) {
      return Path.of(fromEnvironment);
    }
    if (new LinuxSyscalls().geteuid() == 0) {
      return Path.of("/var/lib/stratafs");
    }
    String data = System.getenv("XDG_DATA_HOME");
    return data != null && !data.isEmpty()
        ? Path.of(data, "stratafs")
        : Path.of(System.getProperty("user.home"), ".local/share/stratafs");
  }
}
