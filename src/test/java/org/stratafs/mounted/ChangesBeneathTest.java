package org.stratafs.mounted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers changed behind a real mount: what the kernel has cached counts, too. */
@Timeout(180)
@ParameterizedClass
@ValueSource(strings = {"kernel", "libfuse"})
class ChangesBeneathTest {
  private final String transport;
  private Layers layers;

  ChangesBeneathTest(String transport) {
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

  @ParameterizedTest
  @ValueSource(strings = {"lower", "upper"})
  void timeoutZeroShowsThem(String layer) throws IOException {
    Run.shell(
            "cd $1 && mkdir -p d/sub && echo a >d/f && ln -s one d/s && echo x >d/sub/x",
            path(layer))
        .ok();
    assertEquals(new Run(0, "", ""), layers.mount(layers.options() + ",timeout=0"));
    String look = "cd $1 && ls -A d d/* && cat d/f && stat -c %F,%a d/* && readlink d/s; true";
    String[] changes = {
      "echo changed >d/f",
      "echo a >>d/f",
      "echo new >d/new",
      "rm d/new",
      "echo other >f2 && mv f2 d/f",
      "ln -sfn two d/s",
      "rm d/s && mkdir d/s && echo y >d/s/y",
      "rm -r d/s && echo file >d/s",
      "mv d/sub d/moved",
      "rm -r d/moved && mkdir d/moved && echo z >d/moved/z",
      "mv d e && mkdir d && echo fresh >d/f",
      "chmod 711 d/f",
    };
    for (String change : changes) {
      Run.shell(look, layers.merged.toString());
      Run.shell("cd $1 && " + change, path(layer)).ok();
      assertEquals(
          Run.shell(look, path(layer)).out(),
          Run.shell(look, layers.merged.toString()).out(),
          change);
    }
  }

  /** Programs at work on the mount while the layers change: every answer is a sane one. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1000000000"})
  void theMountLivesOnWhateverChanges(String timeout) throws IOException {
    Run.shell(
            "cd $1 && mkdir a b c && for i in 1 2 3 4 5 6; do echo $i >a/$i; echo $i >b/$i; mkdir c/$i; done",
            path("lower"))
        .ok();
    Path log = layers.root.resolve("log");
    assertEquals(
        new Run(0, "", ""),
        Run.shell(
            "STRATAFS_LOG=$1 exec scripts/stratafs -o $2 $3",
            log.toString(),
            layers.options() + ",timeout=" + timeout,
            layers.merged.toString()));
    String work =
        """
        RANDOM=$2; cd $1; n() { echo $((RANDOM % 3 == 0)) | tr 01 ab; }; k() { echo $((RANDOM % 8)); }
        end=$((SECONDS + 6))
        while [ $SECONDS -lt $end ]; do
          case $((RANDOM % 11)) in
            0) rm -rf "$(n)/$(k)";; 1) mkdir "$(n)/$(k)";; 2) echo x >"$(n)/$(k)";; 3) mv "$(n)/$(k)" "$(n)/$(k)";;
            4) ln -sfn x "$(n)/$(k)";; 5) ls -lR . >/dev/null;; 6) cat "$(n)/$(k)";; 7) chmod 70$(k) "$(n)/$(k)";;
            8) rm -rf "$(n)";; 9) mkdir "$(n)";; 10) mv a t; mv b a; mv t b;;
          esac
        done
        """;
    Run run =
        Run.shell(
            "for d in $2 $3 $4 $4; do s=$((s + 1)); bash -c \"$1\" sh $d $s >/dev/null & done; wait",
            work,
            path("lower"),
            path("upper"),
            layers.merged.toString());
    // libfuse knows nodes by path, and the kernel answers EIO when one of them changes its type.
    if (transport.equals("kernel")) {
      assertFalse(run.err().contains("Input/output error"), run.err());
    }
    assertFalse(run.err().contains("Transport endpoint"), run.err());
    assertFalse(Files.readString(log).contains("Exception"), Files.readString(log));
    Run.shell(
            "touch $1/alive && ls -lR $1 >/dev/null; test -e $2/alive",
            layers.merged.toString(),
            path("upper"))
        .ok();
  }

  private String path(String layer) {
    return layers.root.resolve(layer).toString();
  }

  @Test
  void aDirectoryDescriptorOfAReplacedDirectoryIsNotGarbage() throws IOException {
    Run.shell("mkdir $1/d && echo old >$1/d/f", path("lower")).ok();
    layers.mount(layers.options() + ",timeout=0");
    Run run =
        Run.shell(
            "cd $1/d && cat f && mv $2/d $2/gone && mkdir $2/d && echo new >$2/d/f && cat $1/d/f; cat f; true",
            layers.merged.toString(),
            path("lower"));
    assertEquals("old\nnew\n", run.out().substring(0, 8));
  }
}
