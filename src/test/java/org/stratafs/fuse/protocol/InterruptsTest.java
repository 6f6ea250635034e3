package org.stratafs.fuse.protocol;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class InterruptsTest extends DispatcherFixture {
  @Test
  void interruptReachesTheRequestItNamesAndNoOther() {
    FakeKernel second = new FakeKernel(kernel.dispatcher);
    RequestCaller caller = kernel.exchange.caller;
    Interrupts interrupts = new Interrupts();
    interrupts.add(caller);
    interrupts.enter(caller, 100);
    assertFalse(caller.interrupted());
    interrupts.interrupt(102);
    assertFalse(caller.interrupted());
    interrupts.interrupt(100);
    assertTrue(caller.interrupted());
    caller.leave();
    interrupts.enter(caller, 104);
    assertFalse(caller.interrupted());
    assertNull(second.send(Opcode.INTERRUPT, 0, 100L));
  }

  @Test
  void interruptThatArrivesBeforeItsRequestIsRemembered() {
    Interrupts interrupts = new Interrupts();
    RequestCaller caller = kernel.exchange.caller;
    interrupts.add(caller);
    interrupts.interrupt(200);
    interrupts.enter(caller, 198);
    assertFalse(caller.interrupted());
    caller.leave();
    interrupts.enter(caller, 200);
    assertTrue(caller.interrupted());
  }
}
