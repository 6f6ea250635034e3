package org.stratafs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.kenai.jffi.MemoryIO;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stratafs.fuse.protocol.Ledger;
import org.stratafs.fuse.protocol.Opcode;
import org.stratafs.fuse.protocol.RecordedRequests;
import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.SyscallWrapper;
import org.stratafs.testkit.UnionFixture;

/**
 * Programs at work on a real mount, and the requests the kernel makes of it. {@code
 * -Dstratafs.record=true} stores them as the corpus of the fuzz tests, src/test/resources.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RecordedRequestsTest {
  private static final String PROGRAMS =
      """
      cd "$1" || exit 1
      ls -lR . && cat d/f l u big >/dev/null && stat -f . >/dev/null
      echo more >>d/f && echo new >d/new && mkdir d/dir && echo x >d/dir/x && ls -l d/dir
      mv d/new d/name && mv d/sub moved && ln d/name hard && ln -s text link && readlink link
      chmod 600 d/g && chown 1:2 d/g && touch -d @5 d/h && truncate -s 3 big
      setfattr -n user.a -v b d/name && getfattr -d d/name && setfattr -x user.a d/name
      echo again >>hard1 && cat hard2 && rm gone && echo back >gone && rm -r d/dir && rmdir ud 2>/dev/null
      mkfifo fifo && mknod node c 1 3 && cp u copy && dd if=u of=out conv=fsync 2>/dev/null
      fallocate -l 5000 out && fallocate -p -l 100 out && sync -f .
      python3 - <<'P'
      import ctypes, fcntl, os
      d = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
      t = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o600)
      os.write(t, b"tmp")
      os.lseek(t, 0, os.SEEK_DATA)
      os.link("/proc/self/fd/%d" % t, "linked", src_dir_fd=d)
      os.fsync(d)
      libc = ctypes.CDLL(None, use_errno=True)
      libc.renameat2(-100, b"u", -100, b"copy", 2)
      libc.renameat2(-100, b"u", -100, b"u2", 1)
      a = os.open("copy", os.O_RDONLY)
      b = os.open("out", os.O_RDWR)
      os.copy_file_range(a, b, 4)
      m = bytearray(4)
      try: fcntl.ioctl(b, 0x80086601, m)
      except OSError: pass
      P
      exit 0
      """;

  @TempDir Path temp;

  /** Reads of /dev/fuse are requests. */
  private static final class Recorder extends SyscallWrapper {
    final RecordedRequests requests = new RecordedRequests();

    Recorder() {
      super(Real.SYS);
    }

    @Override
    protected Object after(String call, Object[] args, Object result) {
      int size = call.equals("read") ? (Integer) result : 0;
      if (size > 0) {
        byte[] bytes = new byte[size];
        MemoryIO.getInstance().getByteArray((Long) args[1], bytes, 0, size);
        requests.add(bytes);
      }
      return result;
    }
  }

  @Test
  void theStoredRequestsAreOfEveryKindThatProgramsCauseToday() throws Exception {
    assumeTrue(Real.SYS.geteuid() == 0, "mount(2) needs root");
    assumeTrue(Files.exists(Path.of("/dev/fuse")), "there is no /dev/fuse");
    RecordedRequests now = record();
    if (Boolean.getBoolean("stratafs.record")) {
      now.store();
      return;
    }
    Set<Opcode> missing = EnumSet.copyOf(now.opcodes());
    missing.removeAll(RecordedRequests.stored().opcodes());
    missing.removeAll(Set.of(Opcode.INTERRUPT, Opcode.FORGET, Opcode.BATCH_FORGET)); // by chance
    assertEquals(Set.of(), missing, "record them with -Dstratafs.record=true");
    assertTrue(now.opcodes().size() >= 25, () -> "the programs did too little: " + now.opcodes());
  }

  private RecordedRequests record() throws Exception {
    Path mountPoint = Files.createDirectory(temp.resolve("mnt"));
    Recorder recorder = new Recorder();
    Syscalls sys = Real.SYS;
    try (UnionFixture union = RecordedRequests.union().open()) {
      int fd = sys.openat(Syscalls.AT_FDCWD, "/dev/fuse", OpenFlags.O_RDWR, 0);
      String data = "fd=" + fd + ",rootmode=40000,user_id=0,group_id=0,allow_other";
      sys.mount("test", mountPoint.toString(), "fuse.test", 0, data);
      Ledger ledger = new Ledger(union.fs());
      Session session =
          new Session(recorder.syscalls(), fd, ledger.fs, SessionOptions.defaults(), line -> {});
      try {
        session.start();
        session.awaitInit();
        Process programs =
            new ProcessBuilder("bash", "-c", PROGRAMS, "sh", mountPoint.toString())
                .redirectErrorStream(true)
                .start();
        String said =
            new String(programs.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertEquals(0, programs.waitFor(), said);
      } finally {
        sys.umount2(mountPoint.toString(), Syscalls.MNT_DETACH);
        session.awaitEnd();
      }
      ledger.giveBack(); // at an unmount the kernel does not forget each node
    }
    return recorder.requests;
  }
}
