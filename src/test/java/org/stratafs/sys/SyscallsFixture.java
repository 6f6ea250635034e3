package org.stratafs.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;

/** The real system calls over an empty temporary directory that is open as {@link #dir}. */
abstract class SyscallsFixture {
  final LinuxSyscalls sys = newSyscalls();
  final Stat stat = new Stat();

  @TempDir Path path;

  /** An O_PATH descriptor of the temporary directory. */
  int dir;

  LinuxSyscalls newSyscalls() {
    return new LinuxSyscalls();
  }

  @BeforeEach
  final void openDirectory() {
    int flags = OpenFlags.O_PATH | OpenFlags.O_DIRECTORY;
    dir = sys.openat(Syscalls.AT_FDCWD, path.toString(), flags, 0);
  }

  @AfterEach
  final void closeDirectory() {
    sys.close(dir);
  }

  /** Makes a file with that content. */
  final void write(String name, String content) {
    int fd = open(name, OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_EXCL);
    try {
      pwriteAll(fd, content, 0);
    } finally {
      sys.close(fd);
    }
  }

  /** The whole of a file of at most 4 KiB. */
  final String read(String name) {
    int fd = open(name, OpenFlags.O_RDONLY);
    try {
      return pread(fd, 0, 4096);
    } finally {
      sys.close(fd);
    }
  }

  final int open(String name, int flags) {
    return sys.openat(dir, name, flags | OpenFlags.O_NOFOLLOW, 0644);
  }

  final void pwriteAll(int fd, String content, long offset) {
    byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
    NativeBuffer buffer = NativeBuffer.allocate(bytes.length);
    buffer.bytes().put(0, bytes);
    assertEquals(bytes.length, sys.pwrite(fd, buffer.address(), bytes.length, offset));
  }

  final String pread(int fd, long offset, int size) {
    NativeBuffer buffer = NativeBuffer.allocate(size);
    int count = sys.pread(fd, buffer.address(), size, offset);
    byte[] bytes = new byte[count];
    buffer.bytes().get(0, bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  final Stat statOf(String name) {
    sys.stat(dir, name, stat);
    return stat;
  }

  static void assertErrno(int errno, Executable call) {
    FsException thrown = assertThrows(FsException.class, call);
    assertEquals(Errno.name(errno), Errno.name(thrown.errno()));
  }
}
