package org.stratafs.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.RenameFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/**
 * The merged view as it must be: a POSIX tree in memory, as root sees it. It knows of layers only
 * what {@link ModelNode#hasLower} says.
 */
public final class ModelTree implements PosixTree {
  private final ModelNode root;
  private final boolean directoriesMove;
  private final Map<Integer, ModelNode> opens = new HashMap<>();
  private long nextSerial = 1_000_000;
  private int nextFd = 1;
  private int uid;
  private int gid;

  /**
   * @param directoriesMove whether a directory of a lower layer can be renamed (redirect_dir=on)
   */
  ModelTree(ModelNode root, boolean directoriesMove) {
    this.root = root;
    this.directoriesMove = directoriesMove;
  }

  /** Who owns what is made from now on. */
  public void become(int newUid, int newGid) {
    uid = newUid;
    gid = newGid;
  }

  private static FsException error(int errno) {
    return new FsException(errno);
  }

  private ModelNode node(String path) {
    ModelNode at = root;
    if (!path.isEmpty()) {
      for (String name : path.split("/", -1)) {
        at = child(at, name);
        if (at == null) {
          throw error(Errno.ENOENT);
        }
      }
    }
    return at;
  }

  private static ModelNode child(ModelNode directory, String name) {
    if (!directory.isDirectory()) {
      throw error(Errno.ENOTDIR);
    }
    if (name.length() > Names.NAME_MAX) {
      throw error(Errno.ENAMETOOLONG);
    }
    return directory.children.get(name);
  }

