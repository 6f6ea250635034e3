package org.stratafs.image;

import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stratafs.layer.PosixAcl;
import org.stratafs.posix.Names;

/**
 * The records of a pax extended header: {@code LENGTH KEY=VALUE\n} (pax(1), pax Extended Header).
 *
 * <p>commons-compress reads values as UTF-8, which loses names and xattrs that are other bytes;
 * here they stay bytes.
 */
final class PaxRecords {
  static final String PATH = "path";
  static final String LINK_PATH = "linkpath";
  static final String SIZE = "size";
  static final String UID = "uid";
  static final String GID = "gid";
  static final String MTIME = "mtime";

  /** Go, star and GNU tar: the value as it is. */
  static final String XATTR = "SCHILY.xattr.";

  /** libarchive: the name URL-encoded, the value in base64. */
  private static final String LIBARCHIVE_XATTR = "LIBARCHIVE.xattr.";

  /** GNU tar --acls, star and bsdtar: ACLs in text. */
  private static final String ACL_ACCESS = "SCHILY.acl.access";

  private static final String ACL_DEFAULT = "SCHILY.acl.default";

  private static final String SPARSE_OFFSET = "GNU.sparse.offset";
  private static final String SPARSE_BYTES = "GNU.sparse.numbytes";

  private final Map<String, String> values = new LinkedHashMap<>();

  /** The numbers of GNU.sparse.offset and .numbytes, which come again and again (version 0.0). */
  private final List<String> sparseNumbers = new ArrayList<>();

  /** The same records, to be added to. */
  PaxRecords copy() {
    PaxRecords copy = new PaxRecords();
    copy.values.putAll(values);
    copy.sparseNumbers.addAll(sparseNumbers);
    return copy;
  }

  /**
   * Adds the records of one header; later ones win, and an empty value takes one away.
   *
   * @throws ImageException for what are no such records
   */
  void add(byte[] body) throws ImageException {
    String text = Names.fromBytes(body);
    int at = 0;
    while (at < text.length() && text.charAt(at) != '\0') {
      int space = text.indexOf(' ', at);
      long length = space < 0 ? -1 : number(text.substring(at, space));
      if (length <= space - at + 1 || length > text.length() - at) {
        throw malformed();
      }
      int end = at + (int) length - 1; // of the newline
      int equals = text.indexOf('=', space);
      if (text.charAt(end) != '\n' || equals < 0 || equals > end) {
        throw malformed();
      }
      put(text.substring(space + 1, equals), text.substring(equals + 1, end));
      at = end + 1;
    }
  }

  private static ImageException malformed() {
    return new ImageException("a pax header is malformed");
  }

  private void put(String key, String value) {
    if (key.equals(SPARSE_OFFSET) || key.equals(SPARSE_BYTES)) {
      sparseNumbers.add(value);
    } else if (value.isEmpty() && !key.startsWith(XATTR)) {
      values.remove(key);
    } else {
      values.put(key, value);
    }
  }

  /** Null for none. */
  String get(String key) {
    return values.get(key);
  }

  List<String> sparseNumbers() {
    return sparseNumbers;
  }

  /** A number of at most 18 digits; -1 for anything else. */
  static long number(String text) {
    if (text.isEmpty() || text.length() > 18) {
      return -1;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return -1;
      }
    }
    return Long.parseLong(text);
  }

  /** Name to value, both as bytes; without {@link #namedAcls}. */
  Map<String, String> xattrs() throws ImageException {
    Map<String, String> found = new LinkedHashMap<>();
    for (Map.Entry<String, String> record : values.entrySet()) {
      String key = record.getKey();
      if (key.startsWith(LIBARCHIVE_XATTR)) {
        found.putIfAbsent(
            urlDecoded(key.substring(LIBARCHIVE_XATTR.length())), base64(record.getValue()));
      }
    }
    for (Map.Entry<String, String> record : values.entrySet()) {
      if (record.getKey().startsWith(XATTR)) {
        found.put(record.getKey().substring(XATTR.length()), record.getValue());
      }
    }
    for (Map.Entry<String, AclText> acl : acls().entrySet()) {
      if (!acl.getValue().hasNames()) {
        found.putIfAbsent(acl.getKey(), acl.getValue().xattr());
      }
    }
    return found;
  }

  /** ACLs that have names for ids, by xattr, unless they are there as an xattr. */
  Map<String, AclText> namedAcls() throws ImageException {
    Map<String, AclText> named = acls();
    named.values().removeIf(acl -> !acl.hasNames());
    if (!named.isEmpty()) {
      named.keySet().removeAll(xattrs().keySet());
    }
    return named;
  }

  /** ACLs in text, by xattr. */
  private Map<String, AclText> acls() throws ImageException {
    Map<String, AclText> found = new LinkedHashMap<>();
    for (String xattr : List.of(PosixAcl.ACCESS, PosixAcl.DEFAULT)) {
      String text = values.get(xattr.equals(PosixAcl.ACCESS) ? ACL_ACCESS : ACL_DEFAULT);
      if (text != null) {
        found.put(xattr, AclText.parse(text));
      }
    }
    return found;
  }

  private static String base64(String value) throws ImageException {
    try {
      // libarchive leaves the padding out
      return Names.fromBytes(Base64.getMimeDecoder().decode(Names.toBytes(value)));
    } catch (IllegalArgumentException e) {
      throw new ImageException("an xattr in a pax header is not in base64", e);
    }
  }

  private static String urlDecoded(String name) {
    StringBuilder out = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      int high = name.charAt(i) == '%' && i + 2 < name.length() ? digit(name, i + 1) : -1;
      int low = high < 0 ? -1 : digit(name, i + 2);
      if (low >= 0) {
        out.append((char) (high * 16 + low));
        i += 2;
      } else {
        out.append(name.charAt(i));
      }
    }
    return out.toString();
  }

  private static int digit(String text, int at) {
    return Character.digit(text.charAt(at), 16);
  }
}
