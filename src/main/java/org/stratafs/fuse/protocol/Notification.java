package org.stratafs.fuse.protocol;

import java.nio.ByteBuffer;
import org.stratafs.fuse.protocol.ReplyLayout.NotifyInvalInodeOut;
import org.stratafs.fuse.protocol.ReplyLayout.OutHeader;

/**
 * Encodes what is sent to the kernel without a request: replies with unique 0 and a code for an
 * errno.
 */
public final class Notification {
  /** The longest notification in bytes. */
  public static final int MAX_SIZE = OutHeader.SIZE + NotifyInvalInodeOut.SIZE;

  /** enum fuse_notify_code. */
  private static final int FUSE_NOTIFY_INVAL_INODE = 2;

  private Notification() {}

  /**
   * The attributes of a node are stale; a negative offset leaves its cached data alone (linux
   * fs/fuse/inode.c, fuse_reverse_inval_inode).
   *
   * @return the length in bytes
   */
  public static int attributesChanged(ByteBuffer out, long nodeid) {
    out.putInt(OutHeader.LEN, MAX_SIZE);
    out.putInt(OutHeader.ERROR, FUSE_NOTIFY_INVAL_INODE);
    out.putLong(OutHeader.UNIQUE, 0);
    out.putLong(OutHeader.SIZE + NotifyInvalInodeOut.INO, nodeid);
    out.putLong(OutHeader.SIZE + NotifyInvalInodeOut.OFF, -1);
    out.putLong(OutHeader.SIZE + NotifyInvalInodeOut.LEN, 0);
    return MAX_SIZE;
  }
}
