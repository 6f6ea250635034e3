package org.stratafs.mounted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian's fuse-overlayfs as the oracle of owners and modes: both mount the same layers. */
@Timeout(120)
@ParameterizedClass
@ValueSource(strings = {"kernel", "libfuse"})
class FuseOverlayfsTest {
  /** Owners, modes and override xattrs as containers/storage writes them. */
  private static final String MAKE_LOWER =
      """
      cd "$1" && mkdir d && echo text >d/su && echo x >plain && ln -s su d/link &&
      chown 5:6 plain && chown 300:400 d && chmod 4711 d/su && chown 70000:70000 file &&
      setfattr -n user.containers.override_stat -v 0:0:0755 . &&
      setfattr -n user.containers.override_stat -v 1:2:1751:dir d &&
      setfattr -n user.containers.override_stat -v 0:50:4755:file d/su &&
      setfattr -n user.containers.override_stat -v 9:9:0600 plain &&
      setfattr -n user.containers.override_stat -v 70000:70000:0640:file file
      """;

  private static final String STAT = "cd \"$1\" && find . -printf '%p %M %U:%G %s %l\\n' | sort";

  private final String transport;
  private Layers layers;

  FuseOverlayfsTest(String transport) {
    this.transport = transport;
  }

  @BeforeAll
  static void rootAndFuseOverlayfs() {
    Layers.assumeRootAndFuse();
    assumeTrue(
        Run.shell("command -v fuse-overlayfs").out().length() > 1, "fuse-overlayfs is not here");
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
  @ValueSource(
      strings = {
        "uidmapping=:0:1000:1:1:100000:65536,gidmapping=0:2000:100",
        "squash_to_root",
        "squash_to_uid=7,squash_to_gid=9",
        "squash_to_root,uidmapping=0:1000:1",
        "xattr_permissions=2",
        "xattr_permissions=2,uidmapping=0:1000:60,gidmapping=0:1000:60"
      })
  void theSameLowerShowsTheSameOwnersAndModes(String options) throws IOException {
    Run.shell(MAKE_LOWER, layers.lower.toString()).ok();
    String readOnly = "lowerdir=" + layers.lower + ":" + layers.upper + "," + options;
    Run.of("fuse-overlayfs", "-o", readOnly, layers.merged.toString());
    String theirs = Run.shell(STAT, layers.merged.toString()).ok();
    Run.of("umount", layers.merged.toString()).ok();
    layers.mount(readOnly + layers.transport).ok();
    assertEquals(theirs, Run.shell(STAT, layers.merged.toString()).ok());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "uidmapping=0:1000:1:1:100000:65536,gidmapping=0:2000:100",
        "squash_to_uid=7,squash_to_gid=9"
      })
  void chownStoresTheSameOwners(String options) throws IOException {
    String change = "cd \"$1\" && chown 100007:2008 d/su && chown 1000 file && chmod 750 d";
    Run.shell("mkdir \"$1/d\" && echo x >\"$1/d/su\"", layers.lower.toString()).ok();
    String all = layers.options() + "," + options;
    Run.of("fuse-overlayfs", "-o", all.replace(layers.transport, ""), layers.merged.toString());
    Run.shell(change, layers.merged.toString()).ok();
    Run.of("umount", layers.merged.toString()).ok();
    String theirs = Run.shell(STAT, layers.upper.toString()).ok();
    Run.shell("rm -rf \"$1\"/* \"$2\"/*", layers.upper.toString(), layers.work.toString()).ok();
    layers.mount(all).ok();
    Run.shell(change, layers.merged.toString()).ok();
    Run.of("umount", layers.merged.toString()).ok();
    assertEquals(theirs, Run.shell(STAT, layers.upper.toString()).ok());
  }
}
