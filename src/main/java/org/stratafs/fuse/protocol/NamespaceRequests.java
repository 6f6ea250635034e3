package org.stratafs.fuse.protocol;

import org.stratafs.fs.FileSystem;
import org.stratafs.fuse.protocol.RequestLayout.BatchForgetIn;
import org.stratafs.fuse.protocol.RequestLayout.ForgetIn;
import org.stratafs.fuse.protocol.RequestLayout.ForgetOne;
import org.stratafs.fuse.protocol.RequestLayout.LinkIn;
import org.stratafs.fuse.protocol.RequestLayout.MkdirIn;
import org.stratafs.fuse.protocol.RequestLayout.MknodIn;
import org.stratafs.fuse.protocol.RequestLayout.Rename2In;
import org.stratafs.fuse.protocol.RequestLayout.RenameIn;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

/** Serves the requests about names and the lookups they count. */
final class NamespaceRequests {
  private final FileSystem fs;
  private final AttrEncoder encoder;

  NamespaceRequests(FileSystem fs, AttrEncoder encoder) {
    this.fs = fs;
    this.encoder = encoder;
  }

  void lookup(Exchange x) {
    fs.lookup(x.caller, x.in.nodeid(), x.in.name(), x.entry);
    if (x.entry.nodeid != 0) {
      encoder.entry(x.out, x.entry);
    } else if (encoder.remembersAbsence()) {
      encoder.absent(x.out);
    } else {
      throw new FsException(Errno.ENOENT);
    }
  }

  void forget(Exchange x) {
    fs.forget(x.in.nodeid(), x.in.u64(ForgetIn.NLOOKUP));
  }

  void batchForget(Exchange x) {
    int count = x.in.u32(BatchForgetIn.COUNT);
    if (count < 0 || count > x.in.remaining() / ForgetOne.SIZE) {
      throw new FsException(Errno.EINVAL);
    }
    for (int i = 0; i < count; i++) {
      int at = i * ForgetOne.SIZE;
      fs.forget(x.in.dataU64(at + ForgetOne.NODEID), x.in.dataU64(at + ForgetOne.NLOOKUP));
    }
  }

  void readlink(Exchange x) {
    String target = fs.readlink(x.caller, x.in.nodeid());
    if (target.length() > x.out.room()) {
      throw new FsException(Errno.ENAMETOOLONG);
    }
    x.out.append(target);
  }

  void symlink(Exchange x) {
    String name = x.in.name();
    String target = x.in.string();
    fs.symlink(x.caller, x.in.nodeid(), name, target, x.entry);
    encoder.entry(x.out, x.entry);
  }

  void mknod(Exchange x) {
    int mode = x.in.u32(MknodIn.MODE);
    int umask = x.in.u32(MknodIn.UMASK);
    long rdev = x.in.u32(MknodIn.RDEV) & 0xffff_ffffL;
    fs.mknod(x.caller, x.in.nodeid(), x.in.name(), mode, umask, rdev, x.entry);
    encoder.entry(x.out, x.entry);
  }

  void mkdir(Exchange x) {
    int mode = x.in.u32(MkdirIn.MODE);
    int umask = x.in.u32(MkdirIn.UMASK);
    fs.mkdir(x.caller, x.in.nodeid(), x.in.name(), mode, umask, x.entry);
    encoder.entry(x.out, x.entry);
  }

  void link(Exchange x) {
    fs.link(x.caller, x.in.u64(LinkIn.OLDNODEID), x.in.nodeid(), x.in.name(), x.entry);
    encoder.entry(x.out, x.entry);
  }

  void unlink(Exchange x) {
    fs.unlink(x.caller, x.in.nodeid(), x.in.name());
  }

  void rmdir(Exchange x) {
    fs.rmdir(x.caller, x.in.nodeid(), x.in.name());
  }

  void rename(Exchange x) {
    rename(x, x.in.u64(RenameIn.NEWDIR), 0);
  }

  void rename2(Exchange x) {
    rename(x, x.in.u64(Rename2In.NEWDIR), x.in.u32(Rename2In.FLAGS));
  }

  private void rename(Exchange x, long newParent, int flags) {
    String name = x.in.name();
    String newName = x.in.name();
    fs.rename(x.caller, x.in.nodeid(), name, newParent, newName, flags);
  }
}
