package org.stratafs.fuse.protocol;

import org.stratafs.posix.Names;

/** A line of a trace: words and labelled numbers with blanks between them. */
final class TextLine {
  private final StringBuilder text = new StringBuilder(160);

  TextLine word(String word) {
    if (!text.isEmpty()) {
      text.append(' ');
    }
    text.append(word);
    return this;
  }

  /** A name, with what would end the line escaped. */
  TextLine quoted(String name) {
    return word("\"" + Names.display(name) + "\"");
  }

  /** {@code #6}, by which a reply is found. */
  TextLine id(long unique) {
    return word("#" + Long.toUnsignedString(unique));
  }

  /** {@code (144 bytes)}. */
  TextLine size(int bytes) {
    return word("(" + bytes + " bytes)");
  }

  TextLine owner(int uid, int gid) {
    return word(Integer.toUnsignedString(uid) + ":" + Integer.toUnsignedString(gid));
  }

  TextLine unsigned(String label, long value) {
    return word(label).word(Long.toUnsignedString(value));
  }

  TextLine hex(String label, int value) {
    return word(label).word("0x" + Integer.toHexString(value));
  }

  TextLine octal(String label, int value) {
    return word(label).word((value == 0 ? "" : "0") + Integer.toOctalString(value));
  }

  /** {@code mtime 5.000000007}: seconds and nanoseconds since 1970. */
  TextLine time(String label, long seconds, int nanoseconds) {
    String fraction = Long.toString(1_000_000_000L + Integer.toUnsignedLong(nanoseconds));
    return word(label).word(seconds + "." + fraction.substring(1));
  }

  /** The word if the flag is among the flags. */
  TextLine flag(String word, int flags, int flag) {
    return (flags & flag) != 0 ? word(word) : this;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
