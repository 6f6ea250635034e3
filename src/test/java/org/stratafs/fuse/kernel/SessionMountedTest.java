package org.stratafs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stratafs.fs.Caller;
import org.stratafs.fs.Entry;
import org.stratafs.fs.StatusReport;
import org.stratafs.fuse.protocol.MemoryFileSystem;
import org.stratafs.fuse.protocol.Opcode;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.LinuxSyscalls;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.DescriptorTracker;
import org.stratafs.testkit.SyscallWrapper;

/** A session over a file system in memory on a real mount. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SessionMountedTest {
  private final DescriptorTracker tracker = new DescriptorTracker(new LinuxSyscalls());
  private final CloneFault faults = new CloneFault(tracker.syscalls());
  private final Syscalls sys = faults.syscalls();
  private final List<String> log = new ArrayList<>();
  private final SlowFileSystem fs = new SlowFileSystem();
  private Session session;
  private boolean mounted;

  @TempDir Path temp;
  private Path mountPoint;

  @BeforeEach
  void mount() throws Exception {
    assumeTrue(sys.geteuid() == 0, "mount(2) needs root");
    assumeTrue(Files.exists(Path.of("/dev/fuse")), "there is no /dev/fuse");
    mountPoint = Files.createDirectory(temp.resolve("mnt"));
    int fd = sys.openat(Syscalls.AT_FDCWD, "/dev/fuse", OpenFlags.O_RDWR, 0);
    String data = "fd=" + fd + ",rootmode=40000,user_id=0,group_id=0,allow_other";
    sys.mount("test", mountPoint.toString(), "fuse.test", 0, data);
    mounted = true;
    session = new Session(sys, fd, fs, SessionOptions.defaults(), this::note);
    session.start();
    session.awaitInit();
  }

  private synchronized void note(String line) {
    log.add(line);
  }

  private synchronized List<String> logged() {
    return List.copyOf(log);
  }

  @AfterEach
  void unmount() throws Exception {
    fs.gate.countDown();
    if (mounted) {
      sys.umount2(mountPoint.toString(), Syscalls.MNT_DETACH);
      session.awaitEnd();
    }
    assertEquals(List.of(), logged());
    assertEquals(Map.of(), tracker.open(), "descriptors left open");
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + output);
    return output;
  }

  @Test
  void lsAndCatShowTheFilesOfTheFileSystem() throws Exception {
    fs.file("hello", "hello, world\n".getBytes(StandardCharsets.UTF_8));
    assertEquals("hello\n", run("ls", mountPoint.toString()));
    assertEquals("hello, world\n", run("cat", mountPoint.resolve("hello").toString()));
  }

  private String requests() {
    StatusReport report = new StatusReport();
    session.describe(report);
    return report.text();
  }

  @Test
  void dataIsWrittenAndReadInRequestsOfOneMebibyte() throws Exception {
    byte[] data = new byte[5 << 20];
    new Random(1).nextBytes(data);
    Path source = Files.write(temp.resolve("source"), data);
    Path file = mountPoint.resolve("file");
    run("dd", "if=" + source, "of=" + file, "bs=1M", "oflag=direct", "status=none");
    assertEquals(5, session.requests(Opcode.WRITE), this::requests);
    run("dd", "if=" + file, "of=" + temp.resolve("back"), "bs=1M", "iflag=direct", "status=none");
    assertEquals(5, session.requests(Opcode.READ), this::requests);
    assertArrayEquals(data, Files.readAllBytes(temp.resolve("back")));
    assertArrayEquals(data, Files.readAllBytes(file));
  }

  @Test
  void unmountGivesBackEveryLookupHandleAndEndsTheFileSystemOnce() throws Exception {
    fs.file("a", new byte[10]);
    run("sh", "-c", "cd " + mountPoint + " && cat a && mkdir d && echo x > d/f && ls -lR");
    sys.umount2(mountPoint.toString(), 0);
    mounted = false;
    session.awaitEnd();
    assertTrue(fs.isDestroyed());
    assertEquals(0, fs.openHandles());
  }

  @Test
  void slowRequestsDoNotDelayOthersAndTheirWorkersEndAgain() throws Exception {
    int slow = 64;
    ExecutorService pool = Executors.newFixedThreadPool(slow);
    try {
      List<Future<Boolean>> waiting = new ArrayList<>();
      for (int i = 0; i < slow; i++) {
        Path file = mountPoint.resolve("slow" + i);
        waiting.add(pool.submit(() -> Files.exists(file)));
      }
      assertTrue(fs.arrived.await(20, TimeUnit.SECONDS), "not all requests are served at once");
      fs.file("quick", new byte[1]);
      assertEquals(1, Files.size(mountPoint.resolve("quick")));
      fs.gate.countDown();
      for (Future<Boolean> future : waiting) {
        assertEquals(false, future.get());
      }
      assertTrue(session.workers() > slow);
      workersEndAgain();
    } finally {
      pool.shutdownNow();
    }
  }

  private void workersEndAgain() throws InterruptedException {
    // WorkerPool.SETTLE_NANOS; then each request can end the worker that served it. A machine that
    // is busy may start one more meanwhile, and all is put off by that time again.
    int kept = Runtime.getRuntime().availableProcessors() + 2;
    for (int round = 0; round == 0 || (round < 6 && session.workers() > kept); round++) {
      Thread.sleep(5500);
      for (int i = 0; i < 1000; i++) {
        assertFalse(Files.exists(mountPoint.resolve("absent" + i)));
      }
    }
    // Each worker that is put off the CPU between its reply and its return lets one more start, so
    // that a machine with other work keeps a few for longer; the 64 are gone all the same.
    assertTrue(session.workers() <= 2 * kept, () -> session.workers() + " workers");
  }

  @Test
  void signalInterruptsTheRequestOfTheProcess() throws Exception {
    Process process = new ProcessBuilder("cat", mountPoint.resolve("endless").toString()).start();
    assertTrue(fs.endlessStarted.await(20, TimeUnit.SECONDS));
    process.destroy();
    assertTrue(process.waitFor(20, TimeUnit.SECONDS), "the request was not interrupted");
    assertTrue(fs.interruptSeen.get());
  }

  @Test
  void workersShareTheDescriptorWhereCloningIsRefused() throws Exception {
    faults.refuse = true;
    int slow = 8;
    List<Process> waiting = new ArrayList<>();
    for (int i = 0; i < slow; i++) {
      waiting.add(new ProcessBuilder("stat", mountPoint.resolve("slow" + i).toString()).start());
    }
    while (fs.arrived.getCount() > SlowFileSystem.SLOW - slow) {
      Thread.sleep(1);
    }
    assertTrue(faults.refused.get(), "nobody tried to clone");
    signalInterruptsTheRequestOfTheProcess();
    fs.gate.countDown();
    for (Process process : waiting) {
      assertEquals(1, process.waitFor());
    }
  }

  @Test
  void unmountWhileRequestsAreServedEndsTheSession() throws Exception {
    Process process = new ProcessBuilder("cat", mountPoint.resolve("slow").toString()).start();
    while (fs.arrived.getCount() == SlowFileSystem.SLOW) {
      Thread.sleep(1);
    }
    sys.umount2(mountPoint.toString(), Syscalls.MNT_DETACH);
    mounted = false;
    fs.gate.countDown();
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    session.awaitEnd();
    assertTrue(fs.isDestroyed());
  }

  @Test
  void abortedRequestsGiveBackTheirLookups() throws Exception {
    Path control = Files.createDirectory(temp.resolve("fusectl"));
    try {
      sys.mount("fusectl", control.toString(), "fusectl", 0, "");
    } catch (FsException e) {
      assumeTrue(false, "fusectl cannot be mounted: " + e.getMessage());
    }
    try {
      fs.file("slow", new byte[1]);
      Stat stat = new Stat();
      sys.stat(Syscalls.AT_FDCWD, mountPoint.toString(), stat);
      Process process = new ProcessBuilder("stat", mountPoint.resolve("slow").toString()).start();
      while (fs.arrived.getCount() == SlowFileSystem.SLOW) {
        Thread.sleep(1);
      }
      Files.writeString(control.resolve(stat.dev + "/abort"), "1");
      assertEquals(1, process.waitFor());
      fs.gate.countDown();
      session.awaitEnd();
      assertEquals(0, fs.lookups(), "the entry that was never delivered");
    } finally {
      sys.umount2(control.toString(), 0);
    }
  }

  /** Refuses FUSE_DEV_IOC_CLONE when told to. */
  private static final class CloneFault extends SyscallWrapper {
    volatile boolean refuse;
    final AtomicBoolean refused = new AtomicBoolean();

    CloneFault(Syscalls real) {
      super(real);
    }

    @Override
    protected void before(String call, Object[] args) {
      if (refuse && call.equals("ioctl")) {
        refused.set(true);
        throw new FsException(Errno.EINVAL);
      }
    }
  }

  /** Names that begin with "slow" wait for the gate; "endless" waits for an interrupt. */
  private static final class SlowFileSystem extends MemoryFileSystem {
    static final int SLOW = 64;

    final CountDownLatch gate = new CountDownLatch(1);
    final CountDownLatch arrived = new CountDownLatch(SLOW);
    final CountDownLatch endlessStarted = new CountDownLatch(1);
    final AtomicBoolean interruptSeen = new AtomicBoolean();

    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // waits must not hold the lock
    @Override
    public void lookup(Caller caller, long parent, String name, Entry out) {
      try {
        if (name.startsWith("slow")) {
          arrived.countDown();
          gate.await();
        } else if (name.equals("endless")) {
          endlessStarted.countDown();
          while (!caller.interrupted()) {
            Thread.sleep(1);
          }
          interruptSeen.set(true);
          throw new FsException(Errno.EINTR);
        }
      } catch (InterruptedException e) {
        throw new FsException(Errno.EINTR);
      }
      super.lookup(caller, parent, name, out);
    }
  }
}
