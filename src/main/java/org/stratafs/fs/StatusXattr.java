package org.stratafs.fs;

/** The xattr of a mount's root that answers with its {@link Status}; on no disk, never listed. */
public final class StatusXattr {
  public static final String NAME = "user.stratafs.status";

  private StatusXattr() {}
}
