package org.stratafs.fuse.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.stratafs.fs.Caller;
import org.stratafs.fs.OpenResult;
import org.stratafs.fuse.protocol.RequestLayout.InHeader;

/** Lines of {@code -d}, for each opcode: distinct values, so that each shows in its place. */
class RequestPrinterTest {
  private static final String BY = " by 1000:100 pid 77 (";

  private final MemoryFileSystem fs =
      new MemoryFileSystem() {
        @Override
        public int ioctl(
            Caller caller, long node, long handle, long command, long at, int in, int out) {
          return 7;
        }

        @Override
        public synchronized void open(
            Caller caller, long nodeid, int flags, boolean killSuidGid, OpenResult out) {
          super.open(caller, nodeid, flags, killSuidGid, out);
          out.backing = flags == 0 ? 3 : -1;
        }
      };
  private final List<String> trace = new ArrayList<>();
  private final Set<Opcode> seen = EnumSet.noneOf(Opcode.class);
  private final FakeKernel kernel = connect();

  private FakeKernel connect() {
    BackingRegistry registry =
        new BackingRegistry() {
          @Override
          public int open(int fd) {
            return 9;
          }

          @Override
          public void close(int id) {
            assertEquals(9, id);
          }
        };
    FuseOptions options = FuseOptions.defaults();
    return new FakeKernel(new Dispatcher(fs, options, line -> {}, trace::add, registry));
  }

  /** The lines end so, after what all requests and all replies begin with. */
  private void expect(String request, String reply, Opcode opcode, long node, Object... parts) {
    seen.add(opcode);
    trace.clear();
    int length = kernel.put(opcode, node, parts);
    kernel.dispatch(length);
    long id = kernel.request.getLong(InHeader.UNIQUE);
    String begin = "-> " + opcode + " #" + id + " node " + node + BY + length + " bytes)";
    assertEquals(
        List.of(begin + request, "<- #" + id + " " + opcode + " " + reply), trace, opcode.name());
  }

  @Test
  void eachRequestIsPrintedWithItsArgumentsAndEachReplyWithWhatItTells() {
    expect(
        " protocol 7.45",
        "ok (80 bytes) protocol 7.45 flags 0x70d4e079 flags2 0x20 max_write 1048576",
        Opcode.INIT,
        0,
        7,
        45,
        131072,
        FakeKernel.ALL_FLAGS,
        -1,
        new byte[44]);
    makeNames();
    changeAttributes();
    workOnFiles();
    list();
    removeNames();
    forgetAndEnd();
    assertEquals(EnumSet.allOf(Opcode.class), seen);
  }

  /** Nodes 2 to 7: file, directory, device, symlink, created, temporary. */
  private void makeNames() {
    fs.file("a", new byte[5000]);
    String a = " node 2 mode 0100644 of 0:0 size 5000 links 1 ino 2";
    expect(" \"a\"", "ok (144 bytes)" + a, Opcode.LOOKUP, 1, "a");
    expect(" \"no\\x0a\"", "ok (144 bytes) absent", Opcode.LOOKUP, 1, "no\n");
    String directory = "ok (144 bytes) node 3 mode 040700 of 0:0 size 0 links 2 ino 3";
    expect(" mode 0711 umask 077 \"d\"", directory, Opcode.MKDIR, 1, 0711, 077, "d");
    String device = "ok (144 bytes) node 4 mode 020600 of 0:0 size 0 links 1 ino 4";
    String arguments = " mode 020644 umask 077 rdev 0x103 \"n\"";
    expect(arguments, device, Opcode.MKNOD, 3, 020644, 0x103, 077, 0, "n");
    String symlink = "ok (144 bytes) node 5 mode 0120777 of 0:0 size 4 links 1 ino 5";
    expect(" \"s\" to \"../a\"", symlink, Opcode.SYMLINK, 3, "s", "../a");
    expect("", "ok (20 bytes) \"../a\"", Opcode.READLINK, 5);
    String created = "ok (160 bytes) node 6 mode 0100640 of 0:0 size 0 links 1 ino 6";
    expect(
        " flags 0x42 mode 0666 umask 027 \"c\"",
        created + " handle 1 flags 0x2",
        Opcode.CREATE,
        1,
        0x42,
        0666,
        027,
        0,
        "c");
    String temporary = "ok (160 bytes) node 7 mode 0100600 of 0:0 size 0 links 1 ino 7";
    expect(
        " flags 0x2 mode 0600 umask 0",
        temporary + " handle 2 flags 0x2",
        Opcode.TMPFILE,
        1,
        2,
        0600,
        0,
        0,
        "#7");
    String linked = "ok (144 bytes) node 2 mode 0100644 of 0:0 size 5000 links 2 ino 2";
    expect(" from 2 \"l\"", linked, Opcode.LINK, 3, 2L, "l");
    expect(" \"l\" to 1 \"m\" flags 0x0", "ok (16 bytes)", Opcode.RENAME, 3, 1L, "l", "m");
    expect(
        " \"m\" to 3 \"s\" flags 0x1", "EEXIST (16 bytes)", Opcode.RENAME2, 1, 3L, 1, 0, "m", "s");
  }

