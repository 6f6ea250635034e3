package org.stratafs.fuse.protocol;

import org.stratafs.fs.FileSystem;
import org.stratafs.fs.SetAttr;
import org.stratafs.fuse.protocol.ReplyLayout.Kstatfs;
import org.stratafs.fuse.protocol.RequestLayout.AccessIn;
import org.stratafs.fuse.protocol.RequestLayout.GetattrIn;
import org.stratafs.fuse.protocol.RequestLayout.SetattrIn;
import org.stratafs.fuse.protocol.RequestLayout.StatxIn;
import org.stratafs.posix.StatFs;

/** Serves the requests about attributes of a node and of the file system. */
final class AttributeRequests {
  private final FileSystem fs;
  private final AttrEncoder encoder;

  AttributeRequests(FileSystem fs, AttrEncoder encoder) {
    this.fs = fs;
    this.encoder = encoder;
  }

  void getattr(Exchange x) {
    boolean byHandle = (x.in.u32(GetattrIn.GETATTR_FLAGS) & GetattrIn.FUSE_GETATTR_FH) != 0;
    long handle = byHandle ? x.in.u64(GetattrIn.FH) : 0;
    fs.getattr(x.caller, x.in.nodeid(), handle, x.stat);
    encoder.attr(x.out, x.stat, !fs.isReplaced(x.in.nodeid()));
  }

  void statx(Exchange x) {
    boolean byHandle = (x.in.u32(StatxIn.GETATTR_FLAGS) & GetattrIn.FUSE_GETATTR_FH) != 0;
    long handle = byHandle ? x.in.u64(StatxIn.FH) : 0;
    fs.getattr(x.caller, x.in.nodeid(), handle, x.stat);
    encoder.statx(x.out, x.stat, !fs.isReplaced(x.in.nodeid()));
  }

  void setattr(Exchange x) {
    decode(x.in, x.setAttr);
    fs.setattr(x.caller, x.in.nodeid(), x.setAttr, x.stat);
    encoder.attr(x.out, x.stat, !fs.isReplaced(x.in.nodeid()));
  }

  private static void decode(Request in, SetAttr change) {
    int valid = in.u32(SetattrIn.VALID);
    change.setMode = (valid & SetattrIn.FATTR_MODE) != 0;
    change.setUid = (valid & SetattrIn.FATTR_UID) != 0;
    change.setGid = (valid & SetattrIn.FATTR_GID) != 0;
    change.setSize = (valid & SetattrIn.FATTR_SIZE) != 0;
    change.atimeNow = (valid & SetattrIn.FATTR_ATIME_NOW) != 0;
    change.mtimeNow = (valid & SetattrIn.FATTR_MTIME_NOW) != 0;
    change.setAtime = change.atimeNow || (valid & SetattrIn.FATTR_ATIME) != 0;
    change.setMtime = change.mtimeNow || (valid & SetattrIn.FATTR_MTIME) != 0;
    change.killSuidGid = (valid & SetattrIn.FATTR_KILL_SUIDGID) != 0;
    change.mode = in.u32(SetattrIn.MODE);
    change.uid = in.u32(SetattrIn.UID);
    change.gid = in.u32(SetattrIn.GID);
    change.size = in.u64(SetattrIn.SIZE_BYTES);
    change.atimeSec = in.u64(SetattrIn.ATIME);
    change.atimeNsec = in.u32(SetattrIn.ATIMENSEC);
    change.mtimeSec = in.u64(SetattrIn.MTIME);
    change.mtimeNsec = in.u32(SetattrIn.MTIMENSEC);
    change.handle = (valid & SetattrIn.FATTR_FH) != 0 ? in.u64(SetattrIn.FH) : 0;
  }

  void statfs(Exchange x) {
    StatFs st = x.statFs;
    fs.statfs(x.caller, x.in.nodeid(), st);
    int at = x.out.append(Kstatfs.SIZE);
    x.out.u64(at + Kstatfs.BLOCKS, st.blocks);
    x.out.u64(at + Kstatfs.BFREE, st.bfree);
    x.out.u64(at + Kstatfs.BAVAIL, st.bavail);
    x.out.u64(at + Kstatfs.FILES, st.files);
    x.out.u64(at + Kstatfs.FFREE, st.ffree);
    x.out.u32(at + Kstatfs.BSIZE, (int) st.bsize);
    x.out.u32(at + Kstatfs.NAMELEN, (int) st.namelen);
    x.out.u32(at + Kstatfs.FRSIZE, (int) st.frsize);
  }

  void access(Exchange x) {
    fs.access(x.caller, x.in.nodeid(), x.in.u32(AccessIn.MASK));
  }

  void syncfs(Exchange x) {
    fs.syncfs(x.caller, x.in.nodeid());
  }
}
