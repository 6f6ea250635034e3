package org.stratafs.layer;

/**
 * Ranges of user or group ids: which id on disk shows as which, as the options uidmapping and
 * gidmapping give them. Immutable.
 *
 * <p>Ids are ints read as unsigned; (uid_t) -1 stands for none.
 */
public final class IdMap {
  /** What an id shows as that no range has (DEFAULT_OVERFLOWUID, include/linux/highuid.h). */
  public static final int OVERFLOW = 65534;

  /** {@link #stored} of an id that no range shows; no id of a file. */
  public static final int UNMAPPED = -1;

  /** All ids but (uid_t) -1. */
  private static final long IDS = 0xffff_ffffL;

  private static final int RANGE = 3;

  /** Triples: first id on disk, first id shown, length. */
  private final long[] ranges;

  private IdMap(long[] ranges) {
    this.ranges = ranges;
  }

  /**
   * A map of triples: first id on disk, first id shown, length.
   *
   * @throws IllegalArgumentException with what is wrong with them: an empty range, one beyond the
   *     ids there are, or two that overlap, which could not be undone
   */
  public static IdMap of(long... ranges) {
    if (ranges.length == 0 || ranges.length % RANGE != 0) {
      throw new IllegalArgumentException("it takes triples HOST:TO:LEN");
    }
    for (int i = 0; i < ranges.length; i += RANGE) {
      long length = ranges[i + 2];
      if (length <= 0) {
        throw new IllegalArgumentException("a range is empty");
      }
      if (ranges[i] < 0
          || ranges[i + 1] < 0
          || length > IDS
          || ranges[i] > IDS - length
          || ranges[i + 1] > IDS - length) {
        throw new IllegalArgumentException("a range goes beyond 4294967294");
      }
      for (int j = 0; j < i; j += RANGE) {
        if (overlap(ranges, i, j, 0) || overlap(ranges, i, j, 1)) {
          throw new IllegalArgumentException("two ranges overlap");
        }
      }
    }
    return new IdMap(ranges.clone());
  }

  private static boolean overlap(long[] ranges, int i, int j, int side) {
    return ranges[i + side] < ranges[j + side] + ranges[j + 2]
        && ranges[j + side] < ranges[i + side] + ranges[i + 2];
  }

  /** What an id on disk shows as; {@link #OVERFLOW} if no range has it. */
  public int shown(int stored) {
    int id = map(stored, 0);
    return id == UNMAPPED ? OVERFLOW : id;
  }

  /** The id on disk that shows as this one; {@link #UNMAPPED} if none does. */
  public int stored(int shown) {
    return map(shown, 1);
  }

  private int map(int id, int from) {
    long wanted = Integer.toUnsignedLong(id);
    for (int i = 0; i < ranges.length; i += RANGE) {
      long offset = wanted - ranges[i + from];
      if (offset >= 0 && offset < ranges[i + 2]) {
        return (int) (ranges[i + 1 - from] + offset);
      }
    }
    return UNMAPPED;
  }
}
