package org.stratafs.mounted;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A daemon without memory. With the default transport only: there readdirplus leaves the kernel a
 * node of ours for each file listed; libfuse keeps its nodes to itself, outside the heap.
 */
@Timeout(120)
class ExhaustedHeapTest {
  private Layers layers;

  @BeforeAll
  static void rootAndFuse() {
    Layers.assumeRootAndFuse();
  }

  @BeforeEach
  void layers() throws IOException {
    layers = new Layers();
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    layers.close();
  }

  @Test
  void anExhaustedHeapEndsTheDaemonAndHangsNobody() throws IOException, InterruptedException {
    for (int i = 0; i < 30_000; i++) {
      Files.createFile(layers.lower.resolve("a-name-of-some-length-to-fill-the-heap-" + i));
    }
    Run.shell(
            "STRATAFS_JAVA_OPTS='-Xms2m -Xmx8m' exec scripts/stratafs -o \"$1\" \"$2\"",
            layers.options(),
            layers.merged.toString())
        .ok();
    Run run = Run.of("ls", "-lU", layers.merged.toString());
    assertTrue(run.exit() != 0, "the heap was not exhausted: raise the number of files");
    assertTrue(layers.daemonsEnd());
  }
}
