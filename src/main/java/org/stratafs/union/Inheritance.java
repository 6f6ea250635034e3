package org.stratafs.union;

import org.stratafs.fs.Caller;
import org.stratafs.layer.PosixAcl;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Stat;

/** What a new object has of its parent and of its caller: owner, group, mode and ACLs. */
final class Inheritance {
  private Inheritance() {}

  /** The default ACL that children of an upper directory inherit, null for none. */
  static byte[] defaultAclDirLocked(DirectoryNode parent, UpperDir directory) {
    if (parent.defaultAcl == null) {
      parent.defaultAcl = new DirectoryNode.DefaultAcl(directory.inheritableAcl());
    }
    return parent.defaultAcl.value();
  }

  /**
   * Owner, mode and ACLs as open(2), mkdir(2) and acl(5) say; owner first, since chown(2) clears
   * suid and sgid.
   */
  static void dress(
      Caller caller,
      UpperDir work,
      String staged,
      UpperDir directory,
      NewObject what,
      byte[] defaultAcl) {
    Stat parent = new Stat();
    directory.statSelf(parent);
    boolean sgid = (parent.mode & Mode.S_ISGID) != 0;
    if (sgid) {
      work.chownInto(directory, staged, caller.uid());
    } else {
      work.giveTo(staged, caller.uid(), caller.gid());
    }
    if (what.type() == Mode.S_IFLNK) {
      return;
    }
    int inheritedSgid = sgid && what.isDirectory() ? Mode.S_ISGID : 0;
    PosixAcl.Inherited inherited = PosixAcl.inherit(defaultAcl, what.mode(), what.umask());
    work.chmod(staged, (inherited.mode() & Mode.PERMISSIONS) | inheritedSgid);
    if (inherited.access() != null) {
      work.inheritAcl(staged, PosixAcl.ACCESS, inherited.access());
    }
    if (inherited.defaults() != null && what.isDirectory()) {
      work.inheritAcl(staged, PosixAcl.DEFAULT, inherited.defaults());
    }
  }
}
