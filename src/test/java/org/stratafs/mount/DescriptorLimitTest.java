package org.stratafs.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DescriptorLimitTest {
  @Test
  void theSoftLimitIsRead() {
    String limits =
        """
        Limit                     Soft Limit           Hard Limit           Units
        Max processes             95998                95998                processes
        Max open files            20000                524288               files
        """;
    assertEquals(20000, DescriptorLimit.parse(limits));
  }

  @Test
  void unlimitedIsTheGreatestNumber() {
    assertEquals(
        Integer.MAX_VALUE,
        DescriptorLimit.parse("Max open files            unlimited   unlimited"));
    assertEquals(Integer.MAX_VALUE, DescriptorLimit.parse("Max open files   99999999999   1"));
  }

  @Test
  void aTextWithoutItGivesTheUsualLimit() {
    assertEquals(1024, DescriptorLimit.parse("Max cpu time   unlimited"));
  }

  @Test
  void thisProcessHasSome() {
    assertTrue(DescriptorLimit.ofThisProcess() >= 64);
  }
}
