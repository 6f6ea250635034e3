package org.stratafs.mounted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * mount(8), umount(8), fstab and findmnt(8), with scripts/mount.stratafs as their helper.
 *
 * <p>Each script runs in a mount namespace in which /sbin/mount.stratafs and
 * /usr/local/bin/stratafs lead to scripts/, /dev/fuse is open to all, /etc/fstab is $d/fstab, and
 * $l, $u, $w and $m are layers and the mount point. It unmounts what it mounts: the daemon is in
 * the namespace too and would keep it.
 */
@Timeout(120)
class MountHelperTest {
  private static final String NAMESPACE =
      """
      d=$1 l=$1/lower u=$1/upper w=$1/work m=$1/merged
      scripts=$2
      set -e
      mkdir $d/sbin $d/real $d/bin
      chmod 755 $d
      # A directory of links in the place of /usr/sbin, with one more in it.
      mount --bind /usr/sbin $d/real
      ln -s $d/real/* $scripts/mount.stratafs $d/sbin/
      mount --bind $d/sbin /usr/sbin
      ln -s $scripts/stratafs $d/bin/
      mount --bind $d/bin /usr/local/bin
      mknod -m 666 $d/fuse c 10 229
      mount --bind $d/fuse /dev/fuse
      touch $d/fstab
      mount --bind $d/fstab /etc/fstab
      as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
      shown() { findmnt -n -o SOURCE,FSTYPE $m | tr -s ' '; }
      set +e
      """;

  private Layers layers;

  @BeforeAll
  static void rootAndFuse() {
    Layers.assumeRootAndFuse();
    assumeTrue(Files.exists(Path.of("/sbin/mount.fuse3")), "mount.fuse3 is not installed");
    assumeTrue(Files.isSymbolicLink(Path.of("/sbin")), "/sbin is not /usr/sbin");
  }

  @BeforeEach
  void layers() throws IOException {
    layers = new Layers("kernel");
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    layers.close();
  }

