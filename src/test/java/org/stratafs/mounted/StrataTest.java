package org.stratafs.mounted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stratafs.posix.Names;

/** The command strata as a person uses it. */
@Timeout(180)
class StrataTest {
  private static final String STRATA = Path.of("scripts/strata").toAbsolutePath().toString();

  private Path temp;
  private Path tar;
  private Path merged;

  @BeforeAll
  static void rootAndFuse() {
    Layers.assumeRootAndFuse();
  }

  @BeforeEach
  void makeTar() throws IOException {
    temp = Files.createTempDirectory(Path.of("/dev/shm"), "strata-test-");
    merged = Files.createDirectory(temp.resolve("merged"));
    tar = temp.resolve("root.tar.gz");
    Run.shell(
            "mkdir $1/r && cd $1/r && mkdir -p bin etc d/sub proc dev && echo a >etc/a"
                + " && cp /bin/busybox bin/ 2>/dev/null; ln etc/a etc/b && mknod null c 1 3"
                + " && chown 3000000:5 d && echo x >d/sub/x && tar czf ../root.tar.gz .",
            temp.toString())
        .ok();
  }

  @AfterEach
  void cleanUp() {
    Run.shell("umount -l $1/merged 2>/dev/null; rm -rf $1", temp.toString());
  }

  private Run strata(String... arguments) {
    List<String> command = new ArrayList<>(List.of(STRATA, "--store", temp + "/store"));
    command.addAll(Arrays.asList(arguments));
    return Run.of(Path.of("").toAbsolutePath(), command);
  }

  private JsonNode json(String... arguments) throws IOException {
    return new ObjectMapper().readTree(Names.toBytes(strata(arguments).ok()));
  }

  @Test
  void anImageIsChangedWithoutAnEngine() throws IOException {
    strata("import", tar.toString(), "t:1").ok();
    strata("mount", "t:1", merged.toString(), "--name", "c").ok();
    assertEquals(
        "3000000 5\n2\n1:3\n",
        Run.shell(
                "cd $1 && stat -c '%u %g' d && stat -c %h etc/a && stat -c %t:%T null",
                merged.toString())
            .ok());
    Run.shell("cd $1 && mv d e && rm etc/b && echo new >n", merged.toString()).ok();
    String lines = "D /d\nA /e\nA /e/sub\nA /e/sub/x\nC /etc\nD /etc/b\nA /n\n";
    assertEquals(lines, strata("diff", "c").ok());
    assertEquals(lines, strata("diff", merged.toString()).ok());
    strata("commit", "c", "t:2", "-m", "Gr\u00fc\u00dfe", "-a", "me", "-c", "CMD [\"x\"]").ok();
    assertEquals(lines, strata("diff", "t:1", "t:2").ok());
    JsonNode history = json("history", "t:2", "--json");
    assertEquals("Gr\u00fc\u00dfe", history.get(0).get("Comment").asText());
    assertEquals(2, history.size());
    assertEquals("x", json("inspect", "t:2").get(0).at("/Config/Cmd/0").asText());
    assertEquals(temp + "/merged", json("ps", "--json").get(0).get("MountPoint").asText());
    assertEquals(
        "fuse.stratafs strata:c\n",
        Run.of("findmnt", "-no", "FSTYPE,SOURCE", merged.toString()).ok().replaceAll(" +", " "));
    Run busy = strata("rm", "c");
    assertEquals(1, busy.exit());
    assertTrue(busy.err().contains("is mounted on"), busy.err());
    strata("umount", "c").ok();
    strata("mount", "c", merged.toString()).ok();
    assertTrue(Files.exists(merged.resolve("n")), "what was written stays");
    strata("umount", merged.toString()).ok();
    strata("mount", "t:2", merged.toString(), "--name", "ro", "--ro").ok();
    assertTrue(Files.exists(merged.resolve("e/sub/x")));
    assertEquals(1, Run.shell("echo x >$1/no", merged.toString()).exit() == 0 ? 0 : 1);
    strata("rm", "--force", "ro").ok();
    strata("rm", "c").ok();
    assertEquals("the store is sound\n", strata("fsck").ok());
    strata("rmi", "t:1", "t:2").ok();
    assertEquals(
        "0\n",
        Run.shell(
                "ls $1/store/blobs/sha256 $1/store/layers/sha256 | grep -c ^[0-9a-f] || :",
                temp.toString())
            .ok());
  }

