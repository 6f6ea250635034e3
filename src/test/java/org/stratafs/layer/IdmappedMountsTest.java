package org.stratafs.layer;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What it does for a mount is checked by {@code accept-podman: uidmap}. */
final class IdmappedMountsTest {
  private static final String TABLE =
      "22 1 0:21 / /proc rw,nosuid - proc proc rw\n"
          + "45 22 0:30 /l /a rw,relatime,idmapped shared:5 - ext4 /dev/sda rw\n"
          + "450 22 0:30 /idmapped /b rw,relatime - ext4 /dev/sda rw,idmapped\n";

  @Test
  void theOptionsOfTheMountItselfCount() {
    assertTrue(IdmappedMounts.isIdmapped(TABLE, "45"));
    assertFalse(IdmappedMounts.isIdmapped(TABLE, "450"));
    assertFalse(IdmappedMounts.isIdmapped(TABLE, "22"));
    assertFalse(IdmappedMounts.isIdmapped(TABLE, "4"), "no such mount");
  }

  @Test
  void whatIsNotMappedIsNot() {
    assertFalse(IdmappedMounts.read().isOn(0));
    assertFalse(IdmappedMounts.read().isOn(-1), "no such descriptor");
  }
}
