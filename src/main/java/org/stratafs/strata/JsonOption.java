package org.stratafs.strata;

import picocli.CommandLine.Option;

/** Tables for programs. */
final class JsonOption {
  @Option(names = "--json", description = "Print JSON instead of a table.")
  boolean json;
}
