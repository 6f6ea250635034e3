package org.stratafs.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Errno;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;

class ProcessCallsTest extends SyscallsFixture {
  private String readAll(int fd) {
    NativeBuffer buffer = NativeBuffer.allocate(4096);
    StringBuilder text = new StringBuilder();
    for (int size = sys.read(fd, buffer.address(), 4096);
        size > 0;
        size = sys.read(fd, buffer.address(), 4096)) {
      byte[] bytes = new byte[size];
      buffer.bytes().get(0, bytes);
      text.append(new String(bytes, StandardCharsets.ISO_8859_1));
    }
    return text.toString();
  }

  @Test
  void aProgramGetsArgumentsEnvironmentAndTwoDescriptors() {
    int[] error = sys.socketpair();
    int[] three = sys.socketpair();
    String script = "echo \"$1|$NAME\" >&2; echo three >&3; ls /proc/self/fd | wc -l >&2; exit 7";
    int pid =
        sys.spawn(
            List.of("sh", "-c", script, "sh", "caf\u00e9 x"),
            List.of("NAME=va\u00fflue", "PATH=/usr/bin:/bin"),
            error[1],
            three[1]);
    sys.close(error[1]);
    sys.close(three[1]);
    // ls has 0 to 3 and the directory it lists.
    assertEquals("caf\u00e9 x|va\u00fflue\n5\n", readAll(error[0]));
    assertEquals("three\n", readAll(three[0]));
    assertEquals(7, sys.waitpid(pid));
    assertErrno(10 /* ECHILD */, () -> sys.waitpid(pid));
    sys.close(error[0]);
    sys.close(three[0]);
  }

  @Test
  void aKilledProgramIsTold() {
    int[] pair = sys.socketpair();
    int pid = sys.spawn(List.of("sh", "-c", "kill -9 $$"), List.of(), pair[1], pair[1]);
    assertEquals(128 + 9, sys.waitpid(pid));
    sys.close(pair[0]);
    sys.close(pair[1]);
  }

  @Test
  void aProgramThatIsNotThereIsEnoent() {
    List<String> arguments = List.of("no-such-program-anywhere");
    assertErrno(Errno.ENOENT, () -> sys.spawn(arguments, List.of(), 2, 2));
  }

  @Test
  void aDescriptorComesOverTheSocket() {
    write("f", "handed over");
    String python =
        "import socket,os\n"
            + "s=socket.socket(fileno=3)\n"
            + "socket.send_fds(s,[b'x'],[os.open('"
            + path
            + "/f',os.O_RDONLY)])\n";
    int[] pair = sys.socketpair();
    int pid =
        sys.spawn(List.of("python3", "-c", python), List.of("PATH=/usr/bin:/bin"), 2, pair[1]);
    sys.close(pair[1]);
    int fd = sys.receiveDescriptor(pair[0]);
    Assumptions.assumeTrue(sys.waitpid(pid) == 0, "python3 with socket.send_fds is needed");
    assertEquals("handed over", pread(fd, 0, 100));
    sys.close(fd);
    assertEquals(-1, sys.receiveDescriptor(pair[0]), "the other end is closed");
    sys.close(pair[0]);
  }

  @Test
  void statMountTellsMountsApart() {
    sys.statMount(dir, stat);
    final long here = stat.mountId;
    final long device = stat.dev;
    assertNotEquals(0, here);
    sys.fstat(dir, stat);
    assertEquals(stat.dev, device);
    int proc = sys.openat(Syscalls.AT_FDCWD, "/proc", OpenFlags.O_PATH, 0);
    Stat other = new Stat();
    sys.statMount(proc, other);
    sys.close(proc);
    assertNotEquals(here, other.mountId);
    assertNotEquals(device, other.dev);
  }
}
