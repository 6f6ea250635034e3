package org.stratafs.fuse.protocol;

import java.util.List;
import org.stratafs.fs.FileSystem;
import org.stratafs.fuse.protocol.ReplyLayout.GetxattrOut;
import org.stratafs.fuse.protocol.RequestLayout.GetxattrIn;
import org.stratafs.fuse.protocol.RequestLayout.SetxattrIn;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

/** Serves the requests about extended attributes. */
final class XattrRequests {
  private final FileSystem fs;

  XattrRequests(FileSystem fs) {
    this.fs = fs;
  }

  /**
   * SETXATTR.
   *
   * @param extended whether FUSE_SETXATTR_EXT was settled, and the struct has its second half
   */
  void setxattr(Exchange x, boolean extended) {
    if (extended && !x.in.takeStruct(SetxattrIn.SIZE)) {
      throw new FsException(Errno.EINVAL);
    }
    boolean killSgid =
        extended
            && (x.in.u32(SetxattrIn.SETXATTR_FLAGS) & SetxattrIn.FUSE_SETXATTR_ACL_KILL_SGID) != 0;
    String name = x.in.string();
    byte[] value = x.in.data(x.in.u32(SetxattrIn.SIZE_BYTES));
    int flags = x.in.u32(SetxattrIn.FLAGS);
    fs.setxattr(x.caller, x.in.nodeid(), name, value, flags, killSgid);
  }

  void getxattr(Exchange x) {
    byte[] value = fs.getxattr(x.caller, x.in.nodeid(), x.in.string());
    if (fits(x, value.length)) {
      x.out.append(value);
    }
  }

  void listxattr(Exchange x) {
    List<String> names = fs.listxattr(x.caller, x.in.nodeid());
    int size = 0;
    for (String name : names) {
      size += name.length() + 1;
    }
    if (fits(x, size)) {
      for (String name : names) {
        x.out.append(name);
        x.out.append(1);
      }
    }
  }

  /**
   * Whether the answer is the value itself; for a size of 0 its length was asked, and is appended.
   * ERANGE if the caller's buffer is too small.
   */
  private static boolean fits(Exchange x, int size) {
    int asked = x.in.u32(GetxattrIn.SIZE_BYTES);
    if (asked == 0) {
      int at = x.out.append(GetxattrOut.SIZE);
      x.out.u32(at + GetxattrOut.SIZE_BYTES, size);
      return false;
    }
    if (Integer.compareUnsigned(size, asked) > 0) {
      throw new FsException(Errno.ERANGE);
    }
    if (size > x.out.room()) {
      throw new FsException(Errno.E2BIG);
    }
    return true;
  }

  void removexattr(Exchange x) {
    fs.removexattr(x.caller, x.in.nodeid(), x.in.string());
  }
}
