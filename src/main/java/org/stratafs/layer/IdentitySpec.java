package org.stratafs.layer;

/**
 * How owners and permissions on disk and those that show differ, as the options say.
 *
 * @param uids which user id on disk shows as which; null: as it is
 * @param gids likewise for groups
 * @param squashUid the user that everything shows as; {@link #NO_ID}: none. Stronger than the map
 * @param squashGid likewise for groups
 * @param override where owners and modes are kept in upper
 * @param acls whether POSIX ACLs are offered
 */
public record IdentitySpec(
    IdMap uids, IdMap gids, int squashUid, int squashGid, OverrideForm override, boolean acls) {
  /** (uid_t) -1. */
  public static final int NO_ID = -1;

  /** Shown as stored. */
  public static final IdentitySpec PLAIN =
      new IdentitySpec(null, null, NO_ID, NO_ID, OverrideForm.NONE, true);

  /** Whether ids are mapped. */
  boolean mapsIds() {
    return uids != null || gids != null;
  }

  /**
   * Whether all is shown as stored. Not by equals, which a record makes by invokedynamic: 50 ms on
   * the way to the mount.
   */
  boolean isPlain() {
    return !mapsIds()
        && squashUid == NO_ID
        && squashGid == NO_ID
        && override == OverrideForm.NONE
        && acls;
  }

  /** The same without a map. */
  IdentitySpec withoutMaps() {
    return new IdentitySpec(null, null, squashUid, squashGid, override, acls);
  }
}
