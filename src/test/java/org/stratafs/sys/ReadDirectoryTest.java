package org.stratafs.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Errno;
import org.stratafs.posix.Mode;
import org.stratafs.posix.OpenFlags;

class ReadDirectoryTest extends SyscallsFixture {
  private int openForReading(String name) {
    return sys.openat(dir, name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0);
  }

  private Set<String> names(int fd) {
    Set<String> names = new HashSet<>();
    sys.readDirectory(fd, (name, ino, type) -> assertEquals(true, names.add(name), name));
    return names;
  }

  @Test
  void entriesHaveInodeAndType() {
    write("file", "");
    sys.mkdirat(dir, "directory", 0755);
    sys.symlinkat("x", dir, "link");
    sys.mknodat(dir, "fifo", Mode.S_IFIFO, 0);
    sys.mknodat(dir, "whiteout", Mode.S_IFCHR, 0);
    Map<String, Integer> types = new HashMap<>();
    int fd = openForReading(".");
    sys.readDirectory(
        fd,
        (name, ino, type) -> {
          assertNull(types.put(name, Mode.fromDirentType(type)));
          assertEquals(statOf(name).ino, ino);
        });
    sys.close(fd);
    assertEquals(
        Map.of(
            "file", Mode.S_IFREG,
            "directory", Mode.S_IFDIR,
            "link", Mode.S_IFLNK,
            "fifo", Mode.S_IFIFO,
            "whiteout", Mode.S_IFCHR),
        types);
  }

  @Test
  void aDirectoryOfTwentyThousandNamesIsListedWhole() {
    Set<String> made = new HashSet<>();
    for (int i = 0; i < 20_000; i++) {
      String name = "name-" + i + "-" + "x".repeat(i % 200);
      made.add(name);
      sys.mknodat(dir, name, Mode.S_IFREG | 0600, 0);
    }
    int fd = openForReading(".");
    assertEquals(made, names(fd));
    assertEquals(made, names(fd), "from the beginning again");
    sys.close(fd);
  }

  @Test
  void aVisitorMayListAnotherDirectory() {
    sys.mkdirat(dir, "a", 0755);
    sys.mkdirat(dir, "b", 0755);
    write("a/1", "");
    write("a/2", "");
    write("b/1", "");
    Set<String> seen = new HashSet<>();
    int fd = openForReading(".");
    sys.readDirectory(
        fd,
        (outer, outerIno, outerType) -> {
          int inner = openForReading(outer);
          sys.readDirectory(inner, (name, ino, type) -> seen.add(outer + "/" + name));
          sys.close(inner);
        });
    sys.close(fd);
    assertEquals(Set.of("a/1", "a/2", "b/1"), seen);
  }

  @Test
  void anExceptionOfTheVisitorEndsTheListing() {
    write("f", "");
    int fd = openForReading(".");
    IllegalStateException mine = new IllegalStateException("stop");
    assertEquals(
        mine,
        assertThrows(
            IllegalStateException.class,
            () ->
                sys.readDirectory(
                    fd,
                    (name, ino, type) -> {
                      throw mine;
                    })));
    assertEquals(Set.of("f"), names(fd));
    sys.close(fd);
  }

  @Test
  void anEmptyDirectoryHasNoEntriesAndAFileIsNone() {
    int fd = openForReading(".");
    assertEquals(Set.of(), names(fd));
    sys.close(fd);
    write("f", "");
    int file = open("f", OpenFlags.O_RDONLY);
    assertErrno(Errno.ENOTDIR, () -> names(file));
    sys.close(file);
    assertErrno(Errno.EBADF, () -> names(dir));
  }
}
