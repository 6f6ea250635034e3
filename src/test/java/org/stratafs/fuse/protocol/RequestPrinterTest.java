package org.stratafs.fuse.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestPrinterTest extends DispatcherFixture {
  @Test
  void debugPrintsARequestAndItsReplyOnALineEach() {
    List<String> trace = new ArrayList<>();
    FakeKernel other =
        new FakeKernel(new Dispatcher(fs, FuseOptions.defaults(), line -> {}, trace::add, null));
    other.init(45, -1);
    fs.file("name", new byte[0]);
    other.send(Opcode.LOOKUP, 1, "na\nme");
    other.send(Opcode.UNLINK, 1, "absent");
    assertEquals(6, trace.size());
    String lookup = trace.get(2);
    assertTrue(lookup.startsWith("-> LOOKUP #6 node 1 by 1000:100 pid 77"), lookup);
    assertTrue(lookup.endsWith("\"na\\x0ame\""), lookup);
    assertEquals("<- #6 LOOKUP ok (144 bytes)", trace.get(3));
    assertEquals("<- #8 UNLINK ENOENT (16 bytes)", trace.get(5));
  }
}
