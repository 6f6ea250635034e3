package org.stratafs.strata;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.stratafs.image.ImageException;

/** An option that takes one of some words: the constants of an enum in small letters. */
final class Choice {
  private Choice() {}

  /** The constant that a word stands for. */
  static <E extends Enum<E>> E of(Class<E> type, String option, String word) throws ImageException {
    List<String> known = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      String name = constant.name().toLowerCase(Locale.ROOT);
      if (name.equals(word)) {
        return constant;
      }
      known.add(name);
    }
    throw new ImageException(option + " '" + word + "' is none of " + String.join(", ", known));
  }
}
