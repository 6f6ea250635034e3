package org.stratafs.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.stratafs.layer.PosixAcl;
import org.stratafs.posix.Names;

/**
 * POSIX ACLs as text, as GNU tar, star and bsdtar put them into pax headers (SCHILY.acl.access and
 * .default; acl(5), long text form), made into the value of the kernel's xattr
 * (include/uapi/linux/posix_acl_xattr.h).
 *
 * @param entries in the order of the text
 */
record AclText(List<Entry> entries) {
  private static final int NO_ID = -1;

  /**
   * One line of it.
   *
   * @param id {@link #NO_ID} for tags that have none, and where the text does not say it
   * @param name of the user or group whose id the text does not say; else null
   */
  record Entry(int tag, int permissions, int id, String name) {
    /** With an id where the name has one; else with the name still. */
    private Entry resolved(Accounts accounts) {
      Map<String, Integer> ids = tag == PosixAcl.USER ? accounts.users() : accounts.groups();
      Integer found = name == null ? null : ids.get(name);
      return found == null ? this : new Entry(tag, permissions, found, null);
    }
  }

  /**
   * Reads it.
   *
   * @throws ImageException for what is no ACL
   */
  static AclText parse(String text) throws ImageException {
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
      String name = null;
      if (tag == PosixAcl.USER || tag == PosixAcl.GROUP) {
        // star and bsdtar say both, and the number counts
        long number = Accounts.id(fields.length == 4 ? fields[3] : fields[1]);
        id = (int) number;
        name = number < 0 ? unquoted(fields[1]) : null;
      }
      entries.add(new Entry(tag, permissions(fields[2], entry), id, name));
    }
    return new AclText(entries);
  }

  /** Whether it takes accounts to say whom it means. */
  boolean hasNames() {
    return entries.stream().anyMatch(entry -> entry.name != null);
  }

  /** The same with ids for the names that the accounts have. */
  AclText resolved(Accounts accounts) {
    return new AclText(entries.stream().map(entry -> entry.resolved(accounts)).toList());
  }

  /** The value of the xattr, in Latin-1, of one without names. */
  String xattr() {
    List<Entry> sorted = new ArrayList<>(entries);
    sorted.sort(
        Comparator.comparingInt(Entry::tag)
            .thenComparingLong(entry -> Integer.toUnsignedLong(entry.id)));
    ByteBuffer value =
        ByteBuffer.allocate(PosixAcl.HEADER + PosixAcl.ENTRY * sorted.size())
            .order(ByteOrder.LITTLE_ENDIAN);
    value.putInt(PosixAcl.VERSION);
    for (Entry entry : sorted) {
      value.putShort((short) entry.tag).putShort((short) entry.permissions).putInt(entry.id);
    }
    return Names.fromBytes(value.array());
  }

  /** libacl writes what would end a name as a backslash and three octal digits (acl_to_text.c). */
  private static String unquoted(String name) {
    StringBuilder out = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      boolean quoted = name.charAt(i) == '\\' && i + 3 < name.length();
      int value = quoted ? octal(name, i + 1) : -1;
      out.append(value < 0 ? name.charAt(i) : (char) value);
      i += value < 0 ? 0 : 3;
    }
    return out.toString();
  }

  /** Three octal digits as a byte; -1 for anything else. */
  private static int octal(String text, int at) {
    int value = 0;
    for (int i = at; i < at + 3; i++) {
      int digit = Character.digit(text.charAt(i), 8);
      if (digit < 0) {
        return -1;
      }
      value = value * 8 + digit;
    }
    return value < 256 ? value : -1;
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
