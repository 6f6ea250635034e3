package org.stratafs.strata;

import picocli.CommandLine.IVersionProvider;

/** What --version answers. */
final class StrataVersion implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = StrataVersion.class.getPackage().getImplementationVersion();
    return new String[] {"strata: version " + (version != null ? version : "unknown")};
  }
}
