package org.stratafs.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.layer.PosixAcl.Inherited;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Stat;

final class PosixAclTest {
  private static String randomAcl(Random random) {
    StringBuilder acl = new StringBuilder("u::").append(random.nextInt(8));
    int users = random.nextInt(3);
    int groups = random.nextInt(3);
    for (int i = 0; i < users; i++) {
      acl.append(" u:").append(100 + i).append(':').append(random.nextInt(8));
    }
    acl.append(" g::").append(random.nextInt(8));
    for (int i = 0; i < groups; i++) {
      acl.append(" g:").append(200 + i).append(':').append(random.nextInt(8));
    }
    if (users + groups > 0 || random.nextBoolean()) {
      acl.append(" m::").append(random.nextInt(8));
    }
    return acl.append(" o::").append(random.nextInt(8)).toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {Dirs.EXT4, Dirs.TMPFS})
  void inheritsAsTheKernelDoes(String where) {
    long seed = 20261121;
    Random random = new Random(seed);
    try (Dirs dirs = new Dirs(where)) {
      int old = dirs.sys.umask(0);
      try {
        for (int i = 0; i < 400; i++) {
          boolean hasDefault = random.nextInt(10) > 0;
          String text = hasDefault ? randomAcl(random) : "none";
          int umask = random.nextInt(01000);
          int mode = random.nextInt(010000);
          boolean directory = random.nextBoolean();
          dirs.mkdir("p" + i);
          byte[] acl = hasDefault ? AclBytes.of(text) : null;
          if (hasDefault) {
            dirs.sys.setxattr(dirs.fd, "p" + i, PosixAcl.DEFAULT, acl, 0);
          }
          String child = "p" + i + "/c";
          dirs.sys.umask(umask);
          if (directory) {
            dirs.sys.mkdirat(dirs.fd, child, mode & 01777); // mkdir(2) takes no suid and sgid
            mode &= 01777;
          } else {
            dirs.sys.mknodat(dirs.fd, child, Mode.S_IFREG | mode, 0);
          }
          String claim =
              "seed "
                  + seed
                  + " step "
                  + i
                  + ": "
                  + text
                  + " mode "
                  + Integer.toOctalString(mode)
                  + " umask "
                  + Integer.toOctalString(umask);
          Inherited inherited =
              PosixAcl.inherit(acl, (directory ? Mode.S_IFDIR : Mode.S_IFREG) | mode, umask);
          Stat stat = dirs.stat(child);
          assertEquals(
              Integer.toOctalString(stat.mode), Integer.toOctalString(inherited.mode()), claim);
          assertArrayEquals(
              dirs.sys.getxattrOrAbsent(dirs.fd, child, PosixAcl.ACCESS),
              inherited.access(),
              claim);
          assertArrayEquals(
              dirs.sys.getxattrOrAbsent(dirs.fd, child, PosixAcl.DEFAULT),
              inherited.defaults(),
              claim);
        }
      } finally {
        dirs.sys.umask(old);
      }
    }
  }

  @Test
  void theParentsValueIsNotChanged() {
    byte[] acl = AclBytes.of("u::7 u:1:7 g::7 m::7 o::7");
    byte[] before = acl.clone();
    PosixAcl.inherit(acl, Mode.S_IFREG | 0600, 077);
    assertArrayEquals(before, acl);
  }

  @Test
  void aSymbolicLinkInheritsNothing() {
    Inherited inherited =
        PosixAcl.inherit(AclBytes.of("u::7 u:1:7 g::7 m::7 o::7"), Mode.S_IFLNK | 0777, 077);
    assertEquals(Mode.S_IFLNK | 0777, inherited.mode());
    assertNull(inherited.access());
  }

  @Test
  void anAclWithoutEntriesIsNone() {
    assertEquals(0100700, PosixAcl.inherit(new byte[] {2, 0, 0, 0}, 0100777, 077).mode());
  }

  @Test
  void garbageIsAnIoError() {
    byte[] odd = AclBytes.of("u::7 g::7 o::7");
    byte[] tag = odd.clone();
    tag[4] = 0x40;
    for (byte[] bad :
        new byte[][] {
          {1, 0, 0, 0, 1, 0, 7, 0, -1, -1, -1, -1}, // an unknown version
          {2, 0, 0, 0, 1, 0, 7}, // cut off
          tag,
          AclBytes.of("u::7 o::7") // no group
        }) {
      FsException e = assertThrows(FsException.class, () -> PosixAcl.inherit(bad, 0100777, 0));
      assertEquals(Errno.EIO, e.errno());
    }
  }
}
