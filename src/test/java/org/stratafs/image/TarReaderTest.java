package org.stratafs.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Names;

final class TarReaderTest {
  private static TarReader reader(byte[] tar) {
    return new TarReader(new ByteArrayInputStream(tar));
  }

  private static TarEntry first(TarBytes tar) throws IOException {
    return reader(tar.bytes()).next();
  }

  private static String content(TarReader tar) throws IOException {
    StringBuilder text = new StringBuilder();
    byte[] buffer = new byte[7];
    for (int got = tar.read(buffer, 0, 7); got >= 0; got = tar.read(buffer, 0, 7)) {
      text.append(Names.fromBytes(Arrays.copyOf(buffer, got)));
    }
    return text.toString();
  }

  @Test
  void ustarHeader() throws IOException {
    TarReader tar =
        reader(new TarBytes().owner(5, 7).mode(04755).mtime(12345).file("a/b", "content").bytes());
    TarEntry entry = tar.next();
    assertEquals("a/b", entry.name());
    assertEquals(TarEntry.Kind.FILE, entry.kind());
    assertEquals(04755, entry.permissions());
    assertEquals(5, entry.uid());
    assertEquals(7, entry.gid());
    assertEquals(12345, entry.mtimeSec());
    assertEquals(List.of(new Extent(0, 7)), entry.extents());
    assertEquals("content", content(tar));
    assertNull(tar.next());
    assertTrue(tar.hasEndMark());
  }

  @Test
  void whatIsNotReadIsSkipped() throws IOException {
    TarReader tar = reader(new TarBytes().file("a", "x".repeat(1000)).file("b", "y").bytes());
    tar.next();
    tar.read(new byte[3], 0, 3);
    assertEquals("b", tar.next().name());
    assertEquals("y", content(tar));
  }

  @Test
  void paxValuesAreBytes() throws IOException {
    String odd = "\u00ff\u0080\u0001=\n";
    TarEntry entry =
        first(
            new TarBytes()
                .pax("path", "n\u00e9\n\u00ff", "SCHILY.xattr.user.x", odd)
                .file("short", ""));
    assertEquals("n\u00e9\n\u00ff", entry.name());
    assertEquals(Map.of("user.x", odd), entry.xattrs());
  }

  @Test
  void anEmptyXattrIsKept() throws IOException {
    TarEntry entry = first(new TarBytes().pax("SCHILY.xattr.user.e", "").file("f", ""));
    assertEquals(Map.of("user.e", ""), entry.xattrs());
  }

  @Test
  void xattrsOfLibarchive() throws IOException {
    TarEntry entry = first(new TarBytes().pax("LIBARCHIVE.xattr.user.a%3db", "/wA").file("f", ""));
    assertEquals(Map.of("user.a=b", "\u00ff\u0000"), entry.xattrs());
  }

  @Test
  void paxNumbersTakeThePlaceOfTheHeaders() throws IOException {
    TarEntry entry =
        first(
            new TarBytes()
                .pax("uid", "3000000", "gid", "4294967294", "mtime", "-1.5", "linkpath", "there")
                .symlink("l", "x"));
    assertEquals(3_000_000, entry.uid());
    assertEquals(-2, entry.gid());
    assertEquals(-2, entry.mtimeSec());
    assertEquals(500_000_000, entry.mtimeNsec());
    assertEquals("there", entry.link());
  }

  @Test
  void aPaxSizeCounts() throws IOException {
    TarBytes tar = new TarBytes().pax("size", "3").header("f", '0', "", 0, 0, 0);
    TarReader reader = reader(tar.data(new byte[] {'a', 'b', 'c'}).file("next", "").bytes());
    assertEquals(3, reader.next().size());
    assertEquals("abc", content(reader));
    assertEquals("next", reader.next().name());
  }

  @Test
  void globalHeadersHoldUntilTaken() throws IOException {
    TarReader tar =
        reader(
            new TarBytes()
                .global("uid", "77")
                .file("a", "")
                .pax("uid", "78")
                .file("b", "")
                .file("c", "")
                .bytes());
    assertEquals(77, tar.next().uid());
    assertEquals(78, tar.next().uid());
    assertEquals(77, tar.next().uid());
  }

  @Test
  void gnuLongNames() throws IOException {
    String name = "d/".repeat(200) + "f";
    TarEntry entry =
        first(
            new TarBytes()
                .raw('L', name + "\0")
                .raw('K', "t".repeat(300) + "\0")
                .symlink("cut", "cut"));
    assertEquals(name, entry.name());
    assertEquals("t".repeat(300), entry.link());
  }

  @Test
  void base256Numbers() throws IOException {
    TarEntry entry = first(new TarBytes().owner(3_000_000, 4_000_000_000L).file("f", ""));
    assertEquals(3_000_000, entry.uid());
    assertEquals((int) 4_000_000_000L, entry.gid());
  }

