package org.stratafs.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.stratafs.layer.IdentitySpec;
import org.stratafs.layer.LayerStack;
import org.stratafs.layer.OverrideForm;
import org.stratafs.layer.StackSpec;
import org.stratafs.layer.UpperDir;
import org.stratafs.layer.UpperMarks;
import org.stratafs.layer.XattrNamespace;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/**
 * The tree of a layer while it is made, as the upper of a stack of its own: what is written is in
 * the form that a mount reads, and every name is opened in its directory, over no symbolic link.
 *
 * <p>Owners, modes and devices are kept in xattrs where we are not root (xattr_permissions=2). For
 * one thread.
 */
final class StagedTree implements AutoCloseable {
  static final String TREE = "fs";
  private static final String WORK = "work";
  private static final String EMPTY = "empty";

  private static final int DIRECTORY_MODE = 0700;

  private final Syscalls sys;
  private final Path directory;
  private final LayerStack stack;
  private final boolean root;
  private final int euid;
  private final int egid;

  /** The directories from the root to the one opened last, and their names. */
  private final List<UpperDir> open = new ArrayList<>();

  private final List<String> names = new ArrayList<>();

  /**
   * Makes an empty one.
   *
   * @param directory an empty directory of the store's
   */
  StagedTree(Syscalls sys, Path directory, Log log) throws IOException {
    this.sys = sys;
    this.directory = directory;
    this.root = Privileges.isRoot(sys);
    this.euid = sys.geteuid();
    this.egid = sys.getegid();
    for (String name : List.of(TREE, WORK, EMPTY)) {
      Files.createDirectory(directory.resolve(name));
    }
    Files.setPosixFilePermissions(
        directory.resolve(TREE), PosixFilePermissions.fromString("rwxr-xr-x"));
    StackSpec spec =
        new StackSpec(
            List.of(PathBytes.of(directory.resolve(EMPTY))),
            PathBytes.of(directory.resolve(TREE)),
            PathBytes.of(directory.resolve(WORK)),
            XattrNamespace.AUTO);
    if (!root) {
      spec =
          spec.with(
              new IdentitySpec(
                  null,
                  null,
                  IdentitySpec.NO_ID,
                  IdentitySpec.NO_ID,
                  OverrideForm.CONTAINERS,
                  false));
    }
    stack = LayerStack.open(sys, spec, log);
    open.add(stack.upper().openDirectory(""));
  }

  UpperMarks marks() {
    return stack.marks();
  }

  /** Whether owners, modes and devices are the inodes' own. */
  boolean isRoot() {
    return root;
  }

  /** Whether what we make belongs to these without more. */
  boolean makesAs(int uid, int gid) {
    return stack.upper().makesAs(uid, gid, euid, egid);
  }

  UpperDir rootDirectory() {
    return open.get(0);
  }

  /**
   * Opens a directory; it stays open until another is opened.
   *
   * @param path in normal form; "" is the root
   * @param missing makes what is not there, in the directory given
   * @throws FsException ENOTDIR for a path over what is no directory
   */
  UpperDir directory(String path, MissingDirectory missing) throws IOException {
    int start = 0;
    int depth = 1;
    while (start < path.length()) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      String name = path.substring(start, end);
      if (depth < open.size() && !names.get(depth - 1).equals(name)) {
        closeFrom(depth);
      }
      if (depth == open.size()) {
        open.add(child(open.get(depth - 1), name, path.substring(0, end), missing));
        names.add(name);
      }
      depth++;
      start = end + 1;
    }
    closeFrom(depth);
    return open.get(depth - 1);
  }

  /** Makes a directory that is on the way. */
  @FunctionalInterface
  interface MissingDirectory {
    /** Makes {@code name} in {@code parent}; its whole path is {@code path}. */
    void make(UpperDir parent, String name, String path) throws IOException;
  }

  private static UpperDir child(UpperDir parent, String name, String path, MissingDirectory missing)
      throws IOException {
    try {
      return parent.child(name);
    } catch (FsException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR) {
        throw e;
      }
    }
    missing.make(parent, name, path);
    return parent.child(name);
  }

  private void closeFrom(int depth) {
    while (open.size() > depth) {
      open.remove(open.size() - 1).close();
      if (!names.isEmpty()) {
        names.remove(names.size() - 1);
      }
    }
  }

  void mkdir(UpperDir parent, String name) {
    parent.mkdir(name, DIRECTORY_MODE);
  }

  /** Removes a name of any type, a directory with all that is in it; whether it was there. */
  boolean remove(UpperDir parent, String name) {
    Stat stat = new Stat();
    if (!parent.stat(name, stat)) {
      return false;
    }
    if (!stat.isDirectory()) {
      parent.unlink(name);
      return true;
    }
    forget(parent, name);
    String staged = stack.work().newName();
    parent.rename(name, stack.work().dir(), staged, 0);
    stack.work().discard(staged);
    return true;
  }

  /** Closes a directory that is about to go, if it is one of those open. */
  private void forget(UpperDir parent, String name) {
    int depth = open.indexOf(parent) + 1;
    if (depth > 0 && depth < open.size() && names.get(depth - 1).equals(name)) {
      closeFrom(depth);
    }
  }

  /** Writes all of it to the disk. */
  void sync() {
    int fd = rootDirectory().openFile(".", OpenFlags.O_DIRECTORY);
    try {
      sys.syncfs(fd);
    } finally {
      sys.close(fd);
    }
  }

  /** Ends the writing and removes all but the tree itself. */
  void finish() throws IOException {
    close();
    StoreFiles.removeTree(directory.resolve(WORK));
    StoreFiles.removeTree(directory.resolve(EMPTY));
  }

  @Override
  public void close() {
    if (!open.isEmpty()) {
      closeFrom(0);
      stack.close();
    }
  }

  /** For messages: what stands at a name. */
  static String typeOf(UpperDir parent, String name) {
    Stat stat = new Stat();
    if (!parent.stat(name, stat)) {
      return "nothing";
    }
    return stat.isSymlink()
        ? "a symbolic link"
        : stat.isDirectory() ? "a directory" : "no directory";
  }

  static String display(String path) {
    return "'" + Names.display(path) + "'";
  }
}
