package org.stratafs.layer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** ACL xattr values from a short text. */
public final class AclBytes {
  private AclBytes() {}

  /**
   * Entries {@code u::7 u:ID:7 g::7 g:ID:7 m::7 o::7} separated by blanks, in the order the kernel
   * asks for.
   */
  public static byte[] of(String text) {
    String[] entries = text.split(" ", -1);
    ByteBuffer acl = ByteBuffer.allocate(4 + 8 * entries.length).order(ByteOrder.LITTLE_ENDIAN);
    acl.putInt(2);
    for (String entry : entries) {
      String[] parts = entry.split(":", -1);
      boolean named = !parts[1].isEmpty();
      int tag =
          switch (parts[0]) {
            case "u" -> named ? 0x02 : 0x01;
            case "g" -> named ? 0x08 : 0x04;
            case "m" -> 0x10;
            default -> 0x20;
          };
      acl.putShort((short) tag);
      acl.putShort(Short.parseShort(parts[2]));
      acl.putInt(named ? Integer.parseInt(parts[1]) : -1);
    }
    return acl.array();
  }
}
