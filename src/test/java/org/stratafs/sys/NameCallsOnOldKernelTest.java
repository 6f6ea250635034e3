package org.stratafs.sys;

/** The same claims without the calls that Linux 5.6 did not have. */
class NameCallsOnOldKernelTest extends NameCallsTest {
  @Override
  LinuxSyscalls newSyscalls() {
    return new LinuxSyscalls(LinuxSyscalls.Kernel.AS_LINUX_5_6);
  }
}