  @Test
  void devicesAndOthers() throws IOException {
    TarReader tar =
        reader(
            new TarBytes()
                .device("c", '3', 1, 3)
                .device("b", '4', 8, 17)
                .device("p", '6', 0, 0)
                .hardLink("h", "c")
                .bytes());
    TarEntry character = tar.next();
    assertEquals(TarEntry.Kind.CHAR_DEVICE, character.kind());
    assertEquals(TarEntry.device(1, 3), character.rdev());
    TarEntry block = tar.next();
    assertEquals(TarEntry.Kind.BLOCK_DEVICE, block.kind());
    assertEquals(TarEntry.device(8, 17), block.rdev());
    assertEquals(TarEntry.Kind.FIFO, tar.next().kind());
    TarEntry link = tar.next();
    assertEquals(TarEntry.Kind.HARD_LINK, link.kind());
    assertEquals("c", link.link());
  }

  @Test
  void sparseFilesOfPax() throws IOException {
    List<Extent> expected = List.of(new Extent(4, 2), new Extent(100, 1));
    TarBytes version00 =
        new TarBytes()
            .pax(
                "GNU.sparse.size", "200",
                "GNU.sparse.numblocks", "2",
                "GNU.sparse.offset", "4",
                "GNU.sparse.numbytes", "2",
                "GNU.sparse.offset", "100",
                "GNU.sparse.numbytes", "1")
            .file("f", "abc");
    TarBytes version01 =
        new TarBytes()
            .pax("GNU.sparse.size", "200", "GNU.sparse.map", "4,2,100,1", "GNU.sparse.name", "f")
            .file("GNUSparseFile.1/f", "abc");
    byte[] map = new byte[512];
    byte[] lines = Names.toBytes("2\n4\n2\n100\n1\n");
    System.arraycopy(lines, 0, map, 0, lines.length);
    TarBytes version10 =
        new TarBytes()
            .pax(
                "GNU.sparse.major", "1",
                "GNU.sparse.minor", "0",
                "GNU.sparse.name", "f",
                "GNU.sparse.realsize", "200")
            .file("GNUSparseFile.1/f", Names.fromBytes(map) + "abc");
    for (TarBytes tar : List.of(version00, version01, version10)) {
      TarReader reader = reader(tar.file("next", "").bytes());
      TarEntry entry = reader.next();
      assertEquals("f", entry.name());
      assertEquals(200, entry.size());
      assertEquals(expected, entry.extents());
      assertEquals("abc", content(reader));
      assertEquals("next", reader.next().name());
    }
  }

  @Test
  void aMapThatDoesNotFitIsRefused() {
    TarBytes more =
        new TarBytes().pax("GNU.sparse.size", "200", "GNU.sparse.map", "0,9").file("f", "abc");
    assertThrows(ImageException.class, () -> first(more));
    TarBytes backwards =
        new TarBytes().pax("GNU.sparse.size", "200", "GNU.sparse.map", "10,1,4,2").file("f", "abc");
    assertThrows(ImageException.class, () -> first(backwards));
    TarBytes outside =
        new TarBytes().pax("GNU.sparse.size", "2", "GNU.sparse.map", "10,3").file("f", "abc");
    assertThrows(ImageException.class, () -> first(outside));
  }

  @Test
  void truncationIsNoticed() throws IOException {
    byte[] whole = new TarBytes().file("f", "x".repeat(2000)).bytes();
    for (int length : new int[] {100, 512, 513, 1500, 2500}) {
      TarReader tar = reader(Arrays.copyOf(whole, length));
      assertThrows(
          ImageException.class,
          () -> {
            tar.next();
            content(tar);
            tar.next();
          },
          () -> "cut at " + length);
    }
    TarReader atTheEnd = reader(new TarBytes().file("f", "x").withoutEndMark());
    atTheEnd.next();
    assertNull(atTheEnd.next());
    assertFalse(atTheEnd.hasEndMark());
  }

  @Test
  void whatIsNoTarIsRefused() {
    ImageException e =
        assertThrows(
            ImageException.class, () -> reader(Names.toBytes("no tar".repeat(200))).next());
    assertTrue(e.getMessage().contains("no tar"), e.getMessage());
    byte[] damaged = new TarBytes().file("f", "").bytes();
    damaged[0] ^= 1;
    assertThrows(ImageException.class, () -> reader(damaged).next());
  }

  @Test
  void largeHeadersAreRefused() {
    TarBytes pax = new TarBytes().header("PaxHeader", 'x', "", 1L << 40, 0, 0);
    assertThrows(ImageException.class, () -> first(pax));
    TarBytes name = new TarBytes().header("L", 'L', "", 1L << 40, 0, 0);
    assertThrows(ImageException.class, () -> first(name));
  }

  @Test
  void unknownTypesAndMalformedRecordsAreRefused() {
    assertThrows(ImageException.class, () -> first(new TarBytes().device("m", 'M', 0, 0)));
    for (String body : new String[] {"99 path=x\n", "x path=x\n", "7 path\n", "8 a=b\nxx", "5\n"}) {
      TarBytes tar = new TarBytes().raw('x', body).file("f", "");
      assertThrows(ImageException.class, () -> first(tar), body);
    }
  }

  @Test
  void negativeAndHugeNumbersAreRefused() {
    assertThrows(ImageException.class, () -> first(new TarBytes().owner(-1, 0).file("f", "")));
    assertThrows(
        ImageException.class, () -> first(new TarBytes().owner(1L << 40, 0).file("f", "")));
    assertThrows(ImageException.class, () -> first(new TarBytes().pax("size", "-3").file("f", "")));
    assertThrows(ImageException.class, () -> first(new TarBytes().header("f", '0', "", -5, 0, 0)));
  }
}