  private void changeAttributes() {
    String attr = "mode 0100644 of 0:0 size 5000 links 2 ino 2";
    expect("", "ok (120 bytes) " + attr, Opcode.GETATTR, 2, 0, 0, 1L);
    expect(" handle 1", "ok (120 bytes) " + attr, Opcode.GETATTR, 2, 1, 0, 1L);
    expect(" handle 1 mask 0x7ff", "ok (304 bytes) " + attr, Opcode.STATX, 2, 1, 0, 1L, 0, 0x7ff);
    Object[] setattr = {0xfff, 0, 9L, 4L, 0L, 5L, 6L, 0L, 7, 8, 0, 0600, 0, 10, 11, 0};
    expect(
        " mode 0600 uid 10 gid 11 size 4 atime now mtime now kill-suid handle 9",
        "ok (120 bytes) mode 0100600 of 10:11 size 4 links 2 ino 2",
        Opcode.SETATTR,
        2,
        setattr);
    setattr[0] = 1 << 4 | 1 << 5;
    expect(
        " atime 5.000000007 mtime 6.000000008",
        "ok (120 bytes) mode 0100600 of 10:11 size 4 links 2 ino 2",
        Opcode.SETATTR,
        2,
        setattr);
    expect(" mask 0x4", "ok (16 bytes)", Opcode.ACCESS, 2, 4, 0);
    expect("", "ok (96 bytes) blocks 1000 free 500 of 4096", Opcode.STATFS, 1);
    expect("", "ok (16 bytes)", Opcode.SYNCFS, 1, 0L);
    expect(
        " value 3 flags 0x1 \"user.x\"",
        "ok (16 bytes)",
        Opcode.SETXATTR,
        2,
        3,
        1,
        0,
        0,
        "user.x",
        new byte[3]);
    expect(" room 0 \"user.x\"", "ok (24 bytes) needs 3", Opcode.GETXATTR, 2, 0, 0, "user.x");
    expect(" room 9 \"user.x\"", "ok (19 bytes)", Opcode.GETXATTR, 2, 9, 0, "user.x");
    expect(" room 0", "ok (24 bytes) needs 7", Opcode.LISTXATTR, 2, 0, 0);
    expect(" room 64", "ok (23 bytes)", Opcode.LISTXATTR, 2, 64, 0);
    expect(" \"user.x\"", "ok (16 bytes)", Opcode.REMOVEXATTR, 2, "user.x");
    expect(" \"user.x\"", "ENODATA (16 bytes)", Opcode.REMOVEXATTR, 2, "user.x");
  }

