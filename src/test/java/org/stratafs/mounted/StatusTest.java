package org.stratafs.mounted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code stratafs --status} of a real mount. */
@Timeout(120)
class StatusTest {
  private Layers layers;

  @BeforeAll
  static void rootAndFuse() {
    Layers.assumeRootAndFuse();
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    if (layers != null) {
      layers.close();
    }
  }

  private Run status() {
    return Run.of("scripts/stratafs", "--status", layers.merged.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "libfuse"})
  void tellsLayersOptionsAndWhatWasDone(String transport) throws IOException {
    layers = new Layers(transport);
    layers.mount(layers.options() + ",noacl").ok();
    Run.shell("echo more >>$1/file", layers.merged.toString()).ok();
    String text = status().ok();
    assertTrue(text.contains("upper: " + layers.upper + "\n"), text);
    assertTrue(text.contains("lowers:\n  " + layers.lower + "\n"), text);
    assertTrue(text.contains(",noacl\n"), text);
    assertTrue(text.contains("copied up:\n  files: 1\n  bytes: 6\n"), text);
    assertTrue(text.contains("transport: " + transport), text);
    assertTrue(text.matches("(?s).*passthrough: (on|off: [a-z0-9 ]+[^\n]*)\n.*"), text);
    String opened = transport.equals("kernel") ? "OPEN" : "open";
    assertTrue(text.matches("(?s).*\nrequests:\n.*  " + opened + ": [1-9].*"), text);
  }

  private JsonNode json() throws IOException {
    String text = Run.of("scripts/stratafs", "--status", layers.merged.toString(), "--json").ok();
    return new ObjectMapper().readTree(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "libfuse"})
  void tellsProgramsTheSameAsJson(String transport) throws Exception {
    layers = new Layers(transport);
    layers.mount(layers.options() + ",fsname=\"quoted\"").ok();
    Run.shell("echo more >>$1/file", layers.merged.toString()).ok();
    JsonNode json = json();
    List<String> names = new ArrayList<>();
    json.fieldNames().forEachRemaining(names::add);
    String both =
        "pid mounted_for_seconds upper lowers data_only_lowers lowers_left_out options nodes"
            + " open_handles copied_up transport passthrough requests";
    String kernelAlone = transport.equals("kernel") ? " protocol workers slow_requests" : "";
    assertEquals(Set.of((both + kernelAlone).split(" ")), Set.copyOf(names));
    assertEquals(layers.daemon(), json.get("pid").asLong());
    assertEquals(layers.upper.toString(), json.get("upper").asText());
    assertEquals(layers.lower.toString(), json.get("lowers").get(0).asText());
    assertTrue(json.get("options").asText().endsWith(",fsname=\"quoted\""), json::toString);
    assertEquals(6, json.get("copied_up").get("bytes").asInt());
    assertEquals(transport, json.get("transport").asText());
    String opened = transport.equals("kernel") ? "OPEN" : "open";
    assertTrue(json.get("requests").get(opened).asInt() > 0, json::toString);
    layers.close();
    layers = new Layers(transport);
    layers.mount(layers.lowerOption()).ok();
    assertTrue(json().get("upper").isNull());
  }

  @Test
  void saysWhyThereIsNoPassthrough() throws IOException {
    layers = new Layers();
    layers.mount(layers.options() + ",passthrough=off").ok();
    String text = status().ok();
    assertTrue(text.contains("passthrough: off: "), text);
  }

  @Test
  void isForRootAndWhoMountedIt() throws IOException {
    layers = new Layers();
    layers.mount().ok();
    Run.of("chmod", "755", layers.root.toString()).ok();
    String ask = "import os,sys; os.getxattr(sys.argv[1], 'user.stratafs.status')";
    Run other =
        Run.of(
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "/usr/bin/python3",
            "-c",
            ask,
            layers.merged.toString());
    assertTrue(other.err().contains("Operation not permitted"), other.err());
    assertFalse(
        Run.of("getfattr", "-m", "-", layers.merged.toString()).ok().contains("status"),
        "it is not listed");
    Run elsewhere = Run.of("getfattr", "-n", "user.stratafs.status", layers.merged + "/file");
    assertEquals(1, elsewhere.exit(), elsewhere.out());
  }

  @Test
  void manyLayersFitAnXattr() throws IOException {
    layers = new Layers();
    StringBuilder lowers = new StringBuilder(layers.lower.toString());
    for (int i = 0; i < 400; i++) {
      Path more = layers.root.resolve("l" + "x".repeat(150) + i);
      Files.createDirectory(more);
      lowers.append(':').append(more);
    }
    layers.mount(layers.lowers(lowers.toString())).ok();
    String text = status().ok();
    assertTrue(text.matches("(?s).*\nlowers left out: [1-9][0-9]*\n.*transport: kernel.*"), text);
    JsonNode json = json();
    int shown = json.get("lowers").size();
    assertTrue(shown > 100, json::toString);
    assertEquals(401, shown + json.get("lowers_left_out").asInt());
  }

  @Test
  void whatIsNoMountOrHasNoDaemonIsSaid() throws IOException {
    layers = new Layers();
    Run none = status();
    assertEquals(1, none.exit());
    assertTrue(none.err().contains("is not the mount point of a StrataFS mount"), none.err());
    layers.mount().ok();
    String pid = status().ok().lines().findFirst().orElseThrow().substring("pid: ".length());
    Run.shell("kill -9 $1; while kill -0 $1 2>/dev/null; do sleep 0.05; done", pid);
    Run dead = status();
    assertEquals(1, dead.exit());
    assertTrue(dead.err().contains("whose daemon has ended"), dead.err());
    Run.of("umount", "-l", layers.merged.toString()).ok();
    assertEquals(1, Run.of("scripts/stratafs", "--status").exit());
  }
}
