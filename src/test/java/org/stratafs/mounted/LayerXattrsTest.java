package org.stratafs.mounted;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** user.stratafs.* through getxattr(2) of a real mount. */
@Timeout(120)
class LayerXattrsTest {
  /** Prints what each path says of itself, and tries what must not work. */
  private static final String LOOK =
      "import errno, os, sys\n"
          + "os.chdir(sys.argv[1])\n"
          + "def ask(path, name):\n"
          + "    try: return os.getxattr(path, 'user.stratafs.' + name, follow_symlinks=False).decode()\n"
          + "    except OSError as e: return errno.errorcode[e.errno]\n"
          + "for path in ['file', 'changed', 'link']:\n"
          + "    print(path, ask(path, 'layer'), ask(path, 'origin'), ask(path, 'copied_up'), os.listxattr(path, follow_symlinks=False))\n"
          + "try: os.setxattr('file', 'user.stratafs.layer', b'x')\n"
          + "except OSError as e: print(errno.errorcode[e.errno])\n";

  private Layers layers;

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    layers.close();
  }

  @BeforeAll
  static void rootAndFuse() {
    Layers.assumeRootAndFuse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "libfuse"})
  void aProgramAsksWhereAPathComesFrom(String transport) throws IOException {
    layers = new Layers(transport);
    Run.shell("cd $1 && echo x >changed && ln -s file link", layers.lower.toString()).ok();
    layers.mount().ok();
    Run.shell("echo y >>$1/changed", layers.merged.toString()).ok();
    assertEquals(
        "file lower 1 "
            + layers.lower
            + " /file no []\nchanged upper "
            + layers.upper
            + " /changed yes []\nlink ENODATA ENODATA ENODATA []\nEPERM\n",
        Run.of("python3", "-c", LOOK, layers.merged.toString()).ok());
  }

  @Test
  void theyCanBeSwitchedOff() throws IOException {
    layers = new Layers();
    layers.mount(layers.options() + ",layer_xattrs=off").ok();
    String answers = Run.of("python3", "-c", LOOK, layers.merged.toString()).out();
    assertEquals("file ENODATA ENODATA ENODATA []", answers.lines().findFirst().orElse(""));
  }
}