  @Test
  void aFileOfSeveralNamesIsCommittedUnderAllOfThem() throws IOException {
    Run.shell(
            "mkdir $1/l && cd $1/l && mkdir -p used other gone moved"
                + " && head -c 200000 /dev/zero | tr '\\0' x >used/a && ln used/a other/b"
                + " && ln used/a gone/c && ln used/a moved/d && echo y >used/y && ln used/y other/z"
                + " && tar cf ../links.tar .",
            temp.toString())
        .ok();
    strata("import", temp + "/links.tar", "t").ok();
    strata("mount", "t", merged.toString(), "--name", "c").ok();
    String changes = "cd $1 && chown 7 used/a && rm gone/c && mv moved renamed && echo z >>used/y";
    Run.shell(changes, merged.toString()).ok();
    strata("umount", "c").ok();
    // Only the names that were used are in upper; the mount shows all.
    assertFalse(Files.exists(temp.resolve("store/containers/c/upper/other")));
    String all =
        "D /gone/c\nC /gone\nD /moved\nA /renamed\nA /renamed/d\nC /used\nC /used/a\nC /used/y\n"
            + "C /other/b\nC /other/z\n";
    assertEquals(sorted(all), sorted(strata("diff", "c").ok()));
    Run commit = strata("commit", "c", "t:2");
    assertEquals("", commit.err());
    strata("mount", "t:2", merged.toString(), "--name", "after", "--ro").ok();
    assertEquals(
        "7 3 200000\n7 3 200000\n7 3 200000\n0 2 4\n0 2 4\nsame\n",
        Run.shell(
                "cd $1 && stat -c '%u %h %s' used/a other/b renamed/d used/y other/z"
                    + " && cmp used/a other/b && cmp used/a renamed/d"
                    + " && [ $(tr -d x <other/b | wc -c) = 0 ] && [ used/a -ef renamed/d ] && echo same",
                merged.toString())
            .ok());
    strata("rm", "--force", "after", "c").ok();
    assertEquals("the store is sound\n", strata("fsck").ok());
  }

  private static List<String> sorted(String lines) {
    return lines.lines().sorted().toList();
  }

  @Test
  void aCommandRunsInside() throws IOException {
    assumeTrue(Files.exists(Path.of("/bin/busybox")), "busybox-static is not installed");
    strata("import", tar.toString(), "t").ok();
    strata("mount", "t", merged.toString()).ok();
    Run run =
        strata(
            "enter",
            "t",
            "--",
            "/bin/busybox",
            "sh",
            "-c",
            "/bin/busybox echo $$ $PWD; /bin/busybox ls /etc; exit 7");
    assertEquals(7, run.exit(), run.err());
    assertTrue(run.out().endsWith(" /\na\nb\n"), run.out());
    assertEquals("", strata("diff", "t").ok(), "it left nothing");
    assertEquals(
        temp + "/merged\n", Run.shell("findmnt -rno TARGET | grep ^$1", temp.toString()).ok());
  }

  @Test
  void wrongCommandLinesAndNames() {
    assertEquals(2, strata().exit());
    assertEquals(2, strata("nosuch").exit());
    assertEquals(2, strata("import").exit());
    Run option = strata("images", "--nosuch");
    assertEquals(2, option.exit());
    assertTrue(option.err().startsWith("strata: "), option.err());
    for (String[] wrong :
        new String[][] {
          {"history", "nothing"},
          {"import", "/nonexistent", "x"},
          {"import", tar.toString()},
          {"import", tar.toString(), "UPPER"},
          {"import", "--format", "cpio", tar.toString(), "x"},
          {"mount", "nothing", merged.toString()},
          {"umount", "nothing"},
          {"rm", "../x"},
          {"diff", "/nonexistent"},
          {"commit", "nothing", "x"},
          {"export", "nothing"}
        }) {
      Run run = strata(wrong);
      assertEquals(1, run.exit(), String.join(" ", wrong));
      assertTrue(run.err().startsWith("strata: "), run.err());
      assertEquals(1, run.err().lines().count(), run.err());
    }
  }

  @Test
  void exportToAPipeAndBackByStandardInput() {
    strata("import", tar.toString(), "t").ok();
    Run.shell(
            "set -e; $1 --store $2/store export t | gzip | $1 --store $2/other import - t2;"
                + " $1 --store $2/store export t --format docker | $1 --store $2/other import -;"
                + " $1 --store $2/store export t --format rootfs -o $2/rootfs.tar;"
                + " mkdir $2/x; tar xf $2/rootfs.tar -C $2/x; diff -r --no-dereference $2/r/etc $2/x/etc",
            STRATA,
            temp.toString())
        .ok();
    String both = Run.of(STRATA, "--store", temp + "/other", "tree").ok();
    assertEquals(1, both.lines().count(), both);
    assertTrue(both.endsWith("t2:latest, t:latest\n"), both);
  }