  /** Handle 1 is node 6, 3 and 4 are opened here. */
  private void workOnFiles() {
    expect(" flags 0x0", "ok (32 bytes) handle 3 flags 0x80 backing 9", Opcode.OPEN, 4, 0, 0);
    expect(" flags 0x1 kill-suid", "ok (32 bytes) handle 4 flags 0x2", Opcode.OPEN, 2, 1, 1);
    Object[] write = {4L, 7L, 3, 0, 0L, 5, 0, new byte[3]};
    expect(" handle 4 offset 7 size 3", "ok (24 bytes) written 3", Opcode.WRITE, 2, write);
    write[3] = 1 << 2;
    String killing = " handle 4 offset 7 size 3 kill-suid";
    expect(killing, "ok (24 bytes) written 3", Opcode.WRITE, 2, write);
    expect(" handle 4 offset 6 size 99", "ok (20 bytes)", Opcode.READ, 2, 4L, 6L, 99, 0, 0L, 2, 0);
    expect(
        " handle 4 mode 0x0 offset 1 size 2",
        "ok (16 bytes)",
        Opcode.FALLOCATE,
        2,
        4L,
        1L,
        2L,
        0,
        0);
    String punch = " handle 4 mode 0x3 offset 1 size 2";
    expect(punch, "EOPNOTSUPP (16 bytes)", Opcode.FALLOCATE, 2, 4L, 1L, 2L, 3, 0);
    expect(
        " handle 4 offset 7 SEEK_HOLE", "ok (24 bytes) offset 10", Opcode.LSEEK, 2, 4L, 7L, 4, 0);
    expect(" handle 4 offset 7 SEEK_DATA", "ok (24 bytes) offset 7", Opcode.LSEEK, 2, 4L, 7L, 3, 0);
    expect(" handle 4 offset 7 whence 0", "EINVAL (16 bytes)", Opcode.LSEEK, 2, 4L, 7L, 0, 0);
    String copy = " handle 4 offset 2 size 5 to 6 handle 1 offset 3";
    Object[] range = {4L, 2L, 6L, 1L, 3L, 5L, 0L};
    expect(copy, "ok (24 bytes) copied 5", Opcode.COPY_FILE_RANGE, 2, range);
    expect(copy, "ok (24 bytes) copied 5", Opcode.COPY_FILE_RANGE_64, 2, range);
    expect(
        " handle 4 command 0x80086601 in 0 out 8",
        "ok (40 bytes) result 7",
        Opcode.IOCTL,
        2,
        4L,
        0,
        0x8008_6601,
        9L,
        0,
        8);
    expect(" handle 4", "ok (16 bytes)", Opcode.FLUSH, 2, 4L, 0L, 0L);
    expect(" handle 4 data-only", "ok (16 bytes)", Opcode.FSYNC, 2, 4L, 1, 0);
    expect(" handle 99", "EBADF (16 bytes)", Opcode.FSYNC, 2, 99L, 0, 0);
    expect(" handle 4", "ok (16 bytes)", Opcode.RELEASE, 2, 4L, 0, 0, 0L);
    expect(" handle 3", "ok (16 bytes)", Opcode.RELEASE, 4, 3L, 0, 0, 0L);
    for (Opcode opcode :
        List.of(
            Opcode.GETLK,
            Opcode.SETLK,
            Opcode.SETLKW,
            Opcode.BMAP,
            Opcode.POLL,
            Opcode.SETUPMAPPING,
            Opcode.REMOVEMAPPING)) {
      expect("", "ENOSYS (16 bytes)", opcode, 2, new byte[48]);
    }
  }

  private void list() {
    expect(" flags 0x10000", "ok (32 bytes) handle 5 flags 0x2", Opcode.OPENDIR, 3, 0x10000, 0);
    String range = " handle 5 offset 0 size 4096";
    Object[] all = {5L, 0L, 4096, 0, 0L, 0, 0};
    String names = "ok (144 bytes) \".\" \"..\" \"n\" \"s\"";
    expect(range, names, Opcode.READDIR, 3, all);
    String known = "ok (656 bytes) \".\" \"..\" \"n\" node 4 \"s\" node 5";
    expect(range, known, Opcode.READDIRPLUS, 3, all);
    expect(" handle 5", "ok (16 bytes)", Opcode.FSYNCDIR, 3, 5L, 0, 0);
    expect(" handle 5", "ok (16 bytes)", Opcode.RELEASEDIR, 3, 5L, 0, 0, 0L);
  }

  private void removeNames() {
    expect(" \"n\"", "ok (16 bytes)", Opcode.UNLINK, 3, "n");
    expect(" \"d\"", "ENOTEMPTY (16 bytes)", Opcode.RMDIR, 1, "d");
  }

  private void forgetAndEnd() {
    expect(" lookups 8", "no reply", Opcode.FORGET, 2, 8L);
    Object[] two = {2, 0, 4L, 5L, 6L, 7L};
    expect(" count 2 node 4 lookups 5 node 6 lookups 7", "no reply", Opcode.BATCH_FORGET, 0, two);
    two[0] = 3;
    expect(" count 3 (too short)", "no reply", Opcode.BATCH_FORGET, 0, two);
    expect(" #12", "no reply", Opcode.INTERRUPT, 0, 12L);
    expect("", "no reply", Opcode.NOTIFY_REPLY, 0);
    expect("", "ok (16 bytes)", Opcode.DESTROY, 0);
  }

  @Test
  void whatIsCutOrUnknownIsPrintedAsFarAsItGoes() {
    kernel.init(45, FakeKernel.ALL_FLAGS);
    expect(" (too short)", "EINVAL (16 bytes)", Opcode.SETXATTR, 2, 3, 1);
    expect(" (too short)", "EINVAL (16 bytes)", Opcode.WRITE, 2, 1L);
    expect(" \"one\" to 1 (malformed name)", "EINVAL (16 bytes)", Opcode.RENAME, 2, 1L, "one");
    int length = kernel.put(Opcode.LOOKUP, 1);
    kernel.request.putInt(InHeader.OPCODE, 4096);
    trace.clear();
    kernel.dispatch(length);
    assertEquals("-> opcode 4096 #12 node 1" + BY + "40 bytes)", trace.get(0));
    assertEquals("<- #12 opcode 4096 ENOSYS (16 bytes)", trace.get(1));
  }
}
