package org.stratafs.fuse.kernel;

import org.stratafs.fs.Notifications;
import org.stratafs.fuse.protocol.Notification;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;
import org.stratafs.sys.NativeBuffer;

/** Sends notifications to the kernel. Its monitor guards the one buffer they are encoded in. */
final class Notifier implements Notifications {
  private final Connection connection;
  private final Log log;
  private final NativeBuffer buffer = NativeBuffer.allocate(Notification.MAX_SIZE);

  Notifier(Connection connection, Log log) {
    this.connection = connection;
    this.log = log;
  }

  @Override
  public synchronized void attributesChanged(long nodeid) {
    int length = Notification.attributesChanged(buffer.bytes(), nodeid);
    try {
      connection.write(buffer.address(), length);
    } catch (FsException e) {
      // ENOENT: the kernel does not know the node, and so has nothing of it to forget.
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENODEV) {
        log.warn("the kernel refused a FUSE notification: " + e.getMessage());
      }
    }
  }
}
