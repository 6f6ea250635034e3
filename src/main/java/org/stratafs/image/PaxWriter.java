package org.stratafs.image;

import java.io.ByteArrayOutputStream;
import org.stratafs.posix.Names;

/** Makes the records of a pax extended header, their values any bytes. */
final class PaxWriter {
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();

  /** Adds {@code LENGTH KEY=VALUE\n}; the length counts its own digits. */
  PaxWriter put(String key, String value) {
    int rest = key.length() + value.length() + 3; // the blank, the equals sign, the newline
    int length = rest + Integer.toString(rest).length();
    if (Integer.toString(length).length() + rest != length) {
      length = rest + Integer.toString(length).length();
    }
    body.writeBytes(Names.toBytes(length + " " + key + "=" + value + "\n"));
    return this;
  }

  boolean isEmpty() {
    return body.size() == 0;
  }

  byte[] bytes() {
    return body.toByteArray();
  }
}
