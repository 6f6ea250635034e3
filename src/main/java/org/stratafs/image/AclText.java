package org.stratafs.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.stratafs.layer.PosixAcl;
import org.stratafs.posix.Names;

/**
 * POSIX ACLs as text, as GNU tar, star and bsdtar put them into pax headers (SCHILY.acl.access and
 * .default; acl(5), long text form), made into the value of the kernel's xattr
 * (include/uapi/linux/posix_acl_xattr.h).
 */
final class AclText {
  private static final int NO_ID = -1;

  private AclText() {}

  private record Entry(int tag, int permissions, int id) {}

  /**
   * The value of the xattr, in Latin-1; null where an entry names somebody whose number the text
   * does not say: a name means nothing outside of the system it comes from.
   *
   * @throws ImageException for what is no ACL
   */
  static String xattr(String text) throws ImageException {
    List<Entry> entries = new ArrayList<>();
    for (String line : text.split("[,\n]", -1)) {
      int comment = line.indexOf('#');
      String entry = (comment < 0 ? line : line.substring(0, comment)).strip();
      if (entry.isEmpty()) {
        continue;
      }
      String[] fields = entry.split(":", -1);
      if (fields.length < 3 || fields.length > 4) {
        throw malformed(entry);
      }
      int tag = tag(fields[0], fields[1].isEmpty(), entry);
      int id = NO_ID;
      if (tag == PosixAcl.USER || tag == PosixAcl.GROUP) {
        long number = PaxRecords.number(fields.length == 4 ? fields[3] : fields[1]);
        if (number < 0 || number > 0xffff_fffeL) {
          return null;
        }
        id = (int) number;
      }
      entries.add(new Entry(tag, permissions(fields[2], entry), id));
    }
    entries.sort(
        Comparator.comparingInt(Entry::tag)
            .thenComparingLong(entry -> Integer.toUnsignedLong(entry.id)));
    ByteBuffer value =
        ByteBuffer.allocate(PosixAcl.HEADER + PosixAcl.ENTRY * entries.size())
            .order(ByteOrder.LITTLE_ENDIAN);
    value.putInt(PosixAcl.VERSION);
    for (Entry entry : entries) {
      value.putShort((short) entry.tag).putShort((short) entry.permissions).putInt(entry.id);
    }
    return Names.fromBytes(value.array());
  }

  private static ImageException malformed(String entry) {
    return new ImageException("an ACL entry is malformed: '" + Names.display(entry) + "'");
  }

  private static int tag(String word, boolean owner, String entry) throws ImageException {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "user", "u" -> owner ? PosixAcl.USER_OBJ : PosixAcl.USER;
      case "group", "g" -> owner ? PosixAcl.GROUP_OBJ : PosixAcl.GROUP;
      case "mask", "m" -> PosixAcl.MASK;
      case "other", "o" -> PosixAcl.OTHER;
      default -> throw malformed(entry);
    };
  }

  private static int permissions(String text, String entry) throws ImageException {
    int permissions = 0;
    for (int i = 0; i < text.length(); i++) {
      permissions |=
          switch (text.charAt(i)) {
            case 'r' -> 4;
            case 'w' -> 2;
            case 'x' -> 1;
            case '-' -> 0;
            default -> throw malformed(entry);
          };
    }
    return permissions;
  }
}
