package org.stratafs.fuse.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.OpenResult;
import org.stratafs.fs.SetAttr;

/** Every field of a request arrives as the argument it stands for: distinct values, written out. */
class CallArgumentsTest {
  private static final long NODE = 11;
  private static final long HANDLE = 0x1234_5678_9abcL;

  private String call;
  private final FileSystem fs =
      (FileSystem)
          Proxy.newProxyInstance(
              FileSystem.class.getClassLoader(),
              new Class<?>[] {FileSystem.class},
              (proxy, method, args) -> {
                if (method.getName().equals("isReplaced")) {
                  return false; // a question after the call, for its reply
                }
                call = text(method.getName(), args);
                Class<?> type = method.getReturnType();
                if (type == int.class) {
                  return 3;
                }
                if (type == long.class) {
                  return 3L;
                }
                if (type == byte[].class) {
                  return new byte[3];
                }
                return type == String.class ? "target" : type == List.class ? List.of() : null;
              });
  private final FakeKernel kernel = FakeKernel.initialised(fs);

  private static String text(String name, Object[] args) {
    List<Object> values = new ArrayList<>();
    for (Object arg : args) {
      if (arg instanceof byte[] bytes) {
        values.add("bytes:" + bytes.length);
      } else if (arg instanceof OpenResult opened) {
        opened.handle = 5;
        opened.cacheDirectory = true;
        opened.keepCache = true;
      } else if (arg instanceof Number || arg instanceof String || arg instanceof Boolean) {
        values.add(arg);
      } else if (arg instanceof SetAttr) {
        values.add("change");
      }
    }
    return name + values;
  }

  private void expect(String expected, Opcode opcode, Object... parts) {
    call = null;
    kernel.send(opcode, NODE, parts);
    assertEquals(0, kernel.errno, opcode.name());
    assertEquals(expected, call);
  }

  @Test
  void namespaceRequests() {
    expect("lookup[11, n]", Opcode.LOOKUP, "n");
    expect("forget[11, 7]", Opcode.FORGET, 7L);
    expect("readlink[11]", Opcode.READLINK);
    expect("symlink[11, n, t]", Opcode.SYMLINK, "n", "t");
    expect("mknod[11, n, 1, 3, 2]", Opcode.MKNOD, 1, 2, 3, 0, "n");
    expect("mkdir[11, n, 1, 2]", Opcode.MKDIR, 1, 2, "n");
    expect("unlink[11, n]", Opcode.UNLINK, "n");
    expect("rmdir[11, n]", Opcode.RMDIR, "n");
    expect("rename[11, a, 12, b, 0]", Opcode.RENAME, 12L, "a", "b");
    expect("rename[11, a, 12, b, 2]", Opcode.RENAME2, 12L, 2, 0, "a", "b");
    expect("link[12, 11, n]", Opcode.LINK, 12L, "n");
  }

  @Test
  void fileRequests() {
    expect("open[11, 2, false]", Opcode.OPEN, 2, 0);
    expect("open[11, 2, true]", Opcode.OPEN, 2, 1);
    expect("create[11, n, 1, 2, 3]", Opcode.CREATE, 1, 2, 3, 0, "n");
    expect("tmpfile[11, 1, 2, 3]", Opcode.TMPFILE, 1, 2, 3, 0, "n");
    expect("flush[11, " + HANDLE + "]", Opcode.FLUSH, HANDLE, 0, 0, 9L);
    expect("release[11, " + HANDLE + "]", Opcode.RELEASE, HANDLE, 1, 2, 9L);
    expect("fsync[11, " + HANDLE + ", false]", Opcode.FSYNC, HANDLE, 0, 0);
    expect("fsync[11, " + HANDLE + ", true]", Opcode.FSYNC, HANDLE, 1, 0);
    expect("fallocate[11, " + HANDLE + ", 3, 1, 2]", Opcode.FALLOCATE, HANDLE, 1L, 2L, 3, 0);
    expect("lseek[11, " + HANDLE + ", 7, 4]", Opcode.LSEEK, HANDLE, 7L, 4, 0);
    String copied = "copyFileRange[11, 1, 2, 3, 4, 5, 6]";
    expect(copied, Opcode.COPY_FILE_RANGE, 1L, 2L, 3L, 4L, 5L, 6L, 0L);
    expect(copied, Opcode.COPY_FILE_RANGE_64, 1L, 2L, 3L, 4L, 5L, 6L, 0L);
  }

