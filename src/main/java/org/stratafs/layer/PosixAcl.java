package org.stratafs.layer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;

/**
 * POSIX ACL inheritance (acl(5)), for things that are staged outside the directory they are made
 * for, where the kernel cannot do it. The same computation as posix_acl_create in linux
 * fs/posix_acl.c.
 */
public final class PosixAcl {
  /** The xattr of the ACL that governs access to an inode. */
  public static final String ACCESS = "system.posix_acl_access";

  /** The xattr of the ACL that a directory hands to what is made in it. */
  public static final String DEFAULT = "system.posix_acl_default";

  // struct posix_acl_xattr_header {le32 version}, then struct posix_acl_xattr_entry {le16 tag, le16
  // perm, le32 id}
  // (include/uapi/linux/posix_acl_xattr.h)
  public static final int VERSION = 2;
  public static final int HEADER = 4;
  public static final int ENTRY = 8;
  private static final int PERM = 2;

  // e_tag (include/uapi/linux/posix_acl.h)
  public static final int USER_OBJ = 0x01;
  public static final int USER = 0x02;
  public static final int GROUP_OBJ = 0x04;
  public static final int GROUP = 0x08;
  public static final int MASK = 0x10;
  public static final int OTHER = 0x20;

  private static final int RWX = 7;
  private static final int RWX_ALL = 0777;

  private PosixAcl() {}

  /**
   * What a new inode gets.
   *
   * @param mode type and permissions as they end up
   * @param access the value for {@link #ACCESS}; null where the mode says it all
   * @param defaults the value for {@link #DEFAULT}; null for none, and for all but directories
   */
  @SuppressWarnings("ArrayRecordComponent") // raw xattr values that go to setxattr; never compared
  public record Inherited(int mode, byte[] access, byte[] defaults) {}

  /**
   * What a new inode gets from its parent directory.
   *
   * @param parentDefault the parent's {@link #DEFAULT}; null or without entries: none
   * @param mode type and permissions asked for
   * @param umask the caller's; it counts only without a default ACL
   * @throws FsException EIO for a value that is no ACL
   */
  public static Inherited inherit(byte[] parentDefault, int mode, int umask) {
    if (Mode.isSymlink(mode)) {
      return new Inherited(mode, null, null);
    }
    if (parentDefault == null || parentDefault.length <= HEADER) {
      return new Inherited(mode & ~(umask & RWX_ALL), null, null);
    }
    byte[] access = parentDefault.clone();
    ByteBuffer acl = ByteBuffer.wrap(access).order(ByteOrder.LITTLE_ENDIAN);
    if (acl.getInt(0) != VERSION || (access.length - HEADER) % ENTRY != 0) {
      throw new FsException(Errno.EIO);
    }
    int permissions = mode & RWX_ALL;
    int group = -1;
    int mask = -1;
    boolean beyondMode = false;
    for (int entry = HEADER; entry < access.length; entry += ENTRY) {
      switch (acl.getShort(entry)) {
        case USER_OBJ -> permissions = limit(acl, entry, permissions, 6);
        case OTHER -> permissions = limit(acl, entry, permissions, 0);
        case GROUP_OBJ -> group = entry;
        case MASK -> {
          mask = entry;
          beyondMode = true;
        }
        case USER, GROUP -> beyondMode = true;
        default -> throw new FsException(Errno.EIO);
      }
    }
    // The group bits of a mode are the mask where there is one, else the group's own permissions.
    int groupClass = mask >= 0 ? mask : group;
    if (groupClass < 0) {
      throw new FsException(Errno.EIO);
    }
    permissions = limit(acl, groupClass, permissions, 3);
    return new Inherited(
        (mode & ~RWX_ALL) | permissions,
        beyondMode ? access : null,
        Mode.isDirectory(mode) ? parentDefault.clone() : null);
  }

  /** Entry and mode each lose what the other does not grant; the mode that is left. */
  private static int limit(ByteBuffer acl, int entry, int mode, int shift) {
    int granted = acl.getShort(entry + PERM) & (mode >> shift) & RWX;
    acl.putShort(entry + PERM, (short) granted);
    return (mode & ~(RWX << shift)) | (granted << shift);
  }
}
