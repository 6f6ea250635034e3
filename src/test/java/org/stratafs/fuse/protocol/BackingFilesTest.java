package org.stratafs.fuse.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.fs.OpenResult;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

/** All opens of an inode go one way, and what was registered is taken back. */
class BackingFilesTest implements BackingRegistry {
  private static final int FD = 77;

  private final List<Integer> registered = new ArrayList<>();
  private int last;
  private int refusal;
  private final BackingFiles files = new BackingFiles(this);

  @Override
  public int open(int fd) {
    if (refusal != 0) {
      throw new FsException(refusal);
    }
    assertEquals(FD, fd);
    registered.add(++last);
    return last;
  }

  @Override
  public void close(int id) {
    assertTrue(registered.remove((Integer) id), "taken back twice: " + id);
  }

  private int open(long nodeid, int backing) {
    OpenResult result = new OpenResult();
    result.keepCache = true;
    result.backing = backing;
    return files.opened(nodeid, result);
  }

  private static boolean isAsked(BackingFiles files) {
    OpenResult result = new OpenResult();
    files.ask(result);
    return result.wantsBacking;
  }

  private int openLower(long nodeid, int backing) {
    OpenResult result = new OpenResult();
    result.lower = true;
    result.backing = backing;
    return files.opened(nodeid, result);
  }

  @Test
  void noOpenOfACopyIsServedFromTheLowerFileThatIsStillOpen() {
    files.enable();
    assertEquals(1, openLower(5, FD));
    assertEquals(1, openLower(5, -1));
    for (int backing : new int[] {FD, -1}) {
      FsException stale = assertThrows(FsException.class, () -> open(5, backing));
      assertEquals(Errno.ESTALE, stale.errno());
    }
    files.released(5);
    files.released(5);
    assertEquals(List.of(), registered, "the refused opens do not count");
    assertEquals(2, open(5, FD));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFileSystemThatTakesNoneIsNotAskedAgainAndTheOthersAre(boolean lower) {
    files.enable();
    refusal = Errno.ELOOP;
    assertEquals(0, lower ? openLower(5, FD) : open(5, FD));
    refusal = 0;
    OpenResult asked = new OpenResult();
    files.ask(asked);
    assertEquals(lower, asked.wantsBacking);
    assertEquals(!lower, asked.wantsLowerBacking);
    assertEquals(
        "on, but not for "
            + (lower ? "lowers" : "upper")
            + ": the kernel refused a backing file, ELOOP",
        files.state());
    assertEquals(1, lower ? open(6, FD) : openLower(6, FD));
    assertEquals(0, lower ? openLower(7, FD) : open(7, FD));
  }

  @Test
  void whoMayNotRegisterMayNotForAnyFile() {
    files.enable();
    refusal = Errno.EPERM;
    assertEquals(0, openLower(5, FD));
    assertFalse(isAsked(files));
    assertEquals("off: the kernel refused a backing file, EPERM", files.state());
  }

  @Test
  void allOpensOfAnInodeShareOneBackingFileUntilTheLastIsReleased() {
    files.enable();
    assertEquals(1, open(5, FD));
    assertEquals(1, open(5, FD));
    assertEquals(2, open(6, FD));
    files.released(5);
    assertEquals(List.of(1, 2), registered);
    files.released(5);
    assertEquals(List.of(2), registered);
    assertEquals(3, open(5, FD));
  }

  @Test
  void anInodeOpenThroughTheCacheStaysThereUntilTheLastIsReleased() {
    files.enable();
    assertEquals(0, open(5, -1));
    assertEquals(0, open(5, FD));
    files.released(5);
    assertEquals(0, open(5, FD));
    files.released(5);
    files.released(5);
    assertEquals(1, open(5, FD));
  }

  @Test
  void anOpenThatOffersNothingJoinsTheBackingFileThatIsThere() {
    files.enable();
    assertEquals(1, open(5, FD));
    assertEquals(1, open(5, -1));
  }

  @Test
  void nothingIsRegisteredBeforeInitSettledItNorWithoutRegistry() {
    assertEquals(0, open(5, FD));
    BackingFiles none = new BackingFiles(null);
    none.enable();
    assertFalse(isAsked(none));
    assertEquals(0, none.opened(5, new OpenResult()));
  }

  @ParameterizedTest
  @ValueSource(ints = {Errno.EPERM, Errno.ELOOP, Errno.EOPNOTSUPP})
  void whoMayNotRegisterAsksOnce(int errno) {
    files.enable();
    refusal = errno;
    assertEquals(0, open(5, FD));
    assertFalse(isAsked(files));
    refusal = 0;
    files.released(5);
    assertEquals(0, open(5, FD));
  }

  @Test
  void anInodeThatCannotBeRegisteredForNowForgetsWhatIsCached() {
    files.enable();
    refusal = Errno.ENOMEM;
    OpenResult result = new OpenResult();
    result.keepCache = true;
    result.backing = FD;
    assertEquals(0, files.opened(5, result));
    assertFalse(result.keepCache);
    refusal = 0;
    assertEquals(0, open(5, FD), "still open through the cache");
    files.released(5);
    files.released(5);
    assertEquals(1, open(5, FD));
  }

  @Test
  void whatIsOpenThroughABackingFileStaysSoWhenNoMoreAreTaken() {
    files.enable();
    assertEquals(1, open(5, FD));
    refusal = Errno.EPERM;
    assertEquals(0, open(6, FD));
    assertFalse(isAsked(files));
    assertEquals(1, open(5, FD));
    files.released(5);
    files.released(5);
    assertEquals(List.of(), registered);
  }
}
