package org.stratafs.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.stratafs.layer.MetacopyPolicy;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.testkit.Client;
import org.stratafs.testkit.DirEntry;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.UnionFixture;

/** Lowers that show nothing and hold the data of metacopies (lowerdir=lower::data). */
class DataOnlyTest {
  private static final String BLOB = "blob".repeat(20_000);

  @BeforeEach
  void rootOnly() {
    assumeTrue(Real.SYS.geteuid() == 0, "trusted xattrs need root");
  }

  private static String metacopy(String name, String redirect) {
    return "file "
        + name
        + " \"\" size="
        + BLOB.length()
        + " trusted.overlay.metacopy=\"\" trusted.overlay.redirect="
        + redirect
        + "\n";
  }

  private static UnionFixture union(String top, String... data) {
    UnionFixture union = UnionFixture.of(top, "file below text");
    for (String layer : data) {
      union.lower(layer);
    }
    return union.dataOnly(data.length);
  }

  @Test
  void theirFilesShowOnlyWhereAMetacopyLeadsToThem() {
    try (UnionFixture union =
        union(
                metacopy("d/f", "/ab/blob") + metacopy("g", "/ab/second"),
                "file ab/blob " + BLOB,
                "file ab/second " + BLOB + "\nfile ab/blob no")
            .open()) {
      for (int mount = 0; mount < 2; mount++) {
        assertEquals(BLOB, read(union.client(), "d/f"));
        assertEquals(BLOB, read(union.client(), "g"));
        assertEquals("below d g ", names(union.client()));
        assertEquals(BLOB.length(), stat(union.client(), "g").size);
        assertEquals(160, stat(union.client(), "g").blocks, "st_blocks of the data, 80000 bytes");
        union.remount();
      }
    }
  }

  @Test
  void suchAFileIsChangedRenamedAndWrittenAsAnyOther() {
    try (UnionFixture union =
        union(metacopy("d/f", "/blob") + metacopy("h", "/blob"), "file blob " + BLOB).open()) {
      union.client().chmod("d/f", 0600);
      union.client().rename("d/f", "moved", 0);
      union.remount();
      assertEquals(BLOB, read(union.client(), "moved"));
      int fd = union.client().open("moved", OpenFlags.O_RDWR, 0);
      union.client().write(fd, 0, Names.toBytes("BLOB"));
      union.client().close(fd);
      union.remount();
      assertEquals("BLOB" + BLOB.substring(4), read(union.client(), "moved"));
      assertEquals(BLOB, read(union.client(), "h"));
    }
  }

  @Test
  void missingDataIsAnErrorOfItsNameAlone() {
    try (UnionFixture union =
        union(metacopy("f", "/none") + metacopy("dir", "/x"), "file x/blob " + BLOB).open()) {
      for (String name : new String[] {"f", "dir"}) {
        FsException e = assertThrows(FsException.class, () -> stat(union.client(), name));
        assertEquals(Errno.EIO, e.errno());
      }
      assertEquals("text", read(union.client(), "below"));
    }
  }

  @Test
  void onlyAbsoluteRedirectsOfLowersLeadThere() {
    try (UnionFixture union =
        union(metacopy("relative", "blob"), "file blob " + BLOB)
            .upper(metacopy("upper", "/blob"))
            .open()) {
      for (String name : new String[] {"relative", "upper"}) {
        FsException e = assertThrows(FsException.class, () -> stat(union.client(), name));
        assertEquals(Errno.EIO, e.errno(), name);
      }
    }
  }

  @Test
  void metacopyOffFollowsLowersThereAndNowhereElse() {
    try (UnionFixture union =
        union(metacopy("f", "/blob") + metacopy("g", "/below"), "file blob " + BLOB)
            .metacopy(MetacopyPolicy.REFUSE)
            .open()) {
      assertEquals(BLOB, read(union.client(), "f"));
      FsException e = assertThrows(FsException.class, () -> stat(union.client(), "g"));
      assertEquals(Errno.EPERM, e.errno());
    }
  }

  private static String names(Client client) {
    StringBuilder names = new StringBuilder();
    client.list("").stream().map(DirEntry::name).sorted().forEach(n -> names.append(n).append(' '));
    return names.toString();
  }

  private static Stat stat(Client client, String path) {
    Stat stat = new Stat();
    client.lstat(path, stat);
    return stat;
  }

  private static String read(Client client, String path) {
    int fd = client.open(path, OpenFlags.O_RDONLY, 0);
    byte[] read = client.read(fd, 0, 300_000);
    client.close(fd);
    return Names.fromBytes(read);
  }
}
