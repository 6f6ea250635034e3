package org.stratafs.fs;

/** The xattrs of a mount's root that answer with its {@link Status}; on no disk, never listed. */
public final class StatusXattr {
  public static final String TEXT = "user.stratafs.status";
  public static final String JSON = "user.stratafs.status.json";

  private StatusXattr() {}

  /** Whether it is one of them. */
  public static boolean is(String name) {
    return name.equals(TEXT) || name.equals(JSON);
  }
}
