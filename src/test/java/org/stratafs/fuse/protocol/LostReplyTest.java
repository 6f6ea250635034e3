package org.stratafs.fuse.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.stratafs.fuse.protocol.ReplyLayout.OpenOut;
import org.stratafs.posix.Errno;

class LostReplyTest extends DispatcherFixture {
  @Test
  void replyTheKernelDidNotTakeIsGivenBack() {
    fs.file("f", new byte[0]);
    long f = lookup("f");
    kernel.dispatcher.lost(kernel.exchange);
    assertEquals(0, fs.lookups());
    ok(Opcode.CREATE, 1, RDWR, 0600, 0, 0, "new");
    kernel.dispatcher.lost(kernel.exchange);
    open(f);
    kernel.dispatcher.lost(kernel.exchange);
    long handle = ok(Opcode.OPENDIR, 1, 0, 0).getLong(OpenOut.FH);
    kernel.dispatcher.lost(kernel.exchange);
    assertEquals(0, fs.openHandles());
    assertEquals(0, fs.lookups());
    assertTrue(handle != 0);
    handle = ok(Opcode.OPENDIR, 1, 0, 0).getLong(OpenOut.FH);
    ok(Opcode.READDIRPLUS, 1, handle, 0L, 4096, 0, 0L, 0, 0);
    assertEquals(2, fs.lookups());
    kernel.dispatcher.lost(kernel.exchange);
    assertEquals(0, fs.lookups());
    assertEquals(Errno.ENOENT, errno(Opcode.UNLINK, 1, "absent"));
    kernel.dispatcher.lost(kernel.exchange);
    assertEquals(1, fs.openHandles());
  }
}
