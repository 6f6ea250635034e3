package org.stratafs.fs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class StatusReportTest {
  private static StatusReport report() {
    StatusReport report = new StatusReport();
    report.add("open_handles", 3);
    report.add("upper", (String) null);
    report.add("options", StatusReport.shown("a=\"b\\c\"\n\u00c3\u00a9"));
    report.add("lowers", List.of("/a", "/b \"c\""));
    report.add("data_only_lowers", List.of());
    StatusReport slow = report.group("slow_requests");
    slow.add("count", -1);
    slow.add("latest", List.of("one"));
    report.group("requests");
    return report;
  }

  @Test
  void textHasALineAValue() {
    assertEquals(
        """
        open handles: 3
        upper: none
        options: a="b\\c"\\x0a\u00e9
        lowers:
          /a
          /b "c"
        data only lowers: none
        slow requests:
          count: -1
          latest:
            one
        requests:
        """,
        report().text());
  }

  @Test
  void jsonHasTheSameOnOneLine() {
    assertEquals(
        "{\"open_handles\":3,\"upper\":null,\"options\":\"a=\\\"b\\\\c\\\"\\\\x0a\u00e9\","
            + "\"lowers\":[\"/a\",\"/b \\\"c\\\"\"],\"data_only_lowers\":[],"
            + "\"slow_requests\":{\"count\":-1,\"latest\":[\"one\"]},\"requests\":{}}\n",
        report().json());
  }
}
