package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.fs.DirSink;
import org.stratafs.fs.Entry;
import org.stratafs.posix.RenameFlags;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.UnionFixture;

/** What upper and lowers have of one name, as a listing that nobody has looked into before says. */
class MergedListingTest {
  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "devices and trusted xattrs in layers need root");
  }

  /** Lists first, by READDIR alone and with no node known, and looks up then. */
  private static void inodeNumbersAreThoseOfStat(UnionFixture union, String directory) {
    Client client = union.client();
    Map<String, Long> listed = new TreeMap<>();
    union
        .fs()
        .readdir(
            client.caller(),
            client.nodeid(directory),
            0,
            0,
            new DirSink() {
              @Override
              public boolean fits(int nameBytes) {
                return true;
              }

              @Override
              public void add(String name, long ino, int type, long nextOffset) {
                listed.put(name, ino);
              }

              @Override
              public void addPlus(String name, Entry entry, long nextOffset) {
                throw new AssertionError("readdir gave attributes");
              }
            });
    listed.remove(".");
    listed.remove("..");
    assertFalse(listed.isEmpty());
    listed.forEach(
        (name, ino) -> assertEquals(client.lstat(directory + "/" + name).ino, ino, name));
  }

  @Test
  void aNameOfTheFormOfAMarkShowsBesideWhatItWouldHide() {
    try (UnionFixture union = UnionFixture.of("file d/x low").open()) {
      union.client().write("d/.wh.x", "literal");
      assertEquals(".wh.x x", union.client().names("d"));
      union.remount();
      assertEquals(".wh.x x", union.client().names("d"));
    }
  }

  @Test
  void aDirectoryBesideItsMarkIsNotTheLowerOne() {
    try (UnionFixture union =
        UnionFixture.of("file d/n/low x")
            .upper("dir d/n\nfile d/n/up x\nwhiteout d/n form=name")
            .open()) {
      inodeNumbersAreThoseOfStat(union, "d");
      assertEquals("up", union.client().names("d/n"));
    }
  }

  @Test
  void anOpaqueDirectoryIsNotTheLowerOne() {
    try (UnionFixture union =
        UnionFixture.of("file d/n/low x")
            .upper("dir d/n\nfile d/n/up x\nopaque d/n\nfile d/m/up x")
            .open()) {
      inodeNumbersAreThoseOfStat(union, "d");
    }
  }

  @Test
  void aDirectoryRenamedOntoARemovedOneIsNotTheOneRemoved() {
    try (UnionFixture union = UnionFixture.of("dir d/n\nfile e/x x").open()) {
      Client client = union.client();
      long ino = client.lstat("e").ino;
      client.rmdir("d/n");
      client.rename("e", "d/n", RenameFlags.NOREPLACE);
      union.remount();
      inodeNumbersAreThoseOfStat(union, "d");
      assertEquals(ino, union.client().lstat("d/n").ino);
    }
  }

  @Test
  void aWhiteoutOfALongNameWithoutDevicesDoesNotShow() {
    String name = "n".repeat(253);
    try (UnionFixture union =
        UnionFixture.of("file d/" + name + " x\nfile d/stays x")
            .upper("dir d")
            .noDeviceWhiteouts()
            .open()) {
      union.client().unlink("d/" + name);
      assertEquals("stays", union.client().names("d"));
      union.remount();
      assertEquals("stays", union.client().names("d"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"device", "name"})
  void aNameThatLowersHideLeavesNoWhiteoutInUpper(String form) {
    try (UnionFixture union =
        UnionFixture.of("whiteout d/n form=" + form + "\nfile d/stays x", "file d/n low").open()) {
      Client client = union.client();
      client.write("d/n", "new");
      assertEquals("n stays", client.names("d"));
      client.unlink("d/n");
      assertEquals("stays", client.names("d"));
      assertFalse(union.upperSnapshot().contains("/d/n"), union.upperSnapshot());
    }
  }

  /** The first lookup in its directory, so that each layer is asked. */
  @ParameterizedTest
  @ValueSource(strings = {"device", "name"})
  void theMarkOfTheOldNameBesideARenamedDirectoryHidesOnlyThatName(String form) {
    try (UnionFixture union =
        UnionFixture.of(
                "dir d\nwhiteout d/old form="
                    + form
                    + "\ndir d/new trusted.overlay.redirect=old\nfile d/new/middle x",
                "dir d/old\nfile d/old/low x")
            .open()) {
      assertEquals("low middle", union.client().names("d/new"));
      union.remount();
      assertEquals("new", union.client().names("d"));
      assertEquals("low middle", union.client().names("d/new"));
    }
  }
}
