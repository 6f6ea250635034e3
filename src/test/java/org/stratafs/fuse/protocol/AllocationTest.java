package org.stratafs.fuse.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.stratafs.fuse.protocol.ReplyLayout.OpenOut;

/**
 * The transport makes no garbage: what a request costs the collector is the file system's affair.
 */
class AllocationTest {
  private static final int ROUNDS = 20_000;

  private final MemoryFileSystem fs = new MemoryFileSystem();
  private final FakeKernel kernel = FakeKernel.initialised(fs);
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Test
  void getattrReadAndWriteAllocateNothing() {
    assumeTrue(threads.isThreadAllocatedMemorySupported(), "this JVM does not count allocations");
    fs.file("f", new byte[4096]);
    kernel.send(Opcode.LOOKUP, 1, "f");
    long handle = kernel.send(Opcode.OPEN, 2, 2, 0).getLong(OpenOut.FH);
    assertNothingAllocated(kernel.put(Opcode.GETATTR, 2, 0, 0, 0L));
    assertNothingAllocated(kernel.put(Opcode.READ, 2, handle, 0L, 4096, 0, 0L, 2, 0));
    assertNothingAllocated(
        kernel.put(Opcode.WRITE, 2, handle, 0L, 512, 0, 0L, 2, 0, new byte[512]));
  }

  @Test
  void lookupAllocatesItsNameOnly() {
    fs.file("name", new byte[0]);
    long bytes = allocated(kernel.put(Opcode.LOOKUP, 1, "name"));
    // A String is 24 bytes and its array 16 + 4, rounded up to 24.
    assertTrue(bytes <= 48L * ROUNDS + 4096, bytes + " bytes in " + ROUNDS + " requests");
  }

  private void assertNothingAllocated(int length) {
    long bytes = allocated(length);
    assertTrue(bytes < 4096, bytes + " bytes in " + ROUNDS + " requests");
  }

  /** Serves the request in memory again and again; the bytes allocated once all is warm. */
  private long allocated(int length) {
    serve(length);
    long before = threads.getCurrentThreadAllocatedBytes();
    serve(length);
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  private void serve(int length) {
    int replied = 0;
    for (int i = 0; i < ROUNDS; i++) {
      replied += kernel.dispatcher.dispatch(kernel.exchange, length) > 16 ? 1 : 0;
    }
    assertEquals(ROUNDS, replied, "all succeed");
  }
}
