package org.stratafs.mounted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The command scripts/stratafs, with either transport: what it returns, says, leaves behind, and
 * how its mount ends.
 */
@Timeout(120)
@ParameterizedClass
@ValueSource(strings = {"kernel", "libfuse"})
class LauncherTest {
  private final String transport;
  private Layers layers;

  LauncherTest(String transport) {
    this.transport = transport;
  }

  @BeforeAll
  static void rootAndFuse() {
    Layers.assumeRootAndFuse();
  }

  @BeforeEach
  void layers() throws IOException {
    layers = new Layers(transport);
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    layers.close();
  }

  private void assertRefused(Run run, String... words) throws IOException {
    assertEquals(1, run.exit());
    assertEquals("", run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().startsWith("stratafs: "), run.err());
    for (String word : words) {
      assertTrue(run.err().contains(word), run.err());
    }
    assertFalse(layers.isMounted());
    assertEquals(List.of(), layers.daemons());
  }

  @Test
  void returnsSilentlyOnceTheMountAnswers() throws IOException {
    assertEquals(new Run(0, "", ""), layers.mount());
    assertEquals("lower\n", Files.readString(layers.merged.resolve("file")));
    List<String> lines = layers.mountLines();
    assertEquals(1, lines.size());
    assertTrue(lines.get(0).startsWith("stratafs " + layers.merged + " fuse.stratafs rw,"));
  }

  @Test
  void theDaemonLetsGoOfEverythingOfItsCaller() throws IOException {
    Run run =
        Run.shell(
            """
            cd "$1" && umask 077 &&
            exec bash -c 'exec 3>caller3 7>caller7 12>caller12 && exec "$0" "$@"' \
              "$2" -o "$3" "$1/merged"
            """,
            layers.root.toString(),
            Path.of("scripts/stratafs").toAbsolutePath().toString(),
            layers.options());
    assertEquals(new Run(0, "", ""), run);
    Path proc = Path.of("/proc", Long.toString(layers.daemon()));
    try (var descriptors = Files.newDirectoryStream(proc.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        String target = Files.readSymbolicLink(descriptor).toString();
        assertFalse(target.contains("caller"), target);
        int number = Integer.parseInt(descriptor.getFileName().toString());
        if (number <= 2) {
          assertEquals("/dev/null", target);
        }
      }
    }
    assertEquals("/", Files.readSymbolicLink(proc.resolve("cwd")).toString());
    assertTrue(Files.readString(proc.resolve("status")).contains("Umask:\t0000\n"));
    // The command, in parentheses, is the second field; the session is the sixth.
    String stat = Files.readString(proc.resolve("stat"));
    String session = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[3];
    assertEquals(Long.toString(layers.daemon()), session);
  }

  @Test
  void unknownOptionsAreReportedAndTheMountIsMade() throws IOException {
    Run run = layers.mount(layers.options() + ",private,x-systemd.automount");
    assertEquals(0, run.exit());
    assertEquals(
        "stratafs: unknown argument ignored: private\n"
            + "stratafs: unknown argument ignored: x-systemd.automount\n",
        run.err());
    assertTrue(layers.isMounted());
  }

  @Test
  void withoutAnUpperTheMountIsReadOnly() throws IOException {
    assertEquals(new Run(0, "", ""), layers.mount(layers.lowerOption()));
    Run run = Run.of("touch", layers.merged.resolve("new").toString());
    assertEquals(1, run.exit());
    assertTrue(run.err().contains("Read-only file system"), run.err());
  }

  @Test
  void theSourceAndSubtypeShowInProcMounts() throws IOException {
    Run.of(
            "scripts/stratafs",
            "none",
            layers.merged.toString(),
            "-o",
            layers.options() + ",subtype=other,nosuid")
        .ok();
    assertTrue(
        layers.mountLines().get(0).startsWith("none " + layers.merged + " fuse.other rw,nosuid,"));
  }

  @Test
  void pathsOfAnyBytesWorkInTheLocaleC() throws IOException {
    Run.shell(
            """
            name=$(printf 'l\\344\\377,:') && mkdir "$1/$name" && echo odd >"$1/$name/odd" &&
            cd "$1" && export LC_ALL=C &&
            exec "$2" -o "lowerdir=$(printf 'l\\344\\377\\\\,\\\\:')$3" merged
            """,
            layers.root.toString(),
            Path.of("scripts/stratafs").toAbsolutePath().toString(),
            layers.transport)
        .ok();
    assertEquals("odd\n", Files.readString(layers.merged.resolve("odd")));
    Run.of("umount", layers.merged.toString()).ok();
  }

