package org.stratafs.fuse.kernel;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.sys.NativeBuffer;
import org.stratafs.sys.Syscalls;

/**
 * The set-uid program fusermount3 of the fuse3 package, which mounts for ordinary users.
 *
 * <p>It opens /dev/fuse, mounts, and sends the descriptor over the socket whose number is in {@code
 * _FUSE_COMMFD} (libfuse util/fusermount.c).
 */
final class Fusermount {
  private static final String PROGRAM = "fusermount3";

  private final Syscalls sys;

  Fusermount(Syscalls sys) {
    this.sys = sys;
  }

  /** Mounts; the descriptor of the connection. */
  int mount(MountRequest request, String path, String data) {
    StringBuilder options = new StringBuilder(MountFlags.asOptions(request.flags()));
    options.append("fsname=").append(escape(request.fsname()));
    options.append(",subtype=").append(escape(request.subtype()));
    options.append(',').append(data);
    int[] socket = sys.socketpair();
    Run run;
    try {
      run = start(List.of(PROGRAM, "-o", options.toString(), "--", path), socket[1]);
    } catch (FsException e) {
      sys.close(socket[0]);
      throw e;
    } finally {
      sys.close(socket[1]);
    }
    int fd = sys.receiveDescriptor(socket[0]);
    sys.close(socket[0]);
    String said = run.end();
    if (fd < 0) {
      throw new FsException(Errno.EPERM, "cannot mount on " + Names.display(path) + ": " + said);
    }
    return fd;
  }

  /** Unmounts lazily. EPERM with what the program said. */
  void unmount(String path) {
    int[] socket = sys.socketpair();
    Run run;
    try {
      run = start(List.of(PROGRAM, "-u", "-z", "--", path), socket[1]);
    } finally {
      sys.close(socket[0]);
      sys.close(socket[1]);
    }
    String said = run.end();
    if (run.status != 0) {
      throw new FsException(Errno.EPERM, said);
    }
  }

  private Run start(List<String> arguments, int socket) {
    int[] error = sys.socketpair();
    try {
      int pid = sys.spawn(arguments, List.of("_FUSE_COMMFD=3", "LC_ALL=C"), error[1], socket);
      return new Run(pid, error[0]);
    } catch (FsException e) {
      sys.close(error[0]);
      if (e.errno() == Errno.ENOENT) {
        throw new FsException(
            e.errno(),
            "an ordinary user needs the program fusermount3 to mount: apt-get install fuse3");
      }
      throw e;
    } finally {
      sys.close(error[1]);
    }
  }

  /** Commas and backslashes as fusermount3 wants them in fsname and subtype. */
  private static String escape(String value) {
    return value.replace("\\", "\\\\").replace(",", "\\,");
  }

  /** The program while it runs. */
  private final class Run {
    private final int pid;
    private final int error;
    private int status;

    Run(int pid, int error) {
      this.pid = pid;
      this.error = error;
    }

    /** Waits for its end; the last line it wrote to standard error. */
    String end() {
      NativeBuffer buffer = NativeBuffer.allocate(4096);
      StringBuilder text = new StringBuilder();
      int size = sys.read(error, buffer.address(), buffer.size());
      while (size > 0) {
        byte[] bytes = new byte[size];
        buffer.bytes().get(0, bytes);
        text.append(new String(bytes, StandardCharsets.ISO_8859_1));
        size = sys.read(error, buffer.address(), buffer.size());
      }
      sys.close(error);
      status = sys.waitpid(pid);
      String line = lastLine(text.toString());
      return line.isEmpty() ? PROGRAM + " ended with exit status " + status : Names.display(line);
    }

    private static String lastLine(String text) {
      String trimmed = text.trim();
      return trimmed.substring(trimmed.lastIndexOf('\n') + 1);
    }
  }
}