  @Test
  void dataRequests() {
    long reply = kernel.replyAddress() + ReplyLayout.OutHeader.SIZE;
    long data = kernel.requestAddress() + RequestLayout.InHeader.SIZE + RequestLayout.WriteIn.SIZE;
    expect(
        "read[11, " + HANDLE + ", 7, " + reply + ", 99]", Opcode.READ, HANDLE, 7L, 99, 0, 0L, 2, 0);
    Object[] write = {HANDLE, 7L, 3, 0, 0L, 5, 0, new byte[3]};
    String written = "write[11, " + HANDLE + ", 7, " + data + ", 3, 5, ";
    expect(written + "false]", Opcode.WRITE, write);
    write[3] = 1 << 2;
    expect(written + "true]", Opcode.WRITE, write);
    long argument = reply + ReplyLayout.IoctlOut.SIZE;
    expect(
        "ioctl[11, " + HANDLE + ", " + 0x8008_6601L + ", " + argument + ", 4, 8]",
        Opcode.IOCTL,
        HANDLE,
        0,
        0x8008_6601,
        9L,
        4,
        8,
        0);
  }

  @Test
  void attributeRequests() {
    expect("getattr[11, 0]", Opcode.GETATTR, 0, 0, HANDLE);
    expect("getattr[11, " + HANDLE + "]", Opcode.GETATTR, 1, 0, HANDLE);
    expect("getattr[11, 0]", Opcode.STATX, 0, 0, HANDLE, 0, 0);
    expect("getattr[11, " + HANDLE + "]", Opcode.STATX, 1, 0, HANDLE, 0, 0);
    expect("setattr[11, change]", Opcode.SETATTR, new byte[RequestLayout.SetattrIn.SIZE]);
    expect("statfs[11]", Opcode.STATFS);
    expect("access[11, 4]", Opcode.ACCESS, 4, 0);
    expect("syncfs[11]", Opcode.SYNCFS, 0L);
    expect("setxattr[11, x, bytes:2, 1, false]", Opcode.SETXATTR, 2, 1, 0, 0, "x", new byte[2]);
    expect("setxattr[11, x, bytes:2, 1, true]", Opcode.SETXATTR, 2, 1, 1, 0, "x", new byte[2]);
    expect("getxattr[11, x]", Opcode.GETXATTR, 10, 0, "x");
    expect("listxattr[11]", Opcode.LISTXATTR, 10, 0);
    expect("removexattr[11, x]", Opcode.REMOVEXATTR, "x");
  }

  @Test
  void directoryRequests() {
    expect("opendir[11, 1]", Opcode.OPENDIR, 1, 0);
    assertEquals(
        ReplyLayout.OpenOut.FOPEN_KEEP_CACHE | ReplyLayout.OpenOut.FOPEN_CACHE_DIR,
        kernel.reply.getInt(ReplyLayout.OutHeader.SIZE + ReplyLayout.OpenOut.OPEN_FLAGS));
    expect("readdir[11, " + HANDLE + ", 7]", Opcode.READDIR, HANDLE, 7L, 99, 0, 0L, 0, 0);
    expect("readdirplus[11, " + HANDLE + ", 7]", Opcode.READDIRPLUS, HANDLE, 7L, 99, 0, 0L, 0, 0);
    expect("releasedir[11, " + HANDLE + "]", Opcode.RELEASEDIR, HANDLE, 0, 0, 0L);
    expect("fsyncdir[11, " + HANDLE + ", true]", Opcode.FSYNCDIR, HANDLE, 1, 0);
  }
}
