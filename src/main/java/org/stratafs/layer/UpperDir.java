package org.stratafs.layer;

import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/**
 * A directory of the upper layer or of workdir: the only class that changes anything on disk. Each
 * mutator is the system call of its name, relative to this directory; {@code name} "" stands for
 * the directory itself where that is said.
 */
public final class UpperDir extends LayerDir {
  private final UpperLayer layer;

  UpperDir(UpperLayer layer, int fd) {
    super(layer.sys, layer.identity, fd, /* readable= */ false);
    this.layer = layer;
  }

  @Override
  public UpperLayer layer() {
    return layer;
  }

  @Override
  public UpperDir child(String name) {
    return new UpperDir(layer, layer.openPath(fd(), name, Layer.DIRECTORY));
  }

  /**
   * Opens a regular file or a directory; {@code name} "" opens what this descriptor itself stands
   * for once more, which may be a {@linkplain #pin pinned} file that has no name left.
   */
  @Override
  public int openFile(String name, int flags) {
    return name.isEmpty()
        ? sys.openat(Syscalls.AT_FDCWD, "/proc/self/fd/" + fd(), flags, 0)
        : openBeneath(name, flags);
  }

  /**
   * Holds an inode of any type by an O_PATH descriptor, so that it can be reached, by the empty
   * name, after its last name is gone.
   */
  public UpperDir pin(String name) {
    int flags = OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW;
    return new UpperDir(layer, sys.openat(fd(), name, flags, 0));
  }

  /** Makes a regular file and opens it; EEXIST if the name is there. */
  public int create(String name, int flags, int mode) {
    return sys.openat(
        fd(), name, flags | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOFOLLOW, mode);
  }

  /**
   * Makes an unnamed regular file (O_TMPFILE) and opens it; {@code flags} with O_RDWR or O_WRONLY.
   */
  public int tmpfile(int flags, int mode) {
    return sys.openat(fd(), ".", flags | OpenFlags.O_TMPFILE, mode);
  }

  public void mkdir(String name, int mode) {
    sys.mkdirat(fd(), name, mode);
  }

  /**
   * {@code rdev} as makedev(3) has it. A device 0:0, which is a whiteout, is always made as such.
   */
  public void mknod(String name, int mode, long rdev) {
    identity.makeNode(this, name, mode, rdev);
  }

  public void symlink(String target, String name) {
    sys.symlinkat(target, fd(), name);
  }

  /** Gives {@code name} the further name {@code newName} in {@code to}. */
  public void linkTo(String name, UpperDir to, String newName) {
    sys.linkat(fd(), name, to.fd(), newName);
  }

  /** Gives an open file, an O_TMPFILE one included, a name here. */
  public void linkFdHere(int file, String newName) {
    sys.linkFd(file, fd(), newName);
  }

  public void unlink(String name) {
    sys.unlinkat(fd(), name, 0);
  }

  public void rmdir(String name) {
    sys.unlinkat(fd(), name, Syscalls.AT_REMOVEDIR);
  }

  /** renameat2(2), {@code flags} of {@link org.stratafs.posix.RenameFlags}. */
  public void rename(String name, UpperDir to, String newName, int flags) {
    sys.renameat2(fd(), name, to.fd(), newName, flags);
  }

  /**
   * -1 leaves an id alone; {@code name} "" is the directory itself. EOVERFLOW for an id that no
   * stored one shows as.
   */
  public void chown(String name, int uid, int gid) {
    if (identity.plain) {
      sys.fchownat(fd(), name, uid, gid);
    } else {
      identity.setOwner(this, name, identity.storedUid(uid), identity.storedGid(gid));
    }
  }

  /**
   * Gives something new to its maker; a {@code gid} of -1 leaves the group alone. EOVERFLOW as for
   * {@link #chown}, but root, where no stored id shows as root, makes things as the daemon.
   */
  public void giveTo(String name, int uid, int gid) {
    if (identity.plain) {
      sys.fchownat(fd(), name, uid, gid);
    } else {
      identity.setOwner(this, name, identity.makersUid(uid), identity.makersGid(gid));
    }
  }

  /** Like {@link #giveTo}, with the group of a directory, whatever that shows as. */
  public void chownInto(UpperDir directory, String name, int uid) {
    Stat parent = new Stat();
    directory.stored("", parent);
    identity.setOwner(this, name, identity.makersUid(uid), parent.gid);
  }

  /** Not for symbolic links; {@code name} "" is the directory itself. */
  public void chmod(String name, int mode) {
    if (identity.plain) {
      sys.fchmodat(fd(), name, mode);
    } else {
      identity.setPermissions(this, name, mode);
    }
  }

  /** The inode's own mode, which need not be the one that shows. */
  void chmodInode(String name, int mode) {
    sys.fchmodat(fd(), name, mode);
  }

  /** The default ACL that children inherit, for {@link #inheritAcl} only; null for none. */
  public byte[] inheritableAcl() {
    return identity.offersAcls() ? storedXattr("", PosixAcl.DEFAULT) : null;
  }

  /** Sets what was made of an {@link #inheritableAcl}, whose ids are as they are stored. */
  public void inheritAcl(String name, String key, byte[] value) {
    sys.setxattr(fd(), name, key, value, 0);
  }

  /** UTIME_NOW and UTIME_OMIT are understood; {@code name} "" is the directory itself. */
  public void utimens(String name, long atimeSec, int atimeNsec, long mtimeSec, int mtimeNsec) {
    sys.utimensat(fd(), name, atimeSec, atimeNsec, mtimeSec, mtimeNsec);
  }

  /** {@code name} "" is the directory itself; {@code flags} XATTR_CREATE, XATTR_REPLACE or 0. */
  public void setxattr(String name, String key, byte[] value, int flags) {
    byte[] stored = identity.plain ? value : identity.storedValue(key, value);
    sys.setxattr(fd(), name, key, stored, flags);
  }

  /** Sets a value as it is stored. */
  void setStoredXattr(String name, String key, byte[] value) {
    sys.setxattr(fd(), name, key, value, 0);
  }

  /** {@code name} "" is the directory itself. */
  public void removexattr(String name, String key) {
    sys.removexattr(fd(), name, key);
  }
}
