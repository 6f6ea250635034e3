package org.stratafs.layer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Stat;

/**
 * The border between owners, modes and types as a layer stores them and as programs see them. All
 * that {@link LayerDir} tells and {@link UpperDir} takes is what programs see; nothing above this
 * package knows what is stored. Immutable.
 *
 * <p>From disk to program: the override xattr of the layer takes the place of what the inode has,
 * then ids are mapped, then squashed. The way back is the reverse.
 */
final class Identity {
  /** Shown as stored: costs one branch. */
  static final Identity PLAIN = new Identity(IdentitySpec.PLAIN, null, true, false);

  private static final String CAPABILITY = "security.capability";

  // struct posix_acl_xattr_entry, see PosixAcl
  private static final int ACL_HEADER = 4;
  private static final int ACL_ENTRY = 8;
  private static final int ACL_ID = 4;
  private static final short ACL_USER = 0x02;
  private static final short ACL_GROUP = 0x08;

  private final IdentitySpec spec;

  /** The xattr that keeps owner, mode and type in this layer; null: the inode does. */
  private final String override;

  private final boolean acls;
  private final boolean hidesOverrides;

  /** Nothing of all this. */
  final boolean plain;

  /**
   * @param override the xattr that keeps owner, mode and type in this layer; null for none
   * @param acls whether ACLs of this layer are what they seem
   * @param hidesOverrides whether any layer keeps such an xattr
   */
  Identity(IdentitySpec spec, String override, boolean acls, boolean hidesOverrides) {
    this.spec = spec;
    this.override = override;
    this.acls = acls;
    this.hidesOverrides = hidesOverrides;
    this.plain = spec.isPlain() && override == null && acls && !hidesOverrides;
  }

  /** Whether ids are stored in the same way, so that they can be copied as they are. */
  boolean storesIdsAs(Identity other) {
    return Objects.equals(spec.uids(), other.spec.uids())
        && Objects.equals(spec.gids(), other.spec.gids());
  }

  /** Whether the inode's own owner and mode say nothing. */
  boolean overrides() {
    return override != null;
  }

  // From disk to program.

  /** Turns what a file has on disk into what programs see. */
  void show(LayerDir dir, String name, Stat stat) {
    applyOverride(dir, name, stat);
    stat.uid = shown(stat.uid, spec.uids(), spec.squashUid());
    stat.gid = shown(stat.gid, spec.gids(), spec.squashGid());
  }

  /** Turns what the inode has into what the layer says, before any mapping. */
  void applyOverride(LayerDir dir, String name, Stat stat) {
    if (override == null || !carries(stat.mode)) {
      return;
    }
    byte[] value = dir.storedXattr(name, override);
    if (value != null) {
      OverrideStat.parse(value).applyTo(stat);
    }
  }

  /** user.* xattrs are for regular files and directories only, xattr(7). */
  private boolean carries(int mode) {
    return Mode.isRegular(mode) || Mode.isDirectory(mode) || override.startsWith("security.");
  }

  private static int shown(int id, IdMap map, int squash) {
    if (squash != IdentitySpec.NO_ID) {
      return squash;
    }
    return map == null ? id : map.shown(id);
  }

  /** Whether programs see an xattr of that name. */
  boolean shows(String xattr) {
    return !(hidesOverrides && OverrideForm.isOverride(xattr)) && (acls || !isAcl(xattr));
  }

  /** The value that programs see. */
  byte[] shownValue(String xattr, byte[] value) {
    return isAcl(xattr) ? mapAcl(value, false) : value;
  }

  List<String> shownNames(List<String> all) {
    List<String> shown = new ArrayList<>(all.size());
    for (int i = 0; i < all.size(); i++) {
      if (shows(all.get(i))) {
        shown.add(all.get(i));
      }
    }
    return shown;
  }

  /** A regular file may stand for something else. */
  int shownType(int direntType) {
    return override != null && direntType == Mode.toDirentType(Mode.S_IFREG)
        ? Mode.DT_UNKNOWN
        : direntType;
  }

  // From program to disk.

  /** Whether what the daemon itself makes belongs to these without more. */
  boolean isOwn(int uid, int gid, int daemonUid, int daemonGid) {
    return override == null
        && (spec.uids() == null ? uid : spec.uids().stored(uid)) == daemonUid
        && (spec.gids() == null ? gid : spec.gids().stored(gid)) == daemonGid;
  }

  /**
   * The id to store; -1 stays -1, and stands for "leave it" where everything is squashed anyway.
   *
   * @throws FsException EOVERFLOW for an id that has none, as an idmapped mount says (linux
   *     fs/attr.c notify_change, fs/namei.c may_o_create)
   */
  int storedUid(int uid) {
    return stored(uid, spec.uids(), spec.squashUid());
  }

  /** Like {@link #storedUid}, for groups. */
  int storedGid(int gid) {
    return stored(gid, spec.gids(), spec.squashGid());
  }

  /**
   * The id to store for who makes something: -1, the daemon's, for a root that no stored id shows
   * as. Whoever runs a container makes files in its tree as root of the host and gives them to its
   * root then (podman does with /etc/mtab), and could give them to anybody.
   *
   * @throws FsException EOVERFLOW for any other id that has none
   */
  int makersUid(int uid) {
    return isUnmappedRoot(uid, spec.uids()) ? IdentitySpec.NO_ID : storedUid(uid);
  }

  /** Like {@link #makersUid}, for groups. */
  int makersGid(int gid) {
    return isUnmappedRoot(gid, spec.gids()) ? IdentitySpec.NO_ID : storedGid(gid);
  }

  private static boolean isUnmappedRoot(int id, IdMap map) {
    return id == 0 && map != null && map.stored(id) == IdMap.UNMAPPED;
  }

