package org.stratafs.mounted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a program sees when the world around a mount goes wrong, with either transport; and nothing
 * is lost.
 */
@Timeout(120)
@ParameterizedClass
@ValueSource(strings = {"kernel", "libfuse"})
class DistressTest {
  /** Of a file whose copy-up takes long enough to be met: a hundred steps of FileCopier. */
  private static final long BIG = 400_000_000;

  private final String transport;
  private Layers layers;

  DistressTest(String transport) {
    this.transport = transport;
  }

  @BeforeAll
  static void rootAndFuse() {
    Layers.assumeRootAndFuse();
  }

  @BeforeEach
  void make() throws IOException {
    layers = new Layers(transport);
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    Run.shell("umount -l $1/disk/merged $1/disk 2>/dev/null", layers.root.toString());
    layers.close();
  }

  private String merged(String name) {
    return layers.merged + "/" + name;
  }

  private String pid() {
    String status = Run.of("scripts/stratafs", "--status", layers.merged.toString()).ok();
    return status.lines().findFirst().orElseThrow().substring("pid: ".length());
  }

  @Test
  void aDaemonThatIsKilledLosesNothingThatWasWritten() {
    layers.mount().ok();
    Run.shell("echo new >$1/new; echo more >>$1/file", layers.merged.toString()).ok();
    Run.shell("kill -9 $1; while kill -0 $1 2>/dev/null; do sleep 0.05; done", pid());
    Run look = Run.of("ls", merged(""));
    assertTrue(look.err().contains("Transport endpoint is not connected"), look.err());
    Run.of("umount", "-l", layers.merged.toString()).ok();
    layers.mount().ok();
    assertEquals("lower\nmore\nnew\n", Run.of("cat", merged("file"), merged("new")).ok());
  }

  @Test
  void aLayerThatIsRemovedTakesItsFilesAndNothingElse() throws IOException {
    Files.createDirectory(layers.lower.resolve("d"));
    Files.writeString(layers.lower.resolve("d/seen"), "seen\n");
    Files.writeString(layers.lower.resolve("d/unseen"), "unseen\n");
    layers.mount().ok();
    Run.shell("echo mine >$1/mine; cat $1/d/seen", layers.merged.toString()).ok();
    Run.of("rm", "-rf", layers.lower.toString()).ok();
    Run gone = Run.of("cat", merged("d/unseen"));
    assertEquals(1, gone.exit());
    assertTrue(
        gone.err().contains("No such file") || gone.err().contains("Stale file handle"),
        gone.err());
    assertEquals("mine\n", Run.of("cat", merged("mine")).ok());
    Run.shell("echo still >$1/still && mkdir $1/e && rm $1/mine", layers.merged.toString()).ok();
    assertEquals("still\n", Files.readString(layers.upper.resolve("still")));
    Run.of("scripts/stratafs", "--status", layers.merged.toString()).ok();
  }

  @Test
  void sigtermDuringACopyUpLeavesTheFileWholeInOneLayer() throws Exception {
    Process writer = appendToBig();
    String pid = stoppedDuringTheCopyUp();
    Run.of("kill", "-TERM", pid).ok();
    Run.of("kill", "-CONT", pid).ok();
    assertTrue(writer.waitFor(60, TimeUnit.SECONDS));
    assertEquals(
        0, writer.exitValue(), "the daemon lets the write that it has begun come to its end");
    assertTrue(layers.daemonsEnd());
    Run.shell("(cat $1/big; echo end) | cmp - $2/big", layers.lower + "", layers.upper + "").ok();
    assertNothingIsStaged();
    layers.mount().ok();
    Run.of("cmp", layers.upper.resolve("big").toString(), merged("big")).ok();
  }

  @Test
  void aDaemonKilledDuringACopyUpLeavesTheFileAsItWas() throws Exception {
    Process writer = appendToBig();
    Run.of("kill", "-9", stoppedDuringTheCopyUp()).ok();
    assertTrue(writer.waitFor(60, TimeUnit.SECONDS));
    assertNotEquals(0, writer.exitValue(), "the program is told");
    assertTrue(layers.daemonsEnd());
    Run.of("umount", "-l", layers.merged.toString()).ok();
    assertFalse(Files.exists(layers.upper.resolve("big")));
    layers.mount().ok();
    Run.of("cmp", layers.lower.resolve("big").toString(), merged("big")).ok();
    assertNothingIsStaged();
    Run.shell("echo end >>$1/big && tail -c 4 $1/big", layers.merged.toString()).ok();
  }

  /** Mounts over a large file, no two places of which are alike, and has a program append to it. */
  private Process appendToBig() throws IOException {
    Run.shell("seq 99999999 | head -c $2 >$1/big", layers.lower.toString(), BIG + "").ok();
    layers.mount().ok();
    return new ProcessBuilder("sh", "-c", "echo end >>$0/big", layers.merged.toString()).start();
  }

  /** Stops the daemon in the middle of the copy-up, and makes sure that it is; the daemon's pid. */
  private String stoppedDuringTheCopyUp() throws Exception {
    String pid = Long.toString(layers.daemon());
    while (staged().isEmpty()) {
      Thread.sleep(1);
    }
    Run.of("kill", "-STOP", pid).ok();
    // Threads stop on their way out of the kernel: the copying one after its step.
    Run.shell(
            "while grep -L '^State:.T' /proc/$1/task/*/status | grep -q .; do sleep 0.01; done",
            pid)
        .ok();
    long size = Files.size(staged().get(0));
    assertTrue(size > 0 && size < BIG, () -> "copied so far: " + size);
    assertFalse(Files.exists(layers.upper.resolve("big")));
    return pid;
  }

  /** What stands in the work directory for an unfinished copy. */
  private List<Path> staged() throws IOException {
    try (Stream<Path> files = Files.walk(layers.work)) {
      return files.filter(file -> Files.isRegularFile(file) && file.toFile().length() > 0).toList();
    }
  }

  private void assertNothingIsStaged() throws IOException {
    assertEquals(List.of(), staged());
  }

  @Test
  void aFullDiskIsSaidAndLeavesTheTreeAsItWas() throws IOException {
    Run.shell(
            "head -c 20000000 /dev/zero | tr '\\0' x >$2/big && mkdir $1/disk"
                + " && mount -t tmpfs -o size=8m tmpfs $1/disk && cd $1/disk && mkdir upper work merged",
            layers.root.toString(),
            layers.lower.toString())
        .ok();
    String disk = layers.root + "/disk/";
    Run.of(
            "scripts/stratafs",
            "-o",
            layers.lowerOption() + ",upperdir=" + disk + "upper,workdir=" + disk + "work",
            disk + "merged")
        .ok();
    Run append = Run.shell("echo end >>$1/merged/big", disk);
    assertTrue(append.err().contains("No space left on device"), append.err());
    assertEquals("20000000\n", Run.of("stat", "-c", "%s", disk + "merged/big").ok());
    assertEquals("", Run.shell("ls $1/upper; find $1/work -type f -size +0", disk).ok());
    Run.shell("echo small >$1/merged/small", disk).ok();
    Run fill = Run.shell("head -c 20000000 /dev/zero >$1/merged/fill", disk);
    assertTrue(fill.err().contains("No space left on device"), fill.err());
    Run.shell("rm $1/merged/fill && cat $1/merged/small && echo again >$1/merged/again", disk).ok();
  }
}
