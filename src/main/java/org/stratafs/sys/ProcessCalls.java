package org.stratafs.sys;

import java.nio.ByteBuffer;
import java.util.List;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;

/**
 * Starting a helper program that hands a descriptor back.
 *
 * <p>java.lang.ProcessBuilder cannot pass a descriptor other than 0, 1 and 2, and those only as
 * files.
 */
final class ProcessCalls {
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_CLOEXEC = 0x80000;

  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;

  // struct msghdr (bits/socket.h), 64-bit
  private static final int MSG_IOV = 16;
  private static final int MSG_IOVLEN = 24;
  private static final int MSG_CONTROL = 32;
  private static final int MSG_CONTROLLEN = 40;
  private static final int MSGHDR_SIZE = 56;

  // struct iovec
  private static final int IOV_SIZE = 16;

  // struct cmsghdr: length u64, level, type, then the data
  private static final int CMSG_LEVEL = 8;
  private static final int CMSG_TYPE = 12;
  private static final int CMSG_DATA = 16;
  private static final int CMSG_ROOM = 24;

  /** More than posix_spawn_file_actions_t of glibc (80) or musl (80) takes, in bytes. */
  private static final int FILE_ACTIONS_ROOM = 256;

  private final LibC libc;

  ProcessCalls(LibC libc) {
    this.libc = libc;
  }

  int[] socketpair(Scratch scratch) {
    int type = SOCK_STREAM | SOCK_CLOEXEC;
    check(libc.call(SyscallNumbers.SOCKETPAIR, AF_UNIX, type, 0, scratch.struct()));
    int at = scratch.structOffset();
    return new int[] {scratch.memory().getInt(at), scratch.memory().getInt(at + 4)};
  }

  int receiveDescriptor(Scratch scratch, int socket) {
    ByteBuffer memory = scratch.memory();
    int msg = scratch.structOffset();
    int iov = msg + MSGHDR_SIZE;
    int control = iov + IOV_SIZE;
    int data = control + CMSG_ROOM;
    long base = scratch.struct() - msg;
    for (int i = msg; i < data; i++) {
      memory.put(i, (byte) 0);
    }
    memory.putLong(msg + MSG_IOV, base + iov);
    memory.putLong(msg + MSG_IOVLEN, 1);
    memory.putLong(msg + MSG_CONTROL, base + control);
    memory.putLong(msg + MSG_CONTROLLEN, CMSG_ROOM);
    memory.putLong(iov, base + data);
    memory.putLong(iov + 8, 1);
    long size;
    do {
      size = libc.call(SyscallNumbers.RECVMSG, socket, scratch.struct(), MSG_CMSG_CLOEXEC);
    } while (size < 0 && libc.errno() == Errno.EINTR);
    check(size);
    boolean hasRights =
        memory.getLong(msg + MSG_CONTROLLEN) >= CMSG_DATA + Integer.BYTES
            && memory.getInt(control + CMSG_LEVEL) == SOL_SOCKET
            && memory.getInt(control + CMSG_TYPE) == SCM_RIGHTS;
    return hasRights ? memory.getInt(control + CMSG_DATA) : -1;
  }

  int spawn(List<String> arguments, List<String> environment, int standardError, int three) {
    NativeStrings argv = new NativeStrings(arguments);
    NativeStrings envp = new NativeStrings(environment);
    NativeBuffer actions = NativeBuffer.allocate(FILE_ACTIONS_ROOM);
    NativeBuffer pid = NativeBuffer.allocate(Integer.BYTES);
    checkErrno(libc.callByName("posix_spawn_file_actions_init", actions.address(), 0, 0));
    try {
      // Standard error first: should it be descriptor 3, it is copied before that is replaced.
      String dup2 = "posix_spawn_file_actions_adddup2";
      checkErrno(libc.callByName(dup2, actions.address(), standardError, 2));
      checkErrno(libc.callByName(dup2, actions.address(), three, 3));
      // The JDK opens its jar files without O_CLOEXEC; glibc before 2.34 has to pass them on.
      String closeFrom = "posix_spawn_file_actions_addclosefrom_np";
      if (libc.has(closeFrom)) {
        checkErrno(libc.callByName(closeFrom, actions.address(), 4, 0));
      }
      checkErrno(
          libc.posixSpawnp(
              pid.address(), argv.first(), actions.address(), 0, argv.address(), envp.address()));
    } finally {
      libc.callByName("posix_spawn_file_actions_destroy", actions.address(), 0, 0);
    }
    return pid.bytes().getInt(0);
  }

  int waitpid(Scratch scratch, int pid) {
    long result;
    do {
      result = libc.call(SyscallNumbers.WAIT4, pid, scratch.struct(), 0, 0);
    } while (result < 0 && libc.errno() == Errno.EINTR);
    check(result);
    int status = scratch.memory().getInt(scratch.structOffset());
    int signal = status & 0x7f;
    return signal != 0 ? 128 + signal : status >> 8 & 0xff;
  }

  private void check(long result) {
    if (result < 0) {
      throw new FsException(libc.errno());
    }
  }

  /** The posix_spawn functions return the errno. */
  private static void checkErrno(int errno) {
    if (errno != 0) {
      throw new FsException(errno);
    }
  }

  /** An array of C strings that ends with a null pointer. */
  private static final class NativeStrings {
    private final NativeBuffer buffer;

    NativeStrings(List<String> strings) {
      int pointers = (strings.size() + 1) * Long.BYTES;
      int size = pointers;
      for (String string : strings) {
        size += string.length() + 1;
      }
      buffer = NativeBuffer.allocate(size);
      int at = pointers;
      for (int i = 0; i < strings.size(); i++) {
        byte[] bytes = Names.toBytes(strings.get(i));
        buffer.bytes().putLong(i * Long.BYTES, buffer.address() + at);
        buffer.bytes().put(at, bytes);
        at += bytes.length + 1;
      }
    }

    long address() {
      return buffer.address();
    }

    long first() {
      return buffer.bytes().getLong(0);
    }
  }
}
