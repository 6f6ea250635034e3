package org.stratafs.layer;

import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;
import org.stratafs.sys.DeviceNumbers;

/**
 * The value of an {@link OverrideForm}: {@code uid:gid:mode[:type]}, the mode octal.
 *
 * <p>Written is what containers/storage writes (pkg/idtools, FormatContainersOverrideXattrDevice):
 * {@code file, dir, symlink, pipe, socket, block-MAJ-MIN, char-MAJ-MIN}. Read are also {@code
 * block8:17} for {@code block-8-17}, and modes with the type bits in front.
 *
 * @param permissions of chmod(2)
 * @param type the file type bits; 0: as the inode has it
 * @param rdev of a device, as makedev(3) has it
 */
record OverrideStat(int uid, int gid, int permissions, int type, long rdev) {
  private static final int MAX_LENGTH = 128;
  private static final long MAX_ID = 0xffff_ffffL;

  /**
   * Reads a value.
   *
   * @throws FsException EINVAL for what is none
   */
  static OverrideStat parse(byte[] value) {
    if (value.length > MAX_LENGTH) {
      throw new FsException(Errno.EINVAL);
    }
    Reader in = new Reader(Names.fromBytes(value));
    int uid = (int) in.number(10, MAX_ID);
    in.skip(':');
    int gid = (int) in.number(10, MAX_ID);
    in.skip(':');
    int mode = (int) in.number(8, 0xffff);
    int type = mode & Mode.S_IFMT;
    long rdev = 0;
    if (!in.atEnd()) {
      in.skip(':');
      type = in.type();
      if (type == Mode.S_IFBLK || type == Mode.S_IFCHR) {
        rdev = in.device();
      }
    } else if (type == Mode.S_IFBLK || type == Mode.S_IFCHR) {
      type = 0; // a device without its number
    }
    return new OverrideStat(uid, gid, mode & Mode.PERMISSIONS, type, rdev);
  }

  /** What an inode without the xattr has. */
  static OverrideStat of(Stat stat) {
    return new OverrideStat(
        stat.uid, stat.gid, stat.mode & Mode.PERMISSIONS, Mode.type(stat.mode), stat.rdev);
  }

  /** Puts it over what the inode has. A type that the inode cannot stand for does not count. */
  void applyTo(Stat stat) {
    stat.uid = uid;
    stat.gid = gid;
    int onDisk = Mode.type(stat.mode);
    boolean special =
        type == Mode.S_IFIFO
            || type == Mode.S_IFSOCK
            || type == Mode.S_IFBLK
            || type == Mode.S_IFCHR;
    if (onDisk == Mode.S_IFREG && special) {
      stat.mode = type | permissions;
      stat.rdev = rdev;
    } else {
      stat.mode = onDisk | permissions;
    }
  }

  OverrideStat withOwner(int newUid, int newGid) {
    return new OverrideStat(newUid, newGid, permissions, type, rdev);
  }

  OverrideStat withPermissions(int newPermissions) {
    return new OverrideStat(uid, gid, newPermissions, type, rdev);
  }

  /** The value as it is written. */
  byte[] format() {
    StringBuilder out = new StringBuilder(32);
    out.append(Integer.toUnsignedString(uid)).append(':');
    out.append(Integer.toUnsignedString(gid)).append(':');
    String octal = Integer.toOctalString(permissions);
    for (int i = octal.length(); i < 4; i++) {
      out.append('0');
    }
    out.append(octal);
    switch (type) {
      case Mode.S_IFREG -> out.append(":file");
      case Mode.S_IFDIR -> out.append(":dir");
      case Mode.S_IFLNK -> out.append(":symlink");
      case Mode.S_IFIFO -> out.append(":pipe");
      case Mode.S_IFSOCK -> out.append(":socket");
      case Mode.S_IFBLK -> appendDevice(out.append(":block"));
      case Mode.S_IFCHR -> appendDevice(out.append(":char"));
      default -> {}
    }
    return Names.toBytes(out.toString());
  }

  private void appendDevice(StringBuilder out) {
    out.append('-').append(Integer.toUnsignedString(DeviceNumbers.major(rdev)));
    out.append('-').append(Integer.toUnsignedString(DeviceNumbers.minor(rdev)));
  }

  /** Where in a value the reading is. */
  private static final class Reader {
    private final String text;
    private int at;

    Reader(String text) {
      int end = text.indexOf('\0'); // written by C programs with their terminator
      this.text = end < 0 ? text : text.substring(0, end);
    }

    boolean atEnd() {
      return at == text.length();
    }

    void skip(char expected) {
      if (atEnd() || text.charAt(at) != expected) {
        throw new FsException(Errno.EINVAL);
      }
      at++;
    }

    long number(int radix, long max) {
      int start = at;
      long value = 0;
      while (!atEnd() && Character.digit(text.charAt(at), radix) >= 0) {
        value = value * radix + Character.digit(text.charAt(at), radix);
        if (value > max) {
          throw new FsException(Errno.EINVAL);
        }
        at++;
      }
      if (at == start) {
        throw new FsException(Errno.EINVAL);
      }
      return value;
    }

    int type() {
      if (take("file")) {
        return Mode.S_IFREG;
      } else if (take("dir")) {
        return Mode.S_IFDIR;
      } else if (take("symlink")) {
        return Mode.S_IFLNK;
      } else if (take("pipe")) {
        return Mode.S_IFIFO;
      } else if (take("socket")) {
        return Mode.S_IFSOCK;
      } else if (take("block")) {
        return Mode.S_IFBLK;
      } else if (take("char")) {
        return Mode.S_IFCHR;
      }
      throw new FsException(Errno.EINVAL);
    }

    private boolean take(String word) {
      if (!text.startsWith(word, at)) {
        return false;
      }
      at += word.length();
      return true;
    }

    /** What follows is for later versions of the form. */
    long device() {
      if (!atEnd() && text.charAt(at) == '-') {
        at++;
      }
      long major = number(10, MAX_ID);
      if (!atEnd() && text.charAt(at) == ':') {
        at++;
      } else {
        skip('-');
      }
      return DeviceNumbers.make((int) major, (int) number(10, MAX_ID));
    }
  }
}
