package org.stratafs.image;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** What time goes into images: SOURCE_DATE_EPOCH (reproducible-builds.org) where that is set. */
final class Clock {
  private Clock() {}

  /** RFC 3339, in UTC. */
  static String now() {
    String fixed = System.getenv("SOURCE_DATE_EPOCH");
    long seconds = fixed == null ? -1 : PaxRecords.number(fixed);
    Instant time =
        seconds >= 0
            ? Instant.ofEpochSecond(seconds)
            : Instant.now().truncatedTo(ChronoUnit.MICROS);
    return time.toString();
  }
}
