package org.stratafs.config;

import java.util.Arrays;
import org.stratafs.layer.IdMap;

/**
 * Reads the values of options; each method's {@link OptionException} names the option, the value
 * and what would do.
 */
final class OptionValues {
  /** Nanoseconds in a second. */
  private static final long SECOND = 1_000_000_000L;

  /** The most whole seconds whose nanoseconds fit a long: 292 years. */
  private static final long MAX_SECONDS = Long.MAX_VALUE / SECOND - 1;

  private static final String MAPPING = "ranges of ids, HOST:TO:LEN[:HOST:TO:LEN...]";

  /** Beyond every id, and far from overflowing when added up. */
  private static final long MAX_MAPPED = 1L << 40;

  private OptionValues() {}

  /**
   * Decimal seconds, such as 1, 0.5 or 1000000000, in nanoseconds; what is longer than 292 years is
   * 292 years.
   */
  static long seconds(String name, String value) {
    int dot = value.indexOf('.');
    String whole = dot < 0 ? value : value.substring(0, dot);
    String fraction = dot < 0 ? "" : value.substring(dot + 1);
    if ((whole.isEmpty() && fraction.isEmpty()) || !isDigits(whole) || !isDigits(fraction)) {
      throw bad(name, value, "seconds, such as 1 or 0.5");
    }
    long nanos = 0;
    for (int i = 0; i < 9; i++) {
      nanos = nanos * 10 + (i < fraction.length() ? fraction.charAt(i) - '0' : 0);
    }
    return decimal(whole, MAX_SECONDS) * SECOND + nanos;
  }

  /** A whole number of at least 1 that fits an int. */
  static int positiveInt(String name, String value) {
    long number = isDigits(value) ? decimal(value, Long.MAX_VALUE / 10 - 1) : 0;
    if (number < 1 || number > Integer.MAX_VALUE) {
      throw bad(name, value, "a number from 1 to " + Integer.MAX_VALUE);
    }
    return (int) number;
  }

  /** A user or group id. */
  static long id(String name, String value) {
    // (uid_t) -1 means "no id".
    long number = isDigits(value) ? decimal(value, Long.MAX_VALUE / 10 - 1) : -1;
    if (number < 0 || number > 0xffff_fffeL) {
      throw bad(name, value, "an id from 0 to 4294967294");
    }
    return number;
  }

  /** Ranges HOST:TO:LEN[:HOST:TO:LEN...]; containers/storage puts a colon in front. */
  static IdMap idMap(String name, String value) {
    int start = value.startsWith(":") ? 1 : 0;
    long[] numbers = new long[value.length()];
    int count = 0;
    while (start <= value.length()) {
      int colon = value.indexOf(':', start);
      int end = colon < 0 ? value.length() : colon;
      String number = value.substring(start, end);
      if (number.isEmpty() || !isDigits(number)) {
        throw bad(name, value, MAPPING);
      }
      numbers[count++] = decimal(number, MAX_MAPPED);
      start = end + 1;
    }
    try {
      return IdMap.of(Arrays.copyOf(numbers, count));
    } catch (IllegalArgumentException e) {
      throw bad(name, value, MAPPING + ": " + e.getMessage());
    }
  }

  /** 0 or 1. */
  static boolean zeroOrOne(String name, String value) {
    return oneOf(name, value, "0", "1") == 1;
  }

  /** on or off. */
  static boolean onOrOff(String name, String value) {
    return oneOf(name, value, "off", "on") == 1;
  }

  /** The index of the value among the choices. */
  static int oneOf(String name, String value, String... choices) {
    for (int i = 0; i < choices.length; i++) {
      if (choices[i].equals(value)) {
        return i;
      }
    }
    StringBuilder list = new StringBuilder(choices[0]);
    for (int i = 1; i < choices.length; i++) {
      list.append(i == choices.length - 1 ? " or " : ", ").append(choices[i]);
    }
    throw bad(name, value, list.toString());
  }

  private static OptionException bad(String name, String value, String expected) {
    return new OptionException(
        "option " + name + " has the value " + value + ", and takes " + expected);
  }

  private static boolean isDigits(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return false;
      }
    }
    return true;
  }

  /** The value of digits; what is beyond {@code max} is {@code max}. Empty is 0. */
  private static long decimal(String digits, long max) {
    long value = 0;
    for (int i = 0; i < digits.length(); i++) {
      value = value * 10 + (digits.charAt(i) - '0');
      if (value > max || value < 0) {
        return max;
      }
    }
    return value;
  }
}
