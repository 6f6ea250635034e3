package org.stratafs.testkit;

import java.util.TreeMap;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Stat;

/** An inode of the model. */
final class ModelNode {
  final int type;
  final long serial;
  int permissions;
  int uid;
  int gid;
  long rdev;
  byte[] data = new byte[0];
  String target;
  int nlink = 1;

  /** Made by O_TMPFILE and not linked yet: no name, and yet it may get one (I_LINKABLE). */
  boolean linkable;

  /** False where the count depends on names of a lower layer that the view may hide. */
  boolean nlinkKnown = true;

  /** Nanoseconds -1: not known, "some time ago". */
  long mtimeSec;

  int mtimeNsec = -1;

  /** A directory to which a lower layer contributes: it cannot be renamed without redirects. */
  boolean hasLower;

  final TreeMap<String, byte[]> xattrs = new TreeMap<>();

  /** Null unless it is a directory. */
  final TreeMap<String, ModelNode> children;

  ModelNode(int type, long serial) {
    this.type = type;
    this.serial = serial;
    this.children = type == Mode.S_IFDIR ? new TreeMap<>() : null;
  }

  boolean isDirectory() {
    return type == Mode.S_IFDIR;
  }

  boolean isRegular() {
    return type == Mode.S_IFREG;
  }

  void touched() {
    mtimeNsec = -1;
  }

  void stat(Stat out) {
    out.set(new Stat());
    out.ino = serial;
    out.mode = type | permissions;
    out.uid = uid;
    out.gid = gid;
    out.rdev = rdev;
    out.nlink = nlinkKnown ? nlink : -1;
    out.size = isRegular() ? data.length : target != null ? target.length() : 0;
    out.mtimeSec = mtimeSec;
    out.mtimeNsec = mtimeNsec;
  }
}
