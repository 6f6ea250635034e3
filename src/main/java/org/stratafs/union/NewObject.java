package org.stratafs.union;

import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Mode;

/**
 * What is to be made under a new name.
 *
 * @param mode type and permissions as the caller gave them
 * @param umask the caller's, which a default ACL overrides
 * @param rdev of a device
 * @param target of a symbolic link
 * @param openFlags for a regular file that is opened as it is made; -1 otherwise
 */
record NewObject(int mode, int umask, long rdev, String target, int openFlags) {
  static final int NOT_OPENED = -1;

  static NewObject directory(int mode, int umask) {
    return new NewObject(Mode.S_IFDIR | (mode & Mode.PERMISSIONS), umask, 0, null, NOT_OPENED);
  }

  static NewObject node(int mode, int umask, long rdev) {
    return new NewObject(mode, umask, rdev, null, NOT_OPENED);
  }

  static NewObject symlink(String target) {
    return new NewObject(Mode.S_IFLNK | 0777, 0, 0, target, NOT_OPENED);
  }

  static NewObject openedFile(int mode, int umask, int openFlags) {
    return new NewObject(Mode.S_IFREG | (mode & Mode.PERMISSIONS), umask, 0, null, openFlags);
  }

  int type() {
    return Mode.type(mode);
  }

  boolean isDirectory() {
    return Mode.isDirectory(mode);
  }

  /**
   * Makes it with these permissions; the daemon's umask is 0.
   *
   * @return the descriptor of a file that is opened, or -1
   */
  int make(UpperDir directory, String name, int permissions) {
    switch (type()) {
      case Mode.S_IFDIR -> directory.mkdir(name, permissions);
      case Mode.S_IFLNK -> directory.symlink(target, name);
      case Mode.S_IFREG -> {
        if (openFlags != NOT_OPENED) {
          return directory.create(name, openFlags, permissions);
        }
        directory.mknod(name, Mode.S_IFREG | permissions, 0);
      }
      default -> directory.mknod(name, type() | permissions, rdev);
    }
    return -1;
  }
}
