package org.stratafs.strata;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Layers and images; {@code scripts/strata} starts it. */
@Command(
    name = "strata",
    description = "Layers and images: imports, mounts, compares, commits and exports them.",
    mixinStandardHelpOptions = true,
    versionProvider = StrataVersion.class)
public final class Strata {
  private Strata() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Strata()).execute(arguments));
  }
}