  private ModelNode parent(String path) {
    int slash = path.lastIndexOf('/');
    ModelNode parent = slash < 0 ? root : node(path.substring(0, slash));
    if (!parent.isDirectory()) {
      throw error(Errno.ENOTDIR);
    }
    return parent;
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private ModelNode make(String path, int type, int mode) {
    ModelNode parent = parent(path);
    if (child(parent, last(path)) != null) {
      throw error(Errno.EEXIST);
    }
    ModelNode node = newNode(parent, type, mode);
    parent.children.put(last(path), node);
    parent.touched();
    return node;
  }

  private ModelNode newNode(ModelNode parent, int type, int mode) {
    ModelNode node = new ModelNode(type, nextSerial++);
    node.permissions = mode & Mode.PERMISSIONS;
    node.uid = uid;
    node.gid = gid;
    if ((parent.permissions & Mode.S_ISGID) != 0) {
      node.gid = parent.gid;
      if (type == Mode.S_IFDIR) {
        node.permissions |= Mode.S_ISGID;
      }
    }
    return node;
  }

  @Override
  public void mkdir(String path, int mode) {
    // The kernel masks what mkdir(2) may give: vfs_mkdir, mode &= S_IRWXUGO | S_ISVTX.
    make(path, Mode.S_IFDIR, mode & 01777);
  }

  @Override
  public void mknod(String path, int mode, long rdev) {
    ModelNode parent = parent(path);
    if (child(parent, last(path)) == null && Mode.isCharDevice(mode) && rdev == 0) {
      throw error(Errno.EPERM);
    }
    make(path, Mode.type(mode), mode).rdev = rdev;
  }

  @Override
  public void symlink(String target, String path) {
    make(path, Mode.S_IFLNK, 0777).target = target;
  }

  @Override
  public void link(String from, String to) {
    linkNode(node(from), to);
  }

  private void linkNode(ModelNode node, String to) {
    ModelNode parent = parent(to);
    if (child(parent, last(to)) != null) {
      throw error(Errno.EEXIST);
    }
    if (node.isDirectory()) {
      throw error(Errno.EPERM);
    }
    parent.children.put(last(to), node);
    parent.touched();
    node.nlink++;
    node.linkable = false;
  }

  @Override
  public void unlink(String path) {
    ModelNode parent = parent(path);
    ModelNode node = child(parent, last(path));
    if (node == null) {
      throw error(Errno.ENOENT);
    }
    if (node.isDirectory()) {
      throw error(Errno.EISDIR);
    }
    remove(parent, last(path));
  }

  private static void remove(ModelNode parent, String name) {
    parent.children.remove(name).nlink--;
    parent.touched();
  }

  @Override
  public void rmdir(String path) {
    if (path.isEmpty()) {
      throw error(Errno.EBUSY);
    }
    ModelNode parent = parent(path);
    ModelNode node = child(parent, last(path));
    if (node == null) {
      throw error(Errno.ENOENT);
    }
    if (!node.isDirectory()) {
      throw error(Errno.ENOTDIR);
    }
    if (!node.children.isEmpty()) {
      throw error(Errno.ENOTEMPTY);
    }
    remove(parent, last(path));
  }

  /** The order of the checks is that of do_renameat2, vfs_rename and ovl_rename. */
  @Override
  public void rename(String from, String to, int flags) {
    ModelNode oldParent = parent(from);
    ModelNode newParent = parent(to);
    ModelNode source = child(oldParent, last(from));
    if (source == null) {
      throw error(Errno.ENOENT);
    }
    ModelNode target = child(newParent, last(to));
    boolean exchange = (flags & RenameFlags.EXCHANGE) != 0;
    if (target != null && (flags & RenameFlags.NOREPLACE) != 0) {
      throw error(Errno.EEXIST);
    }
    if (target == null && exchange) {
      throw error(Errno.ENOENT);
    }
    if (to.startsWith(from + "/")) {
      throw error(Errno.EINVAL);
    }
    if (from.startsWith(to + "/")) {
      throw error(exchange ? Errno.EINVAL : Errno.ENOTEMPTY);
    }
    if (source == target) {
      return;
    }
    if (target != null && !exchange && source.isDirectory() != target.isDirectory()) {
      throw error(source.isDirectory() ? Errno.ENOTDIR : Errno.EISDIR);
    }
    checkMoves(source);
    if (exchange) {
      checkMoves(target);
      oldParent.children.put(last(from), target);
    } else {
      if (target != null && target.isDirectory() && !target.children.isEmpty()) {
        throw error(Errno.ENOTEMPTY);
      }
      if (target != null) {
        remove(newParent, last(to));
      }
      oldParent.children.remove(last(from));
    }
    newParent.children.put(last(to), source);
    oldParent.touched();
    newParent.touched();
  }

  private void checkMoves(ModelNode node) {
    if (!directoriesMove && node.isDirectory() && node.hasLower) {
      throw error(Errno.EXDEV);
    }
  }

  @Override
  public int open(String path, int flags, int mode) {
    ModelNode parent = path.isEmpty() ? null : parent(path);
    ModelNode node = parent == null ? root : child(parent, last(path));
    if (node == null) {
      if ((flags & OpenFlags.O_CREAT) == 0) {
        throw error(Errno.ENOENT);
      }
      node = make(path, Mode.S_IFREG, mode);
    } else if ((flags & OpenFlags.O_CREAT) != 0 && (flags & OpenFlags.O_EXCL) != 0) {
      throw error(Errno.EEXIST);
    } else if (node.isDirectory()) {
      throw error(Errno.EISDIR);
    } else if (node.type == Mode.S_IFLNK) {
      throw error(Errno.ELOOP);
    } else if (!node.isRegular()) {
      throw error(Errno.ENXIO);
    } else if ((flags & OpenFlags.O_TRUNC) != 0) {
      resize(node, 0);
    }
    return remember(node);
  }

  private int remember(ModelNode node) {
    opens.put(nextFd, node);
    return nextFd++;
  }

  @Override
  public int tmpfile(String directory, int mode) {
    ModelNode parent = node(directory);
    if (!parent.isDirectory()) {
      throw error(Errno.ENOTDIR);
    }
    ModelNode node = newNode(parent, Mode.S_IFREG, mode);
    node.nlink = 0;
    node.linkable = true;
    return remember(node);
  }

  @Override
  public void linkOpen(int fd, String path) {
    ModelNode node = opened(fd);
    if (child(parent(path), last(path)) == null && node.nlink == 0 && !node.linkable) {
      throw error(Errno.ENOENT);
    }
    linkNode(node, path);
  }

  private ModelNode opened(int fd) {
    ModelNode node = opens.get(fd);
    if (node == null) {
      throw error(Errno.EBADF);
    }
    return node;
  }

  @Override
  public byte[] read(int fd, long offset, int size) {
    byte[] data = opened(fd).data;
    int from = (int) Math.min(offset, data.length);
    return Arrays.copyOfRange(data, from, (int) Math.min((long) from + size, data.length));
  }

  @Override
  public void write(int fd, long offset, byte[] bytes) {
    ModelNode node = opened(fd);
    if (bytes.length == 0) {
      return;
    }
    int end = Math.toIntExact(offset + bytes.length);
    if (end > node.data.length) {
      node.data = Arrays.copyOf(node.data, end);
    }
    System.arraycopy(bytes, 0, node.data, (int) offset, bytes.length);
    node.touched();
  }

  private static void resize(ModelNode node, long size) {
    node.data = Arrays.copyOf(node.data, Math.toIntExact(size));
    node.touched();
  }

  @Override
  public void ftruncate(int fd, long size) {
    resize(opened(fd), size);
  }

  @Override
  public void fstat(int fd, Stat out) {
    opened(fd).stat(out);
  }

  @Override
  public void close(int fd) {
    opened(fd);
    opens.remove(fd);
  }

  @Override
  public void chmod(String path, int mode) {
    ModelNode node = node(path);
    if (node.type == Mode.S_IFLNK) {
      throw error(Errno.EOPNOTSUPP);
    }
    node.permissions = mode & Mode.PERMISSIONS;
  }

  /**
   * chown_common clears suid, and sgid of what a group may execute, for root too, even if no id
   * changes.
   */
  @Override
  public void chown(String path, int newUid, int newGid) {
    ModelNode node = node(path);
    if (newUid != -1) {
      node.uid = newUid;
    }
    if (newGid != -1) {
      node.gid = newGid;
    }
    if (!node.isDirectory()) {
      node.permissions &= ~Mode.S_ISUID;
      if ((node.permissions & Mode.S_IXGRP) != 0) {
        node.permissions &= ~Mode.S_ISGID;
      }
    }
  }

  @Override
  public void truncate(String path, long size) {
    ModelNode node = node(path);
    if (!node.isRegular()) {
      throw error(node.isDirectory() ? Errno.EISDIR : Errno.EINVAL);
    }
    resize(node, size);
  }

  @Override
  public void utimens(String path, long mtimeSec, int mtimeNsec) {
    ModelNode node = node(path);
    node.mtimeSec = mtimeSec;
    node.mtimeNsec = mtimeNsec;
  }

  @Override
  public void setxattr(String path, String name, byte[] value, int flags) {
    ModelNode node = node(path);
    if (name.startsWith("user.") && !node.isRegular() && !node.isDirectory()) {
      throw error(Errno.EPERM);
    }
    boolean there = node.xattrs.containsKey(name);
    if (there && (flags & Syscalls.XATTR_CREATE) != 0) {
      throw error(Errno.EEXIST);
    }
    if (!there && (flags & Syscalls.XATTR_REPLACE) != 0) {
      throw error(Errno.ENODATA);
    }
    node.xattrs.put(name, value.clone());
  }

  @Override
  public byte[] getxattr(String path, String name) {
    byte[] value = node(path).xattrs.get(name);
    if (value == null) {
      throw error(Errno.ENODATA);
    }
    return value;
  }

  @Override
  public List<String> listxattr(String path) {
    return new ArrayList<>(node(path).xattrs.keySet());
  }

  @Override
  public void removexattr(String path, String name) {
    ModelNode node = node(path);
    if (name.startsWith("user.") && !node.isRegular() && !node.isDirectory()) {
      throw error(Errno.EPERM);
    }
    if (node.xattrs.remove(name) == null) {
      throw error(Errno.ENODATA);
    }
  }

  @Override
  public void lstat(String path, Stat out) {
    node(path).stat(out);
  }

  @Override
  public String readlink(String path) {
    ModelNode node = node(path);
    if (node.target == null) {
      throw error(Errno.EINVAL);
    }
    return node.target;
  }

  @Override
  public List<DirEntry> list(String path) {
    ModelNode node = node(path);
    if (!node.isDirectory()) {
      throw error(Errno.ENOTDIR);
    }
    List<DirEntry> entries = new ArrayList<>();
    node.children.forEach(
        (name, child) ->
            entries.add(new DirEntry(name, child.serial, Mode.toDirentType(child.type))));
    return entries;
  }
}
