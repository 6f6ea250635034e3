package org.stratafs.strata;

import java.util.Locale;

/** Sizes as people read them, in powers of 1000 as docker has them. */
final class Sizes {
  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

  private Sizes() {}

  static String text(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < UNITS.length - 1) {
      value /= 1000;
      unit++;
    }
    return unit == 0
        ? bytes + "B"
        : String.format(Locale.ROOT, value < 10 ? "%.2f%s" : "%.1f%s", value, UNITS[unit]);
  }

  /** Reads 500, 10k, 20M, 3G, 1T: powers of 1024, as most tools read them. */
  static long parse(String text) {
    String units = "kmgt";
    String lower = text.toLowerCase(Locale.ROOT);
    int unit = lower.isEmpty() ? -1 : units.indexOf(lower.charAt(lower.length() - 1));
    String digits = unit < 0 ? lower : lower.substring(0, lower.length() - 1);
    try {
      long number = Long.parseLong(digits);
      if (number > 0) {
        return Math.multiplyExact(number, 1L << (10 * (unit + 1)));
      }
    } catch (NumberFormatException | ArithmeticException e) {
      // said below
    }
    throw new IllegalArgumentException("'" + text + "' is no size: a number, then k, M, G or T");
  }
}
