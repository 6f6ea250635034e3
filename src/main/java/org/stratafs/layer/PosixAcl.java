package org.stratafs.layer;

/** POSIX ACL inheritance. */
@SuppressWarnings("DoNotCallSuggester")
public final class PosixAcl {
  public static final String ACCESS = "system.posix_acl_access";
  public static final String DEFAULT = "system.posix_acl_default";

  private PosixAcl() {}

  /** What a new inode gets. */
  @SuppressWarnings("ArrayRecordComponent")
  public record Inherited(int mode, byte[] access, byte[] defaults) {}

  /** Inherits. */
  public static Inherited inherit(byte[] parentDefault, int mode, int umask) {
    throw new UnsupportedOperationException();
  }
}
