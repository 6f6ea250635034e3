package org.stratafs.union;

import org.stratafs.fs.Caller;
import org.stratafs.fs.Entry;
import org.stratafs.fs.OpenResult;
import org.stratafs.layer.Marks;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.OpenFlags;

/**
 * Making new names (linux fs/overlayfs/dir.c, ovl_create_object).
 *
 * <p>What the file system below makes right in one call (owner, mode, nothing to replace) is made
 * in place; everything else is staged in workdir and published by one rename, so that a name in
 * upper is always complete (I4).
 */
final class Create {
  private final Core core;
  private final Lookup lookup;
  private final Attributes attributes;
  private final FreeNames freeNames;
  private final CopyUp copyUp;
  private final FileIo fileIo;
  private final int daemonGid;

  Create(
      Core core,
      Lookup lookup,
      Attributes attributes,
      FreeNames freeNames,
      CopyUp copyUp,
      FileIo fileIo) {
    this.core = core;
    this.lookup = lookup;
    this.attributes = attributes;
    this.freeNames = freeNames;
    this.copyUp = copyUp;
    this.fileIo = fileIo;
    this.daemonGid = core.sys.getegid();
  }

  /** MKDIR, MKNOD, SYMLINK. */
  void create(Caller caller, long parentId, String name, NewObject what, Entry out) {
    // A whiteout made by a program would hide lower files (linux fs/overlayfs/dir.c, ovl_mknod).
    if (what.type() == Mode.S_IFCHR && what.rdev() == 0) {
      throw new FsException(Errno.EPERM);
    }
    makeNamed(caller, parentId, name, what, out);
  }

  /** CREATE. */
  void createAndOpen(
      Caller caller,
      long parentId,
      String name,
      int flags,
      int mode,
      int umask,
      Entry out,
      OpenResult opened) {
    int access = fileIo.access(flags);
    NewObject what = NewObject.openedFile(mode, umask, access);
    int fd;
    try {
      fd = makeNamed(caller, parentId, name, what, out);
    } catch (FsException e) {
      if (e.errno() != Errno.EEXIST || (flags & OpenFlags.O_EXCL) != 0) {
        throw e;
      }
      openExisting(caller, parentId, name, flags, out, opened);
      return;
    }
    publishHandle(caller, out, access, fd, opened);
  }

  private void publishHandle(Caller caller, Entry out, int access, int fd, OpenResult opened) {
    FileNode node = (FileNode) core.nodes.get(out.nodeid);
    fileIo.publish(caller, FileHandle.onUpper(core.sys, node, access, fd), out.attr, opened);
  }

  private void openExisting(
      Caller caller, long parentId, String name, int flags, Entry out, OpenResult opened) {
    lookup.lookup(caller, parentId, name, out);
    if (out.nodeid == 0) {
      throw new FsException(Errno.ENOENT);
    }
    boolean done = false;
    try {
      fileIo.open(caller, out.nodeid, flags, false, opened);
      done = true;
    } finally {
      if (!done) {
        core.nodes.forget(out.nodeid, 1);
      }
    }
  }

  private int makeNamed(Caller caller, long parentId, String name, NewObject what, Entry out) {
    core.requireWritable();
    Core.checkName(name);
    DirectoryNode parent = core.nodes.directory(parentId);
    copyUp.ensureUpper(caller, parent, CopyUp.Data.ALL);
    core.locks.names.lock();
    try {
      parent.dirLock.lock();
      try {
        return makeDirLocked(caller, parent, name, what, out);
      } finally {
        parent.dirLock.unlock();
      }
    } finally {
      core.locks.names.unlock();
    }
  }

  private int makeDirLocked(
      Caller caller, DirectoryNode parent, String name, NewObject what, Entry out) {
    Found found = freeNames.vacancyDirLocked(parent, name);
    try (UpperDir directory = core.directories.upper(parent)) {
      byte[] defaultAcl =
          what.type() == Mode.S_IFLNK ? null : Inheritance.defaultAclDirLocked(parent, directory);
      boolean direct =
          found.state == UpperEntry.NONE
              && !found.nameMark
              && !Core.needsLiteralMark(name)
              && core.stack.upper().makesAs(caller.uid(), caller.gid(), core.daemonUid, daemonGid);
      int fd = -1;
      boolean done = false;
      try {
        if (direct) {
          // The file system below applies the default ACL and the parent's sgid; only the umask is
          // ours.
          int umask = defaultAcl == null ? what.umask() : 0;
          fd = what.make(directory, name, what.mode() & Mode.PERMISSIONS & ~umask);
        } else {
          fd = makeStaged(caller, directory, name, what, defaultAcl, found);
        }
        parent.changes++;
        addNode(parent, directory, name, out);
        done = true;
        return fd;
      } finally {
        if (!done && fd >= 0) {
          core.sys.close(fd);
        }
      }
    }
  }

  private void addNode(DirectoryNode parent, UpperDir directory, String name, Entry out) {
    if (!directory.stat(name, out.attr)) {
      throw new FsException(Errno.ESTALE); // removed behind the mount at once
    }
    long ino = core.inodeNumbers.compose(0, out.attr.ino);
    long id = core.nodes.newId();
    Node node =
        out.attr.isDirectory()
            ? new DirectoryNode(core.locks, id, ino, true, Marks.Opacity.NONE, new LowerPath[0])
            : new FileNode(id, Mode.type(out.attr.mode), ino);
    if (core.options.looksAgain() && node instanceof FileNode file) {
      core.nodes.isUpperInode(file, out.attr.ino);
    }
    core.nodes.link(node, new Link(parent, name));
    attributes.present(node, out.attr);
    lookup.reply(node, out);
  }

  private int makeStaged(
      Caller caller,
      UpperDir directory,
      String name,
      NewObject what,
      byte[] defaultAcl,
      Found found) {
    UpperDir work = core.stack.work().dir();
    String staged = core.stack.work().newName();
    int fd = -1;
    boolean done = false;
    try {
      fd = what.make(work, staged, what.isDirectory() ? 0700 : 0600);
      Inheritance.dress(caller, work, staged, directory, what, defaultAcl);
      if (Core.needsLiteralMark(name)) {
        core.stack.marks().markLiteral(work, staged);
      }
      boolean hidesLower = found.state == UpperEntry.WHITEOUT || found.nameMark;
      if (what.isDirectory() && hidesLower) {
        core.stack.marks().markOpaque(work, staged);
      }
      freeNames.publish(work, staged, directory, name, what.isDirectory(), found);
      done = true;
      return fd;
    } finally {
      if (!done) {
        if (fd >= 0) {
          core.sys.close(fd);
        }
        core.stack.work().discard(staged);
      }
    }
  }
}
