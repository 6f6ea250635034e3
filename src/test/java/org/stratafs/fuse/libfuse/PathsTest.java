package org.stratafs.fuse.libfuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stratafs.fs.FileSystem;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.sys.NativeBuffer;

class PathsTest {
  private static final int GETATTR = 3;

  private final CountingFileSystem tree = new CountingFileSystem();
  private final OpenFiles files = new OpenFiles(tree.fs);
  private final Paths paths = new Paths(tree.fs, files);
  private final Request request = request(GETATTR, "");

  /** A request as the kernel writes it; two names are parted by a NUL. */
  private static Request request(int opcode, String names) {
    NativeBuffer buffer = NativeBuffer.allocate(4096);
    byte[] bytes = (names + "\0").getBytes(StandardCharsets.ISO_8859_1);
    buffer.bytes().putInt(4, opcode);
    int at = opcode == Request.RENAME ? 48 : 40;
    buffer.bytes().put(at, bytes);
    Request request = new Request(null, buffer);
    request.begin(at + bytes.length);
    return request;
  }

  @Test
  void everyLookupOnTheWayIsGivenBackAndTheLastOneOnClose() {
    try (Place place = paths.find(request, "/a/b/c")) {
      assertEquals(List.of("a", "b", "c"), tree.calls);
      assertEquals(Map.of(place.nodeid(), 1L), tree.lookups);
    }
    assertEquals(Map.of(), tree.lookups);
  }

  @Test
  void theRootNeedsNoLookup() {
    try (Place place = paths.find(request, "/")) {
      assertEquals(FileSystem.ROOT, place.nodeid());
    }
    try (Place place = paths.parent(request, "/name")) {
      assertEquals(FileSystem.ROOT, place.nodeid());
    }
    assertEquals(List.of(), tree.calls);
  }

  @Test
  void theParentIsTheDirectoryOfTheLastName() {
    try (Place place = paths.parent(request, "/a/b/c")) {
      assertEquals(tree.id(tree.id(1, "a"), "b"), place.nodeid());
    }
    assertEquals("c", Paths.name("/a/b/c"));
    assertEquals(List.of("a", "b"), tree.calls);
  }

  @ParameterizedTest
  @CsvSource({"/absent,2", "/a/absent,2", "/a/absent/c,2", "/a/b/broken,5", "/broken/b,5"})
  void aFailureOnTheWayGivesAllLookupsBack(String path, int errno) {
    FsException e = assertThrows(FsException.class, () -> paths.find(request, path));
    assertEquals(Errno.name(errno), Errno.name(e.errno()));
    assertEquals(Map.of(), tree.lookups);
  }

  @Test
  void anOpenFileHoldsItsNodeUntilTheLastClose() {
    long first = open("/a/f");
    long second = open("/a/f");
    assertEquals(Map.of(files.get(first).node.nodeid, 2L), tree.lookups);
    files.remove(first);
    assertEquals(1, tree.lookups.size());
    files.remove(second);
    assertEquals(Map.of(), tree.lookups);
    assertEquals(0, files.size());
    assertThrows(FsException.class, () -> files.get(second));
    assertThrows(FsException.class, () -> files.remove(second));
  }

  private long open(String path) {
    try (Place place = paths.find(request, path)) {
      return files.add(place, 7);
    }
  }

  @Test
  void aHiddenNameLeadsToItsOpenNodeWhereverTheDirectoryIsByNow() {
    long number = open("/a/f");
    hide("/a/f", ".fuse_hidden0000000500000001");
    for (String directory : List.of("/a", "/renamed", "/absent")) {
      try (Place place = paths.find(request, directory + "/.fuse_hidden0000000500000001")) {
        assertEquals(files.get(number).node.nodeid, place.nodeid());
      }
    }
    files.remove(number);
    assertEquals(Map.of(), tree.lookups);
    assertThrows(FsException.class, () -> paths.find(request, "/a/.fuse_hidden0000000500000001"));
  }

  private void hide(String path, String name) {
    try (Place place = paths.find(request, path)) {
      files.hide(place, name);
    }
  }

  @Test
  void nobodyFindsAHiddenNameByLookingItUp() {
    open("/a/f");
    hide("/a/f", ".fuse_hidden0000000500000001");
    Request lookup = request(Request.LOOKUP, ".fuse_hidden0000000500000001");
    assertThrows(FsException.class, () -> paths.find(lookup, "/a/.fuse_hidden0000000500000001"));
  }

  @Test
  void onlyTheNodeThatLibfuseHidHasTheHiddenName() {
    long number = open("/a/f");
    hide("/a/f", ".fuse_hidden0000001f00000001");
    long nodeid = files.get(number).node.nodeid;
    assertEquals(true, files.isHidden(nodeid, 0x1f));
    assertEquals(false, files.isHidden(nodeid, 0x20));
  }

  @Test
  void whatTheCallerNamedIsToldFromWhatLibfuseMadeUp() {
    String hidden = ".fuse_hidden0000000500000001";
    assertEquals(true, request(Request.UNLINK, hidden).unlinks(hidden));
    assertEquals(false, request(Request.UNLINK, "f").unlinks(hidden));
    assertEquals(false, request(Request.UNLINK, hidden + "x").unlinks(hidden));
    assertEquals(true, request(Request.RENAME, "old\0" + hidden).renamesTo(hidden));
    assertEquals(false, request(Request.RENAME, hidden + "\0new").renamesTo(hidden));
    assertEquals(false, request(Request.UNLINK, "f").renamesTo(hidden));
    assertEquals(true, request(Request.UNLINK, "\u00ff\u0080").unlinks("\u00ff\u0080"));
  }
}
