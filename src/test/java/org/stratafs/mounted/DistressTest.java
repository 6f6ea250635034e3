package org.stratafs.mounted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a program sees when the world around a mount goes wrong; and nothing is lost. */
@Timeout(120)
class DistressTest {
  private Layers layers;

  @BeforeAll
  static void rootAndFuse() {
    Layers.assumeRootAndFuse();
  }

  @BeforeEach
  void make() throws IOException {
    layers = new Layers();
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
  void sigtermDuringACopyUpLeavesTheFileWholeInOneLayer() throws IOException {
    Run.shell("head -c 400000000 /dev/zero | tr '\\0' x >$1/big", layers.lower.toString()).ok();
    layers.mount().ok();
    Run both =
        Run.shell(
            "sh -c 'echo end >>$0/big' $1 & sleep 0.05; kill -TERM $2; wait $!; echo $?; sleep 1;"
                + " umount -l $1 2>/dev/null; true",
            layers.merged.toString(),
            pid());
    Path copy = layers.upper.resolve("big");
    boolean copied = Files.exists(copy);
    if (copied) {
      long size = Files.size(copy);
      assertTrue(size == 400_000_000 || size == 400_000_004, () -> size + " of " + both.out());
    }
    layers.mount().ok();
    String size = Run.of("stat", "-c", "%s", merged("big")).ok().strip();
    assertTrue(size.equals("400000000") || size.equals("400000004"), size);
    assertEquals("x\n", Run.shell("head -c 1 $1/big; echo", layers.merged.toString()).ok());
    assertEquals("", Run.shell("find $1/work -type f -size +0", layers.work.toString()).ok());
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
            "lowerdir=" + layers.lower + ",upperdir=" + disk + "upper,workdir=" + disk + "work",
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
