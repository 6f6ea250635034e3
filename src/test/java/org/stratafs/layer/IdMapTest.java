package org.stratafs.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class IdMapTest {
  private final IdMap map = IdMap.of(0, 1000, 1, 1, 100_000, 65_536);

  @Test
  void anIdOfARangeShowsAtTheSamePlaceOfTheOtherRangeAndBack() {
    int[][] pairs = {{0, 1000}, {1, 100_000}, {2, 100_001}, {65_536, 165_535}};
    for (int[] pair : pairs) {
      assertEquals(pair[1], map.shown(pair[0]));
      assertEquals(pair[0], map.stored(pair[1]));
    }
  }

  @Test
  void anIdBesideEveryRangeShowsAsTheOverflowIdAndCannotBeStored() {
    assertEquals(IdMap.OVERFLOW, map.shown(65_537));
    for (int shown : new int[] {0, 999, 1001, 99_999, 165_536, IdMap.OVERFLOW}) {
      assertEquals(IdMap.UNMAPPED, map.stored(shown));
    }
  }

  @Test
  void idsAreUnsigned() {
    IdMap high = IdMap.of(0, 0xf000_0000L, 10);
    assertEquals((int) 0xf000_0003L, high.shown(3));
    assertEquals(3, high.stored((int) 0xf000_0003L));
    IdMap last = IdMap.of(0xffff_fffeL, 5, 1);
    assertEquals(5, last.shown(-2));
    assertEquals(IdMap.OVERFLOW, last.shown(-1));
  }

  @Test
  void rangesThatCouldNotBeUndoneAreRefused() {
    long[][] bad = {
      {}, {0, 0}, {0, 0, 0}, {0, 10, 5, 4, 100, 1}, {0, 10, 5, 100, 14, 1}, {0xffff_ffffL, 0, 1}
    };
    for (long[] ranges : bad) {
      assertThrows(IllegalArgumentException.class, () -> IdMap.of(ranges));
    }
  }
}
