package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.stratafs.fs.StatusReport;
import org.stratafs.fs.StatusXattr;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.sys.Syscalls;
import org.stratafs.testkit.SyscallWrapper;
import org.stratafs.testkit.UnionFixture;

/** user.stratafs.status and .json, by which stratafs --status asks. */
class StatusXattrTest {
  private static StatusReport report() {
    StatusReport report = new StatusReport();
    report.add("nodes", 3);
    return report;
  }

  private static String get(UnionFixture union, String path, String name) {
    return Names.fromBytes(union.client().getxattr(path, name));
  }

  private static int refusal(UnionFixture union, String path, String name) {
    return assertThrows(FsException.class, () -> get(union, path, name)).errno();
  }

  @Test
  void theRootAnswersAndNothingElseDoes() {
    try (UnionFixture union = UnionFixture.of("file f \"f\"\n").open()) {
      union.answerStatus(StatusXattrTest::report);
      assertEquals("nodes: 3\n", get(union, "", StatusXattr.TEXT));
      assertEquals("{\"nodes\":3}\n", get(union, "", StatusXattr.JSON));
      assertEquals(Errno.ENODATA, refusal(union, "f", StatusXattr.TEXT));
      assertEquals(Errno.ENODATA, refusal(union, "f", StatusXattr.JSON));
      assertEquals(Errno.ENODATA, refusal(union, "", StatusXattr.TEXT + ".xml"));
      assertFalse(union.client().listxattr("").toString().contains("status"));
    }
  }

  /** The daemon is that user's, as far as it is told. */
  private static final class RunBy extends SyscallWrapper {
    private final int user;

    RunBy(Syscalls real, int user) {
      super(real);
      this.user = user;
    }

    @Override
    protected Object after(String call, Object[] args, Object result) {
      return call.equals("geteuid") ? (Object) user : result;
    }
  }

  @Test
  void onlyRootAndTheUserOfTheDaemonAreAnswered() {
    try (UnionFixture union =
        UnionFixture.readOnly("").wrap(sys -> new RunBy(sys, 7).syscalls()).open()) {
      union.answerStatus(StatusXattrTest::report);
      for (int user : new int[] {0, 7}) {
        union.client().become(user, 5);
        assertEquals("nodes: 3\n", get(union, "", StatusXattr.TEXT));
      }
      union.client().become(8, 0);
      assertEquals(Errno.EPERM, refusal(union, "", StatusXattr.TEXT));
      assertEquals(Errno.EPERM, refusal(union, "", StatusXattr.JSON));
    }
  }
}