  private Run run(String script, String... arguments) {
    String[] all = new String[arguments.length + 2];
    all[0] = layers.root.toString();
    all[1] = Path.of("scripts").toAbsolutePath().toString();
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    String inside = NAMESPACE + script;
    String[] command = new String[all.length + 6];
    System.arraycopy(new String[] {"unshare", "-m", "sh", "-c", inside, "sh"}, 0, command, 0, 6);
    System.arraycopy(all, 0, command, 6, all.length);
    return Run.of(command);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stratafs", "fuse.stratafs"})
  void mountAndUmountWorkAndFindmntShowsSourceAndType(String type) {
    Run run =
        run(
            """
            o=lowerdir=$l,upperdir=$u,workdir=$w
            mount -t $3 none $m -o $o && shown && cat $m/file && echo new >$m/new && umount $m
            cat $u/new
            mount -t $3 none $m -o $o,fsname=mine && shown && umount $m
            """,
            type);
    assertEquals(new Run(0, "none fuse.stratafs\nlower\nnew\nmine fuse.stratafs\n", ""), run);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stratafs", "fuse.stratafs"})
  void aLineOfFstabIsMountedByItsDirectory(String type) {
    Run run =
        run(
            """
            echo "none $m $3 noauto,user,nofail,_netdev,x-systemd.automount,x-systemd.requires-mounts-for=$u,\
            comment=c,lowerdir=$l,upperdir=$u,workdir=$w 0 0" >$d/fstab
            mount -a; findmnt $m || echo noauto
            mount $m && shown
            findmnt -n -o OPTIONS $m | grep -o 'nosuid,nodev,noexec'
            umount $m; findmnt $m || echo unmounted
            """,
            type);
    assertEquals(
        new Run(0, "noauto\nnone fuse.stratafs\nnosuid,nodev,noexec\nunmounted\n", ""), run);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stratafs", "fuse.stratafs"})
  void aCommaAndABlankInAPathOfFstabAreEscaped(String type) {
    Run run =
        run(
            """
            mkdir "$l/a,b c" && echo odd >"$l/a,b c/odd"
            cat >$d/fstab <<LINE
            none $m $3 noauto,lowerdir=$l/a\\,b\\040c 0 0
            LINE
            mount $m && cat $m/odd && umount $m
            """,
            type);
    assertEquals(new Run(0, "odd\n", ""), run);
  }

  @Test
  void mountingAllOfFstabTwiceMountsOnce() {
    Run run =
        run(
            """
            echo "none $m stratafs lowerdir=$l,upperdir=$u,workdir=$w 0 0" >$d/fstab
            mount -a && mount -a && grep -c " $m " /proc/mounts
            umount $m
            """);
    assertEquals(new Run(0, "1\n", ""), run);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stratafs", "fuse.stratafs"})
  void anOrdinaryUserMountsAndUnmountsALineWithUser(String type) {
    Run run =
        run(
            """
            echo "none $m $3 noauto,user,lowerdir=$l,upperdir=$u,workdir=$w 0 0" >$d/fstab
            chown -R 65534:65534 $l $u $w $m
            as_nobody mount $m && shown && as_nobody sh -c 'echo mine >$0/new' $m
            findmnt -n -o OPTIONS $m | grep -o 'user_id=[0-9]*'
            as_nobody umount $m && cat $u/new; findmnt $m || echo unmounted
            """,
            type);
    assertEquals(new Run(0, "none fuse.stratafs\nuser_id=65534\nmine\nunmounted\n", ""), run);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stratafs", "fuse.stratafs"})
  void aRemountIsRefusedInOneLineAndChangesNothing(String type) {
    Run run =
        run(
            """
            mount -t $3 none $m -o lowerdir=$l,upperdir=$u,workdir=$w || exit 1
            before=$(findmnt -n $m)
            mount -o remount,ro $m && exit 2
            [ "$(findmnt -n $m)" = "$before" ] && touch $m/new && grep -c " $m " /proc/mounts
            umount $m
            """,
            type);
    assertEquals(0, run.exit(), run.err());
    assertEquals("1\n", run.out());
    assertEquals(
        "stratafs: a mount keeps the options it was made with and cannot be remounted: unmount it,"
            + " and mount it again with the new ones\n",
        run.err());
  }

  @Test
  void mountDashNMountsInAnotherNamespace() {
    Run run =
        run(
            """
            unshare -m sleep 60 & other=$!
            while [ "$(readlink /proc/$other/ns/mnt)" = "$(readlink /proc/$$/ns/mnt)" ]; do sleep 0.1; done
            mount -N $other -t stratafs none $m -o lowerdir=$l && grep -c " $m " /proc/$other/mounts
            grep -c " $m " /proc/mounts
            nsenter --mount=/proc/$other/ns/mnt umount $m
            kill $other
            """);
    assertEquals("1\n0\n", run.out(), run.err());
  }

  @Test
  void aFakeMountMountsNothing() {
    Run run = run("mount -f -t stratafs none $m -o lowerdir=$l && ! findmnt $m && ls -A $m");
    assertEquals(new Run(0, "", ""), run);
  }

  @Test
  void aFailureIsOneLineAndTheStatusOfMountEight() {
    Run run = run("mount -t stratafs none $m -o lowerdir=$d/nowhere; echo $?");
    assertEquals("32\n", run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().startsWith("stratafs: ") && run.err().contains("/nowhere"), run.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "none", "none DIR extra", "none DIR -x"})
  void aWrongCallIsToldHowToCall(String arguments) {
    Run run = Run.shell("scripts/mount.stratafs " + arguments + " 2>&1; echo $?");
    List<String> lines = run.out().lines().toList();
    assertEquals("1", lines.get(lines.size() - 1));
    String said = lines.get(lines.size() - 2);
    assertTrue(said.startsWith("stratafs: mount.stratafs ") && said.contains("SOURCE DIR"), said);
  }

  /** What mount.stratafs passes on, as the stratafs beside it would get it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rw,user,lowerdir=/a:/b|rw,lowerdir=/a:/b",
        "rw,noexec,lowerdir=/a,user=joe,_netdev,nofail|rw,noexec,lowerdir=/a",
        "noauto,users,owner,group,nouser,auto,defaults|",
        "x-systemd.requires=/a b,X-mount.mkdir=0755,comment=x,lowerdir=/a|lowerdir=/a",
        "lowerdir=/a\\,user,user,private|lowerdir=/a\\,user,private",
        "context=\"s0:c1,user,auto\",user,ro|context=\"s0:c1,user,auto\",ro",
        "username=user,,lowerdir=/a|username=user,,lowerdir=/a",
        "remount,ro,user|remount,ro",
      })
  void whatIsForMountEightAloneIsLeftOut(String options, String kept) throws IOException {
    Path helper = layers.root.resolve("mount.stratafs");
    Files.copy(Path.of("scripts/mount.stratafs"), helper);
    Path stub = layers.root.resolve("stratafs");
    Files.writeString(stub, "#!/bin/sh\nprintf '[%s]' \"$@\"\n");
    Run.of("chmod", "755", helper.toString(), stub.toString()).ok();
    Run run = Run.of(helper.toString(), "s p", "/a dir", "-s", "-v", "-o", options, "-t", "x");
    String expected = kept == null ? "" : kept;
    assertEquals(new Run(0, "[-o][" + expected + "][--][s p][/a dir]", ""), run);
  }

  @Test
  void systemdReadsTheLineOfFstab() throws IOException {
    Path generator = Path.of("/usr/lib/systemd/system-generators/systemd-fstab-generator");
    assumeTrue(Files.exists(generator), "systemd is not installed");
    Run run =
        run(
            """
            echo "none /merged stratafs noauto,x-systemd.automount,x-systemd.requires-mounts-for=/u,\
            lowerdir=/a:/b,upperdir=/u,workdir=/w 0 0" >$d/fstab
            mkdir $d/units && %s $d/units $d/units $d/units 2>$d/said || cat $d/said
            grep -hE '^(What|Where|Type|Options|RequiresMountsFor)=' $d/units/merged.mount
            """
                .formatted(generator));
    assertEquals(
        List.of(
            "RequiresMountsFor=/u",
            "What=none",
            "Where=/merged",
            "Type=stratafs",
            "Options=noauto,x-systemd.automount,x-systemd.requires-mounts-for=/u,lowerdir=/a:/b,upperdir=/u,workdir=/w"),
        run.out().lines().toList(),
        run.err());
  }
}