  @Test
  void pathsAreNotNormalised() throws IOException {
    Files.createDirectories(layers.root.resolve("store/one/diff"));
    Files.writeString(layers.root.resolve("store/diff"), "not this one");
    Files.createDirectory(layers.root.resolve("l"));
    Files.createSymbolicLink(layers.root.resolve("l/X"), Path.of("../store/one/link"));
    Files.createDirectory(layers.root.resolve("store/one/link"));
    Files.writeString(layers.root.resolve("store/one/diff/here"), "yes");
    layers.mount(layers.lowers(layers.root + "/l/X/../diff")).ok();
    assertEquals("yes", Files.readString(layers.merged.resolve("here")));
  }

  @Test
  void aMissingLowerIsNamed() throws IOException {
    assertRefused(layers.mount(layers.lowers("/nonexistent/layer")), "/nonexistent/layer");
  }

  @Test
  void aLowerThatIsAFileIsNamed() throws IOException {
    assertRefused(
        layers.mount(layers.lowers(layers.lower.resolve("file").toString())),
        "lower/file",
        "directory");
  }

  @Test
  void aMissingMountPointIsNamed() throws IOException {
    Run run = Run.of("scripts/stratafs", "-o", layers.options(), layers.root + "/nowhere");
    assertRefused(run, "/nowhere");
  }

