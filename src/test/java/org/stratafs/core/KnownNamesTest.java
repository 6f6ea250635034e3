package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.posix.FsException;
import org.stratafs.testkit.CallCounter;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.UnionFixture;

/** A name means the same whether its directory's names are known or each layer has to be asked. */
class KnownNamesTest {
  private static final String[] ENTRIES = {
    "",
    "file d/NAME LAYER",
    "dir d/NAME\nfile d/NAME/LAYER x",
    "whiteout d/NAME form=WHITEOUT",
    "file d/NAME LAYER\nwhiteout d/NAME form=name",
    "dir d/NAME\nfile d/NAME/LAYER x\nopaque d/NAME"
  };

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "devices and trusted xattrs in layers need root");
  }

  /** Every entry in each of an upper and three lowers: one name for each combination. */
  @ParameterizedTest
  @ValueSource(strings = {"device", "name", "trusted"})
  void everyCombinationOfLayersShowsTheSameKnownOrNot(String whiteout) {
    String opaque = whiteout.equals("trusted") ? "opaque d form=x\n" : "";
    String[] layers = new String[4];
    List<String> names = new ArrayList<>();
    for (int layer = 0; layer < 4; layer++) {
      StringBuilder spec = new StringBuilder("dir d\n").append(opaque);
      int combinations = ENTRIES.length * ENTRIES.length * ENTRIES.length * ENTRIES.length;
      for (int i = 0; i < combinations; i++) {
        int choice = i / (int) Math.pow(ENTRIES.length, layer) % ENTRIES.length;
        String entry = ENTRIES[choice].replace("WHITEOUT", whiteout);
        if (whiteout.equals("name") && choice == 4) {
          entry = ""; // the mark of its own name twice
        }
        String name = "n" + i;
        if (layer == 0) {
          names.add(name);
        }
        if (!entry.isEmpty()) {
          spec.append(entry.replace("NAME", name).replace("LAYER", "l" + layer)).append('\n');
        }
      }
      layers[layer] = spec.toString();
    }
    try (UnionFixture union =
        UnionFixture.of(layers[1], layers[2], layers[3]).upper(layers[0]).open()) {
      List<String> known = new ArrayList<>();
      union.client().names("d");
      for (String name : names) {
        known.add(shown(union.client(), name));
      }
      List<String> asked = new ArrayList<>();
      for (int i = 0; i < names.size(); i++) {
        if (i % 2 == 0) {
          union.remount(); // a third search in the directory would read its names
        }
        asked.add(shown(union.client(), names.get(i)));
      }
      for (int i = 0; i < names.size(); i++) {
        assertEquals(asked.get(i), known.get(i), names.get(i));
      }
    }
  }

  private static String shown(Client client, String name) {
    String path = "d/" + name;
    try {
      return client.lstat(path).isDirectory()
          ? "directory " + client.names(path)
          : "file " + client.text(path);
    } catch (FsException e) {
      return e.getMessage();
    }
  }

  @Test
  void aDirectoryRenamedInALayerBelowIsFoundWithItsOldNameHiddenByThatLayer() {
    try (UnionFixture union =
        UnionFixture.of(
                "dir d\nfile d/other x",
                "dir d\nwhiteout d/old\n"
                    + "dir d/new trusted.overlay.redirect=old\nfile d/new/middle x",
                "dir d/old\nfile d/old/low x")
            .open()) {
      assertEquals("low middle", union.client().names("d/new"));
      union.remount();
      assertEquals("new other", union.client().names("d"));
      assertEquals("low middle", union.client().names("d/new"));
      assertEquals("directory low middle", shown(union.client(), "new"));
    }
  }

  @Test
  void aMarkBesideADirectoryHidesThoseBelowItInAKnownDirectory() {
    try (UnionFixture union =
        UnionFixture.of("dir d/n\nfile d/n/a x\nwhiteout d/n form=name", "file d/n/b x").open()) {
      assertEquals("n", union.client().names("d"));
      assertEquals("a", union.client().names("d/n"));
    }
  }

  @Test
  void missesInAKnownDirectoryAskNoLayer() {
    CallCounter[] counter = new CallCounter[1];
    try (UnionFixture union =
        UnionFixture.of("file d/a a", "file d/b b", "file d/c c")
            .wrap(
                real -> {
                  counter[0] = new CallCounter(real);
                  return counter[0].syscalls();
                })
            .open()) {
      union.client().names("d");
      counter[0].reset();
      for (int i = 0; i < 10; i++) {
        assertEquals("ENOENT", shown(union.client(), "missing" + i));
      }
      assertEquals(0, counter[0].total(), counter[0].toString());
    }
  }

  @Test
  void namesMadeAndRemovedInUpperAreSeenInAKnownDirectory() {
    try (UnionFixture union = UnionFixture.of("file d/a a", "file d/b b").open()) {
      Client client = union.client();
      assertEquals("a b", client.names("d"));
      client.write("d/c", "new");
      client.unlink("d/a");
      client.rename("d/b", "d/e", 0);
      assertEquals("c e", client.names("d"));
      assertEquals("ENOENT", shown(client, "a"));
      assertEquals("ENOENT", shown(client, "b"));
      client.write("d/a", "again");
      assertEquals("file again", shown(client, "a"));
      assertEquals("a c e", client.names("d"));
    }
  }
}
