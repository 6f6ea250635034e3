package org.stratafs.strata;

import picocli.CommandLine.Option;

/** Tables for programs. */
final class JsonOption {
  @Option(names = "--json", description = "Print JSON instead of a table.")
  boolean json;

  /** Prints a result in the form that was asked for. */
  void print(Object rows, String text) {
    if (json) {
      Console.INSTANCE.json(rows);
    } else {
      Console.INSTANCE.print(text);
    }
  }
}
