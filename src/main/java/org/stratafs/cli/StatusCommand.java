package org.stratafs.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import org.stratafs.config.StatusQuestion;
import org.stratafs.fs.StatusXattr;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.LinuxSyscalls;
import org.stratafs.sys.Syscalls;

/** {@code stratafs --status MOUNTPOINT [--json]}: asks the daemon of a mount how it is doing. */
final class StatusCommand {
  private StatusCommand() {}

  static int run(StatusQuestion question) throws IOException {
    String mountPoint = question.mountPoint();
    String xattr = question.json() ? StatusXattr.JSON : StatusXattr.TEXT;
    Syscalls sys = new LinuxSyscalls();
    byte[] text;
    try {
      int fd = sys.openat(Syscalls.AT_FDCWD, mountPoint, OpenFlags.O_PATH, 0);
      try {
        text = sys.getxattrOrAbsent(fd, "", xattr);
      } finally {
        sys.close(fd);
      }
    } catch (FsException e) {
      throw new FsException(e.errno(), "'" + Names.display(mountPoint) + "' " + problem(e.errno()));
    }
    if (text == null) {
      throw new FsException(
          Errno.ENODATA,
          "'"
              + Names.display(mountPoint)
              + "' is not the mount point of a StrataFS mount: findmnt -t fuse.stratafs lists them");
    }
    new FileOutputStream(FileDescriptor.out).write(text);
    return ExitCodes.OK;
  }

  private static String problem(int errno) {
    return switch (errno) {
      case Errno.ENOTCONN ->
          "is a mount whose daemon has ended: umount -l or fusermount3 -uz it, and mount it again";
      case Errno.ENOENT -> "does not exist: name the mount point";
      case Errno.EACCES, Errno.EPERM ->
          "does not answer to you: only root and the user who mounted it may ask";
      default -> "does not answer: is the daemon stopped?";
    };
  }
}
