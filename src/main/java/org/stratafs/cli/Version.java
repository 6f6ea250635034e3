package org.stratafs.cli;

/** What --version answers. */
final class Version {
  private Version() {}

  /**
   * Our version, and on a second line the fuse-overlayfs whose place can be taken: programs look
   * for that name in the answer.
   */
  static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return "stratafs: version "
        + (version != null ? version : "unknown")
        + "\nfuse-overlayfs: version 1.16 (compatible)\n";
  }
}
