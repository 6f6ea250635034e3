package org.stratafs.mounted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * An ordinary user (65534, to whom lower, upper, work and merged belong): by fusermount3, and as
 * the root of a user namespace by mount(2). What such a user cannot do is said with the reason.
 *
 * <p>Scripts run in a mount namespace with a /dev/fuse that is open to all and an /etc/fuse.conf
 * that says nothing; $l, $u, $w and $m are the layers and the mount point, $o the options of a
 * writable mount, $log the file for STRATAFS_LOG.
 */
@Timeout(120)
class OrdinaryUserTest {
  private static final String AS_NOBODY =
      """
      set -e
      chmod 755 $1 && chown -R 65534:65534 $1/lower $1/upper $1/work $1/merged
      mknod -m 666 $1/fuse c 10 229 && mount --bind $1/fuse /dev/fuse
      touch $1/fuse.conf $1/log && chmod 666 $1/log && mount --bind $1/fuse.conf /etc/fuse.conf
      [ -z "$4" ] || (cd $1 && eval "$4")
      exec setpriv --reuid=65534 --regid=65534 --clear-groups $3 sh -c '
        l=$1/lower u=$1/upper w=$1/work m=$1/merged log=$1/log PATH=$2:$PATH
        o=lowerdir=$l,upperdir=$u,workdir=$w
        export STRATAFS_LOG=$log
        eval "$5"' sh "$@"
      """;

  private static final String USER_NAMESPACE = "unshare --user --map-root-user --mount";

  private Layers layers;

  @BeforeAll
  static void rootAndFuse() {
    assumeTrue(Run.of("id", "-u").out().equals("0\n"), "becoming another user needs root here");
    assumeTrue(Files.exists(Path.of("/dev/fuse")), "this machine has no /dev/fuse");
  }

  @BeforeEach
  void layers() throws IOException {
    layers = new Layers("kernel");
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    layers.close();
  }

  /**
   * @param prepare run by root before, in the directory of the layers
   * @param within a command that runs the script's shell, or ""
   */
  private Run run(String prepare, String within, String script) {
    return Run.of(
        "unshare",
        "-m",
        "sh",
        "-c",
        AS_NOBODY,
        "sh",
        layers.root.toString(),
        Path.of("scripts").toAbsolutePath().toString(),
        within,
        prepare,
        script);
  }

  private void assertRefused(Run run, String... words) {
    assertEquals(1, run.exit(), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().startsWith("stratafs: "), run.err());
    for (String word : words) {
      assertTrue(run.err().contains(word), run.err());
    }
  }

  @ParameterizedTest
  @CsvSource({"fusermount3 -u,''", "umount,''", "umount," + USER_NAMESPACE})
  void mountsWritesAndUnmounts(String unmount, String within) throws IOException {
    Run run =
        run(
            "",
            within,
            """
            stratafs -o $o $m && cat $m/file && rm $m/file && echo new >$m/new && ls $m
            %s $m && ls -A $m
            """
                .formatted(unmount));
    assertEquals(new Run(0, "lower\nnew\n", ""), run);
    assertEquals("new\n", Files.readString(layers.upper.resolve("new")));
    assertEquals(65534, Files.getAttribute(layers.upper.resolve("new"), "unix:uid"));
  }

  @Test
  void allowOtherWithoutUserAllowOtherIsRefusedWithTheRemedy() {
    Run run = run("", "", "stratafs -o $o,allow_other $m");
    assertRefused(run, "allow_other", "user_allow_other", "/etc/fuse.conf");
  }

  @Test
  void allowOtherIsTakenWhereFuseConfHasIt() {
    Run run =
        run(
            "echo user_allow_other >fuse.conf",
            "",
            "stratafs -o $o,allow_other $m && grep -c \"$m .*allow_other\" /proc/mounts;"
                + " fusermount3 -u $m");
    assertEquals(new Run(0, "1\n", ""), run);
  }

  @Test
  void aMountPointOfSomebodyElseIsNamed() {
    assertRefused(
        run("mkdir theirs", "", "stratafs -o $o ${m%merged}theirs"), "/theirs", "write access");
  }

  @Test
  void aDeviceOfTheKernelThatIsClosedIsNamed() {
    assertRefused(run("chmod 600 fuse", "", "stratafs -o $o $m"), "/dev/fuse", "ermission");
  }

