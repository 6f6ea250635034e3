package org.stratafs.fuse.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.stratafs.fs.Caller;
import org.stratafs.fs.StatusReport;

final class SlowRequestsTest {
  private static String text(SlowRequests slow) {
    StatusReport report = new StatusReport();
    slow.describe(report);
    return report.text();
  }

  @Test
  void theQuickOnesLeaveNothing() {
    SlowRequests slow = new SlowRequests();
    slow.served(Opcode.LOOKUP, 1, System.nanoTime());
    assertEquals("threshold ms: 100\ncount: 0\nlatest: none\n", text(slow));
  }

  @Test
  void theLastFewAreNamedAndAllAreCounted() {
    SlowRequests slow = new SlowRequests();
    for (int node = 1; node <= 20; node++) {
      slow.served(Opcode.FSYNC, node, System.nanoTime() - 2 * SlowRequests.THRESHOLD_NANOS);
    }
    String text = text(slow);
    assertTrue(text.contains("\ncount: 20\nlatest:\n  FSYNC of node 20: 2"), text);
    assertEquals(3 + 8, text.lines().count());
  }

  @Test
  void anOpcodeNobodyKnowsIsNoMishap() {
    SlowRequests slow = new SlowRequests();
    slow.served(null, 1, System.nanoTime() - 2 * SlowRequests.THRESHOLD_NANOS);
    assertTrue(text(slow).contains("unknown of node 1: "), text(slow));
  }

  @Test
  void aDispatcherTellsOfTheSlowRequestsItServed() {
    MemoryFileSystem fs =
        new MemoryFileSystem() {
          @Override
          public void syncfs(Caller caller, long nodeid) {
            LockSupport.parkNanos(2 * SlowRequests.THRESHOLD_NANOS);
          }
        };
    FakeKernel kernel = FakeKernel.initialised(fs);
    kernel.send(Opcode.SYNCFS, 1, 0L);
    StatusReport report = new StatusReport();
    kernel.dispatcher.describe(report);
    assertTrue(report.text().contains("    SYNCFS of node 1: "), report.text());
  }
}