  @Test
  void severalImportsAtOnceShareWhatTheyHave() {
    Run.shell(
            "for i in 1 2 3 4; do $1 --store $2/store import $2/root.tar.gz n:$i & pids=\"$pids $!\"; done;"
                + " for p in $pids; do wait $p || exit 1; done",
            STRATA,
            temp.toString())
        .ok();
    assertEquals(5, strata("images").ok().lines().count());
    assertEquals(
        1,
        Run.shell("ls $1/store/layers/sha256 $1/store/tmp", temp.toString())
            .ok()
            .lines()
            .filter(l -> l.matches("[0-9a-f]{64}"))
            .count());
    assertEquals("the store is sound\n", strata("fsck").ok());
  }

  @Test
  void killedAtAnyMomentTheStoreIsSound() throws IOException, InterruptedException {
    Run.shell(
            "cd $1/r && for i in $(seq 2000); do echo $i >d/f$i; done && head -c 20000000 /dev/urandom >d/big"
                + " && tar cf ../root.tar .",
            temp.toString())
        .ok();
    strata("import", tar.toString(), "kept").ok();
    Random random = new Random(7);
    int killed = 0;
    for (int i = 0; i < 6; i++) {
      Process process =
          new ProcessBuilder(
                  STRATA, "--store", temp + "/store", "import", temp + "/root.tar", "n" + i)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      Thread.sleep(250 + random.nextInt(900));
      killed += process.isAlive() ? 1 : 0;
      process.destroyForcibly();
      assertTrue(process.waitFor(10, TimeUnit.SECONDS));
      assertEquals("the store is sound\n", strata("fsck").ok());
      strata("rmi", "n" + i); // there or not
    }
    assertTrue(killed >= 2, "killed while it worked: " + killed);
    assertEquals("", Run.shell("ls $1/store/tmp", temp.toString()).ok());
    assertFalse(strata("images").ok().isEmpty());
  }

  @Test
  void anOrdinaryUserMountsEntersAndCommits() {
    assumeTrue(Files.exists(Path.of("/bin/busybox")), "busybox-static is not installed");
    Run run =
        Run.shell(
            "chmod 755 $2 && mkdir -m 777 $2/home $2/home/m && mknod $2/fuse c 10 229 && chmod 666 $2/fuse"
                + " && unshare --mount sh -c 'mount --bind $2/fuse /dev/fuse && exec setpriv --reuid=65534"
                + " --regid=65534 --clear-groups env HOME=$2/home XDG_DATA_HOME=$2/home/data sh -c \"$3\" sh $1 $2'"
                + " sh \"$@\"",
            STRATA,
            temp.toString(),
            "set -e; $1 import $2/root.tar.gz t >&2; $1 mount t $2/home/m --name c >&2;"
                + " stat -c '%u %g' $2/home/m/etc/a; stat -c '%u %g' $2/home/m/d; echo mine >$2/home/m/etc/mine;"
                + " $1 enter c -- /bin/busybox sh -c '/bin/busybox id -u; echo inside >/etc/inside;"
                + " /bin/busybox stat -c %u /etc/a /etc/mine';"
                + " $1 diff c; $1 commit c t:2 >&2; $1 umount c; $1 export t:2 --format rootfs | tar tvf - --numeric-owner"
                + " ./etc/mine etc/mine 2>/dev/null | cut -d' ' -f2 || :");
    assertEquals(
        "65534 65534\n3000000 5\n0\n0\n0\nC /etc\nA /etc/inside\nA /etc/mine\n0/0\n",
        run.out(),
        run.err());
  }

  @Test
  void anOrdinaryUserKeepsOwnersAndDevices() {
    assumeTrue(Run.of("id", "nobody").exit() == 0, "there is no user nobody");
    Run.shell("chmod 755 $1 && mkdir -m 777 $1/home $1/home/m", temp.toString()).ok();
    String as =
        "setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=$2/home XDG_DATA_HOME=$2/home/data ";
    Run.shell(as + "$1 import $2/root.tar.gz t >&2", STRATA, temp.toString()).ok();
    // As user nobody makes it, a layer is mounted by root here: who may mount is tested elsewhere.
    String tree =
        Run.shell("ls -d $1/home/data/stratafs/layers/sha256/*/fs", temp.toString()).ok().strip();
    Run.shell(
            "scripts/stratafs -o xattr_permissions=2,lowerdir=$2 $1/merged", temp.toString(), tree)
        .ok();
    assertEquals(
        "3000000 5\n1:3 character special file\n",
        Run.shell("cd $1 && stat -c '%u %g' d && stat -c '%t:%T %F' null", merged.toString()).ok());
  }
}
