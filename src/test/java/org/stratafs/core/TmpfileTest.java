package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.stratafs.core.LookupTest.assertErrno;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.OpenResult;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.FaultInjector;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.UnionFixture;

/** Files without a name (O_TMPFILE). */
class TmpfileTest {
  private final Entry entry = new Entry();
  private final OpenResult opened = new OpenResult();

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "owners in layers need root");
  }

  private void tmpfile(UnionFixture union, String directory, int flags, int mode, int umask) {
    Client client = union.client();
    union
        .fs()
        .tmpfile(client.caller(), client.nodeid(directory), flags, mode, umask, entry, opened);
  }

  private void giveBack(UnionFixture union) {
    union.fs().release(entry.nodeid, opened.handle);
    union.fs().forget(entry.nodeid, 1);
  }

  private String shown() {
    return entry.attr.uid
        + ":"
        + entry.attr.gid
        + " "
        + Integer.toOctalString(entry.attr.mode)
        + " "
        + entry.attr.nlink;
  }

  @Test
  void itBelongsToTheCallerWithTheModeAskedForAndTheGroupOfAnSgidDirectory() {
    try (UnionFixture union = UnionFixture.of("dir d").open()) {
      Client client = union.client();
      client.mkdir("s", 0777);
      client.chown("s", 0, 55);
      client.chmod("s", 02777);
      client.become(1000, 1001);
      tmpfile(union, "d", OpenFlags.O_RDWR, 06777, 022);
      assertEquals("1000:1001 106755 0", shown());
      giveBack(union);
      tmpfile(union, "s", OpenFlags.O_RDWR, 0666, 0);
      assertEquals("1000:55 100666 0", shown());
      giveBack(union);
    }
  }

  @Test
  void withExclItNeverGetsAName() {
    try (UnionFixture union = UnionFixture.of("dir d").open()) {
      Client client = union.client();
      FileSystem fs = union.fs();
      tmpfile(union, "d", OpenFlags.O_RDWR | OpenFlags.O_EXCL, 0600, 0);
      long d = client.nodeid("d");
      Entry linked = new Entry();
      assertErrno(Errno.ENOENT, () -> fs.link(client.caller(), entry.nodeid, d, "n", linked));
      giveBack(union);
      tmpfile(union, "d", OpenFlags.O_RDWR, 0600, 0);
      fs.link(client.caller(), entry.nodeid, d, "n", linked);
      fs.forget(linked.nodeid, 1);
      giveBack(union);
      assertEquals("n", client.names("d"));
    }
  }

  @Test
  void oneThatFailsLeavesNoDescriptor() {
    FaultInjector[] faults = new FaultInjector[1];
    try (UnionFixture union =
        UnionFixture.of("dir d")
            .wrap(
                sys -> {
                  faults[0] = new FaultInjector(sys);
                  return faults[0].syscalls();
                })
            .open()) {
      union.client().become(1000, 1001);
      tmpfile(union, "d", OpenFlags.O_RDWR, 06777, 0); // d is copied up
      giveBack(union);
      int failed = 0;
      String hit = "";
      for (int n = 1; hit != null; n++) {
        int before = union.descriptors().open().size();
        faults[0].arm(n, Errno.EIO);
        try {
          tmpfile(union, "d", OpenFlags.O_RDWR, 06777, 0);
          giveBack(union);
        } catch (FsException e) {
          failed++;
        }
        hit = faults[0].disarm();
        assertEquals(before, union.descriptors().open().size(), "after " + hit);
      }
      assertTrue(failed >= 4, "only " + failed);
    }
  }
}