  private static int stored(int id, IdMap map, int squash) {
    if (map == null || id == IdentitySpec.NO_ID) {
      return id;
    }
    int stored = map.stored(id);
    if (stored == IdMap.UNMAPPED && squash == IdentitySpec.NO_ID) {
      throw new FsException(Errno.EOVERFLOW);
    }
    return stored;
  }

  /**
   * chown(2) to ids as they are stored. As chown(2) it clears suid, sgid and security.capability of
   * a regular file.
   */
  void setOwner(UpperDir dir, String name, int uid, int gid) {
    Stat stat = new Stat();
    if (override != null) {
      dir.inode(name, stat);
    }
    if (override != null && carries(stat.mode)) {
      OverrideStat before = read(dir, name, stat);
      OverrideStat after =
          before.withOwner(uid == -1 ? before.uid() : uid, gid == -1 ? before.gid() : gid);
      if (Mode.isRegular(stat.mode)) {
        after = after.withPermissions(withoutPrivileges(before.permissions()));
        dropCapability(dir, name);
      }
      write(dir, name, after);
      return;
    }
    try {
      dir.sys.fchownat(dir.fd(), name, uid, gid);
    } catch (FsException e) {
      // Then the owner cannot be kept: of a symbolic link beside xattrs, which shows as the
      // daemon's in every such layer, or where nobody sees it.
      boolean needless = override != null || isSquashed();
      if (!needless || (e.errno() != Errno.EPERM && e.errno() != Errno.EINVAL)) {
        throw e;
      }
    }
  }

  private boolean isSquashed() {
    return spec.squashUid() != IdentitySpec.NO_ID || spec.squashGid() != IdentitySpec.NO_ID;
  }

  private static int withoutPrivileges(int permissions) {
    int kept = permissions & ~Mode.S_ISUID;
    return (permissions & Mode.S_IXGRP) != 0 ? kept & ~Mode.S_ISGID : kept;
  }

  private static void dropCapability(UpperDir dir, String name) {
    if (dir.storedXattr(name, CAPABILITY) != null) {
      dir.sys.removexattr(dir.fd(), name, CAPABILITY);
    }
  }

  /** chmod(2). */
  void setPermissions(UpperDir dir, String name, int permissions) {
    Stat stat = new Stat();
    if (override != null) {
      dir.inode(name, stat);
    }
    if (override != null && carries(stat.mode)) {
      write(dir, name, read(dir, name, stat).withPermissions(permissions & Mode.PERMISSIONS));
    } else {
      dir.sys.fchmodat(dir.fd(), name, permissions);
    }
  }

  /** mknod(2); what the layer keeps in xattrs becomes a regular file that stands for it. */
  void makeNode(UpperDir dir, String name, int mode, long rdev) {
    boolean whiteout = Mode.isCharDevice(mode) && rdev == 0;
    if (override == null || Mode.isRegular(mode) || whiteout) {
      dir.sys.mknodat(dir.fd(), name, mode, rdev);
      return;
    }
    dir.sys.mknodat(dir.fd(), name, Mode.S_IFREG | 0600, 0);
    Stat stat = new Stat();
    dir.inode(name, stat);
    int permissions = mode & Mode.PERMISSIONS;
    write(dir, name, new OverrideStat(stat.uid, stat.gid, permissions, Mode.type(mode), rdev));
  }

  private OverrideStat read(UpperDir dir, String name, Stat inode) {
    byte[] value = dir.storedXattr(name, override);
    OverrideStat stored = value == null ? OverrideStat.of(inode) : OverrideStat.parse(value);
    if (stored.type() == 0) {
      int type = Mode.type(inode.mode);
      return new OverrideStat(stored.uid(), stored.gid(), stored.permissions(), type, 0);
    }
    return stored;
  }

  private void write(UpperDir dir, String name, OverrideStat stat) {
    dir.sys.setxattr(dir.fd(), name, override, stat.format(), 0);
  }

  /**
   * The value to store for one that a program sets.
   *
   * @throws FsException EPERM for an xattr that is ours, EOPNOTSUPP for an ACL where none is
   *     offered, EINVAL for an ACL with an id that cannot be stored (linux fs/posix_acl.c
   *     posix_acl_valid)
   */
  byte[] storedValue(String xattr, byte[] value) {
    if (isAcl(xattr)) {
      if (!acls) {
        throw new FsException(Errno.EOPNOTSUPP);
      }
      return mapAcl(value, true);
    }
    if (!shows(xattr)) {
      throw new FsException(Errno.EPERM);
    }
    return value;
  }

  boolean offersAcls() {
    return acls;
  }

  private static boolean isAcl(String xattr) {
    return xattr.equals(PosixAcl.ACCESS) || xattr.equals(PosixAcl.DEFAULT);
  }

  /** What is no ACL stays as it is: whoever reads it says so. */
  private byte[] mapAcl(byte[] value, boolean store) {
    if (spec.uids() == null && spec.gids() == null) {
      return value;
    }
    byte[] mapped = value.clone();
    ByteBuffer acl = ByteBuffer.wrap(mapped).order(ByteOrder.LITTLE_ENDIAN);
    for (int entry = ACL_HEADER; entry + ACL_ENTRY <= mapped.length; entry += ACL_ENTRY) {
      IdMap map =
          switch (acl.getShort(entry)) {
            case ACL_USER -> spec.uids();
            case ACL_GROUP -> spec.gids();
            default -> null;
          };
      if (map == null) {
        continue;
      }
      int id = acl.getInt(entry + ACL_ID);
      int other = store ? map.stored(id) : map.shown(id);
      if (other == IdMap.UNMAPPED) {
        throw new FsException(Errno.EINVAL);
      }
      acl.putInt(entry + ACL_ID, other);
    }
    return mapped;
  }
}