  @Test
  void aMountPointThatIsAFileIsNamed() throws IOException {
    Run run =
        Run.of("scripts/stratafs", "-o", layers.options(), layers.lower.resolve("file").toString());
    assertRefused(run, "lower/file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"lowerdir", "timeout=soon", "metacopy=perhaps", "upperdir=/x"})
  void aBadOptionIsRefused(String option) throws IOException {
    String name = option.replaceAll("=.*", "");
    assertRefused(layers.mount(layers.lowerOption() + "," + option), name);
  }

  @Test
  void anUpperInUseByAnotherMountIsRefused() throws IOException {
    layers.mount().ok();
    Path second = Files.createDirectory(layers.root.resolve("second"));
    Run run = Run.of("scripts/stratafs", "-o", layers.options(), second.toString());
    assertEquals(1, run.exit());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains("work"), run.err());
    assertEquals("lower\n", Files.readString(layers.merged.resolve("file")));
  }

  @Test
  void withoutDevFuseOneLineSaysSo() throws IOException {
    Run run =
        Run.shell(
            """
            exec unshare -m sh -c 'mount -t tmpfs none /dev && : >/dev/null &&
              exec scripts/stratafs -o "$1" "$2" </dev/null' sh "$1" "$2"
            """,
            layers.options(),
            layers.merged.toString());
    assertRefused(run, "/dev/fuse");
  }

  @Test
  void aJvmThatCannotStartGivesOneLine() throws IOException {
    Run run =
        Run.shell(
            "STRATAFS_JAVA_OPTS='-Xmx1k' exec scripts/stratafs -o \"$1\" \"$2\"",
            layers.options(),
            layers.merged.toString());
    assertRefused(run, "Java VM");
  }

  @ParameterizedTest
  @CsvSource({"umount", "umount -l", "fusermount3 -u"})
  void theDaemonEndsWithItsMount(String command) throws IOException, InterruptedException {
    layers.mount().ok();
    Files.writeString(layers.merged.resolve("file"), "written\n");
    Run.shell(command + " \"$1\"", layers.merged.toString()).ok();
    assertEquals("written\n", Files.readString(layers.upper.resolve("file")));
    assertTrue(layers.daemonsEnd());
    assertEquals(new Run(0, "", ""), layers.mount());
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT", "HUP"})
  void aSignalUnmountsAndEndsTheDaemon(String signal) throws IOException, InterruptedException {
    // Also when the caller ignores it, as nohup does.
    Run.shell(
            "trap '' \"$1\" && exec scripts/stratafs -o \"$2\" \"$3\"",
            signal,
            layers.options(),
            layers.merged.toString())
        .ok();
    Files.writeString(layers.merged.resolve("file"), "written\n");
    Run.of("kill", "-" + signal, Long.toString(layers.daemon())).ok();
    assertTrue(layers.daemonsEnd());
    assertFalse(layers.isMounted());
    assertEquals("written\n", Files.readString(layers.upper.resolve("file")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"umount", "kill"})
  void inTheForegroundItStaysAndReturnsZero(String end) throws Exception {
    Process process =
        new ProcessBuilder(
                "scripts/stratafs", "-f", "-o", layers.options(), layers.merged.toString())
            .redirectErrorStream(true)
            .start();
    for (int i = 0; i < 400 && !layers.isMounted(); i++) {
      Thread.sleep(50);
    }
    assertEquals("lower\n", Files.readString(layers.merged.resolve("file")));
    assertTrue(process.isAlive());
    if (end.equals("umount")) {
      Run.of("umount", layers.merged.toString()).ok();
    } else {
      Run.of("kill", Long.toString(process.pid())).ok();
    }
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    assertEquals("", new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    assertEquals(0, process.exitValue());
    assertFalse(layers.isMounted());
  }

  @Test
  void debugPrintsEachRequestAndItsReply() throws Exception {
    Path log = layers.root.resolve("log");
    Process process =
        new ProcessBuilder("scripts/stratafs", "-d", "-o", layers.options(), layers.merged + "")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    for (int i = 0; i < 400 && !layers.isMounted(); i++) {
      Thread.sleep(50);
    }
    Files.readString(layers.merged.resolve("file"));
    Run.of("umount", layers.merged.toString()).ok();
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    String text = Files.readString(log);
    // Each transport has lines of its own, libfuse's are those of the library.
    boolean kernel = transport.equals("kernel");
    String request = kernel ? "-> (?!FORGET).* #(\\d+) node" : "unique: (\\d+), opcode: (?!FORGET)";
    String reply = kernel ? "<- #(\\d+) .* bytes" : "unique: (\\d+), (?:success|error)";
    assertTrue(text.contains("INIT") && text.contains("LOOKUP"), text);
    assertTrue(ids(text, request).size() > 2, text);
    assertEquals(ids(text, request), ids(text, reply), text);
  }

  /** What the pattern's group finds, sorted. */
  private static List<String> ids(String text, String pattern) {
    return Pattern.compile(pattern).matcher(text).results().map(m -> m.group(1)).sorted().toList();
  }

  @Test
  void aKilledDaemonLeavesAnUpperThatMountsAgain() throws IOException, InterruptedException {
    layers.mount().ok();
    Files.writeString(layers.merged.resolve("file"), "written\n");
    Run.of("kill", "-9", Long.toString(layers.daemon())).ok();
    assertTrue(layers.daemonsEnd());
    // ECONNABORTED for a request that the dying daemon still had, ENOTCONN for later ones.
    String error = Run.of("ls", layers.merged.toString()).err();
    assertTrue(error.contains("not connected") || error.contains("connection abort"), error);
    Run.of("umount", layers.merged.toString()).ok();
    assertEquals(new Run(0, "", ""), layers.mount());
    assertEquals("written\n", Files.readString(layers.merged.resolve("file")));
  }

  @Test
  void anEndingDaemonLeavesANewMountAtItsPlaceAlone() throws Exception {
    layers.mount().ok();
    try (var held = Files.newInputStream(layers.merged.resolve("file"))) {
      Run.of("umount", "-l", layers.merged.toString()).ok();
      layers.mount(layers.lowerOption()).ok();
      assertEquals(2, layers.daemons().size());
      assertEquals('l', held.read());
    }
    for (int i = 0; i < 200 && layers.daemons().size() > 1; i++) {
      Thread.sleep(50);
    }
    assertEquals(1, layers.daemons().size());
    assertEquals("lower\n", Files.readString(layers.merged.resolve("file")));
  }

  @Test
  void afterTheReturnTheDaemonWritesToStratafsLog() throws IOException, InterruptedException {
    Path log = layers.root.resolve("log");
    Run.shell(
            "STRATAFS_LOG=\"$3\" exec scripts/stratafs -o \"$1\" \"$2\"",
            layers.options(),
            layers.merged.toString(),
            log.toString())
        .ok();
    Path proc = Path.of("/proc", Long.toString(layers.daemon()));
    assertEquals(log, Files.readSymbolicLink(proc.resolve("fd/2")));
    assertEquals("/dev/null", Files.readSymbolicLink(proc.resolve("fd/0")).toString());
  }

  @Test
  void linesOfALogThatMountsShareHaveTheTimeAndTheMount() throws IOException, InterruptedException {
    Path log = layers.root.resolve("log");
    Layers other = new Layers(transport);
    try {
      for (Layers each : List.of(layers, other)) {
        Run.shell(
                "mkdir $1/bad && setfattr -n trusted.overlay.redirect -v .. $1/bad",
                each.upper + "")
            .ok();
        each.mount(each.options() + ",log=" + log).ok();
        assertEquals(log, Files.readSymbolicLink(Path.of("/proc", each.daemon() + "", "fd/2")));
        Run.of("ls", each.merged + "/bad");
      }
      List<String> lines = Files.readAllLines(log);
      assertEquals(2, lines.size(), lines::toString);
      String time = "20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ ";
      assertTrue(lines.get(0).matches(time + layers.merged + ": \"bad\" .*"), lines.get(0));
      assertTrue(lines.get(1).matches(time + other.merged + ": \"bad\" .*"), lines.get(1));
    } finally {
      other.close();
    }
  }

  @Test
  void theLogOptionIsStrongerThanTheEnvironmentAndIsHeededInTheForeground() throws Exception {
    Path log = layers.root.resolve("log");
    Path unused = layers.root.resolve("unused");
    ProcessBuilder command =
        new ProcessBuilder(
            "scripts/stratafs", "-d", "-o", layers.options() + ",log=" + log, layers.merged + "");
    command.environment().put("STRATAFS_LOG", unused.toString());
    Process process = command.redirectErrorStream(true).start();
    Path errors = Path.of("/proc", Long.toString(process.pid()), "fd/2");
    for (int i = 0; i < 400 && !log.equals(Files.readSymbolicLink(errors)); i++) {
      Thread.sleep(50);
    }
    Files.readString(layers.merged.resolve("file"));
    Run.of("umount", layers.merged.toString()).ok();
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    assertTrue(Files.readString(log).contains("LOOKUP"), Files.readString(log));
    assertFalse(Files.exists(unused));
  }

  @Test
  void aLogThatCannotBeWrittenIsSaidBeforeAnythingIsMounted() throws IOException {
    Run run = layers.mount(layers.options() + ",log=" + layers.root + "/absent/log");
    assertRefused(run, layers.root + "/absent/log", "ENOENT");
  }

  @Test
  void theMountPointMayBeTheLowerItself() throws IOException {
    Files.delete(layers.merged);
    Files.createSymbolicLink(layers.merged, layers.lower);
    Run.of("scripts/stratafs", "-o", layers.options(), layers.lower.toString()).ok();
    Files.writeString(layers.lower.resolve("new"), "new");
    assertEquals("lower\n", Files.readString(layers.lower.resolve("file")));
    Run.of("umount", layers.lower.toString()).ok();
    assertFalse(Files.exists(layers.lower.resolve("new")));
    assertEquals("new", Files.readString(layers.upper.resolve("new")));
  }

  @Test
  void theMountPointMayLieInALower() throws IOException {
    Path inside = Files.createDirectory(layers.lower.resolve("inside"));
    Run.of("scripts/stratafs", "-o", layers.options(), inside.toString()).ok();
    assertEquals("lower\n", Files.readString(inside.resolve("file")));
    // What is mounted on a directory of a layer is not part of the layer.
    assertEquals("", Run.of("ls", "-A", inside.resolve("inside").toString()).ok());
    Run.of("umount", inside.toString()).ok();
  }

  @Test
  void layersMayBeDetachedOnceTheCommandReturned() throws IOException {
    Path bound = Files.createDirectory(layers.root.resolve("bound"));
    Run.of("mount", "--bind", layers.lower.toString(), bound.toString()).ok();
    layers.mount(layers.lowers(bound.toString())).ok();
    Run.of("umount", "-l", bound.toString()).ok();
    assertEquals("lower\n", Files.readString(layers.merged.resolve("file")));
  }

  @Test
  void theHelperOfMountEightMountsIt() throws IOException, InterruptedException {
    assumeTrue(Files.exists(Path.of("/sbin/mount.fuse3")), "mount.fuse3 is not installed");
    Path bin = Files.createDirectory(layers.root.resolve("bin"));
    Files.createSymbolicLink(bin.resolve("stratafs"), Path.of("scripts/stratafs").toAbsolutePath());
    Run run =
        Run.shell(
            "PATH=\"$1:$PATH\" exec /sbin/mount.fuse3 none \"$2\" -t fuse.stratafs -o \"$3,nosuid,_netdev\"",
            bin.toString(),
            layers.merged.toString(),
            layers.options());
    assertEquals(0, run.exit(), run.err());
    assertTrue(
        layers
            .mountLines()
            .get(0)
            .startsWith("none " + layers.merged + " fuse.stratafs rw,nosuid,"));
    assertEquals("lower\n", Files.readString(layers.merged.resolve("file")));
    Run.of("umount", layers.merged.toString()).ok();
  }

  @Test
  void aDescriptorThatIsMountedAlreadyIsServed() throws IOException, InterruptedException {
    assumeTrue(Files.exists(Path.of("/sbin/mount.fuse3")), "mount.fuse3 is not installed");
    Path bin = Files.createDirectory(layers.root.resolve("bin"));
    Files.createSymbolicLink(bin.resolve("stratafs"), Path.of("scripts/stratafs").toAbsolutePath());
    // drop_privileges: mount.fuse3 mounts, and passes /dev/fd/N as the mount point.
    Run.shell(
            "PATH=\"$1:$PATH\" exec /sbin/mount.fuse3 none \"$2\" -t fuse.stratafs"
                + " -o \"$3,drop_privileges,allow_other,default_permissions\"",
            bin.toString(),
            layers.merged.toString(),
            layers.lowerOption())
        .ok();
    assertEquals("lower\n", Files.readString(layers.merged.resolve("file")));
    Run.of("umount", layers.merged.toString()).ok();
  }

  @Test
  void twelveMountsAtOnceStartAndEnd() throws Exception {
    Run.shell(
            """
            cd "$1"
            for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
              mkdir m$i u$i w$i
              "$2" -o "lowerdir=lower,upperdir=u$i,workdir=w$i$3" m$i & pids="$pids $!"
            done
            for pid in $pids; do wait $pid || exit 1; done
            for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
              echo $i >>m$i/file && umount m$i && [ "$(cat u$i/file)" = "lower
            $i" ] || exit 2
            done
            """,
            layers.root.toString(),
            Path.of("scripts/stratafs").toAbsolutePath().toString(),
            layers.transport)
        .ok();
  }

  @Test
  void inAUserNamespaceItMountsByItself() throws IOException, InterruptedException {
    Run.of("rm", layers.lower.resolve("file").toString()).ok();
    Run.shell("mkdir \"$1/dir\" && echo lower >\"$1/dir/file\"", layers.lower.toString()).ok();
    Run run =
        Run.shell(
            """
            exec unshare --user --map-root-user --mount sh -ec '
              scripts/stratafs -o "$1" "$2"
              cat "$2/dir/file"
              rm -r "$2/dir" && mkdir "$2/dir" && ls -A "$2/dir"
              echo new >"$2/dir/new" && cat "$2/dir/new"
              umount "$2"' sh "$1" "$2" </dev/null
            """,
            layers.options(),
            layers.merged.toString());
    assertEquals(new Run(0, "lower\nnew\n", ""), run);
    assertTrue(layers.daemonsEnd());
    assertEquals("new\n", Files.readString(layers.upper.resolve("dir/new")));
  }

  @Test
  void anOrdinaryUserMountsThroughFusermount3() throws IOException, InterruptedException {
    // Everywhere else it is open to all; a container's /dev/fuse may not be.
    Set<PosixFilePermission> before = Files.getPosixFilePermissions(Path.of("/dev/fuse"));
    Run.of("chmod", "666", "/dev/fuse").ok();
    try {
      mountAsNobody();
    } finally {
      Files.setPosixFilePermissions(Path.of("/dev/fuse"), before);
    }
  }

  private void mountAsNobody() throws IOException, InterruptedException {
    Run.of("chown", "-R", "65534:65534", layers.root.toString()).ok();
    Run run =
        Run.of(
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "scripts/stratafs",
            "-o",
            layers.options(),
            layers.merged.toString());
    assertEquals(new Run(0, "", ""), run);
    assertTrue(layers.mountLines().get(0).contains("user_id=65534"), layers.mountLines().get(0));
    Run.of("setpriv", "--reuid=65534", "--clear-groups", "fusermount3", "-u", layers.merged + "")
        .ok();
    assertTrue(layers.daemonsEnd());
  }

  @Test
  void versionNamesBothPrograms() {
    Run run = Run.of("scripts/stratafs", "--version");
    List<String> lines = run.ok().lines().toList();
    assertTrue(lines.get(0).startsWith("stratafs: version "), lines.get(0));
    assertFalse(lines.get(0).contains("unknown"), lines.get(0));
    assertEquals("fuse-overlayfs: version 1.16 (compatible)", lines.get(1));
    assertEquals(2, lines.size());
  }

  @Test
  void helpNamesEveryOptionThatHasAnEffect() {
    String help = Run.of("scripts/stratafs", "-h").ok();
    for (String word :
        (" lowerdir= upperdir= workdir= timeout= volatile fsync= writeback= noacl static_nlink"
                + " ino32_t redirect_dir= index= userxattr transport= max_write= log= fsname= subtype="
                + " context= allow_other allow_root ro rw suid nosuid dev nodev exec noexec atime"
                + " noatime diratime nodiratime relatime strictatime default_permissions debug"
                + " -f -d -h -V --debug --help --version -o")
            .strip()
            .split(" ")) {
      assertTrue(Pattern.compile("(?<![\\w-])" + word).matcher(help).find(), word);
    }
  }
}
