package org.stratafs.fuse.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.stratafs.fuse.protocol.ReplyLayout.EntryOut;
import org.stratafs.fuse.protocol.ReplyLayout.OpenOut;

/** A dispatcher over a file system in memory, and short forms of common requests. */
abstract class DispatcherFixture {
  static final int RDWR = 2;

  final MemoryFileSystem fs = new MemoryFileSystem();
  final FakeKernel kernel = FakeKernel.initialised(fs);

  final ByteBuffer ok(Opcode opcode, long nodeid, Object... parts) {
    ByteBuffer payload = kernel.send(opcode, nodeid, parts);
    assertEquals(0, kernel.errno, opcode.name());
    assertNotNull(payload);
    assertTrue(payload.capacity() >= opcode.replySize());
    return payload;
  }

  final int errno(Opcode opcode, long nodeid, Object... parts) {
    kernel.send(opcode, nodeid, parts);
    return kernel.errno;
  }

  final long lookup(String name) {
    return ok(Opcode.LOOKUP, 1, name).getLong(EntryOut.NODEID);
  }

  final long open(long nodeid) {
    return ok(Opcode.OPEN, nodeid, RDWR, 0).getLong(OpenOut.FH);
  }
}