  @Test
  void aLowerThatMayNotBeReadIsNamed() {
    assertRefused(
        run("chown 0 lower && chmod 700 lower", "", "stratafs -o $o $m"),
        "/lower",
        "65534",
        "mount as root");
  }

  @Test
  void anUpperOfSomebodyElseIsNamed() {
    assertRefused(
        run("chown 0 upper", "", "stratafs -o $o $m"), "/upper", "65534", "mount as root");
  }

  @Test
  void ownersInSecurityXattrsAreRefusedWithTheOtherForm() {
    assertRefused(
        run("", "", "stratafs -o $o,xattr_permissions=1 $m"), "security.", "xattr_permissions=2");
  }

  @Test
  void devAndSuidAreIgnoredWithALine() {
    Run run =
        run(
            "",
            "",
            "stratafs -o $o,dev,suid $m && grep \" $m \" /proc/mounts | grep -o nosuid,nodev;"
                + " fusermount3 -u $m");
    assertEquals("nosuid,nodev\n", run.out());
    assertEquals(
        "stratafs: dev is ignored: only what root mounts may have set-uid programs and devices\n"
            + "stratafs: suid is ignored: only what root mounts may have set-uid programs and"
            + " devices\n",
        run.err());
  }

  @Test
  void metacopyIsIgnoredWithALineAboutTrustedXattrs() {
    Run run = run("", "", "stratafs -o $o,metacopy=on $m && fusermount3 -u $m");
    assertEquals(0, run.exit());
    assertTrue(run.err().contains("metacopy=on is ignored: it needs trusted.* xattrs"), run.err());
  }

  /** The kernel refuses them before the daemon is asked: nothing to explain but the errno. */
  @ParameterizedTest
  @CsvSource({"fusermount3 -u,''", "umount," + USER_NAMESPACE})
  void devicesAndTrustedXattrsOfProgramsArePermissionErrors(String unmount, String within) {
    Run run =
        run(
            "",
            within,
            """
            stratafs -o $o $m
            touch $m/mine
            mknod $m/null c 1 3; setfattr -n trusted.x -v y $m/mine
            ls $m; %s $m
            """
                .formatted(unmount));
    assertEquals("file\nmine\n", run.out());
    assertEquals(
        2, run.err().lines().filter(l -> l.endsWith("Operation not permitted")).count(), run.err());
    assertEquals(2, run.err().lines().count(), run.err());
  }

  @ParameterizedTest
  @CsvSource({"fusermount3 -u,''", "umount," + USER_NAMESPACE})
  void aDeviceOfALowerCannotBeCopiedUpAndTheLogSaysWhy(String unmount, String within)
      throws IOException {
    Run run =
        run(
            "mkdir lower/dir && mknod lower/dir/null c 1 3 && chown -R 65534:65534 lower/dir",
            within,
            """
            stratafs -o $o $m
            chmod 600 $m/dir/null; mv $m/dir/null $m/dir/other; ls $m/dir
            rm $m/dir/null && ls $m/dir; %s $m
            """
                .formatted(unmount));
    assertEquals("null\n", run.out(), "it is where it was, and may be removed");
    assertEquals(
        2, run.err().lines().filter(l -> l.endsWith("Operation not permitted")).count(), run.err());
    assertEquals(
        layers.merged
            + ": \"dir/null\" cannot be copied up: it is a device, which only root outside of user"
            + " namespaces may make; change it as root, or in a mount made by root\n",
        logged());
  }

  @Test
  void aFileOfSomebodyElseCannotBeCopiedUpAndTheLogSaysWhy() throws IOException {
    Run run =
        run(
            "echo theirs >lower/theirs && chmod 666 lower/theirs",
            "",
            "stratafs -o $o $m; echo mine >>$m/theirs; cat $m/theirs; fusermount3 -u $m");
    assertEquals("theirs\n", run.out());
    assertTrue(run.err().contains("Operation not permitted"), run.err());
    assertFalse(Files.exists(layers.upper.resolve("theirs")));
    assertEquals(
        layers.merged
            + ": \"theirs\" cannot be copied up: it has an owner or an xattr that only root may give;"
            + " change it as root, or in a mount made by root\n",
        logged());
  }

  /** The log's one line without its time. */
  private String logged() throws IOException {
    return Files.readString(layers.root.resolve("log")).split(" ", 2)[1];
  }
}
