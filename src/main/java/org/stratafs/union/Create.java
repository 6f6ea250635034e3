package org.stratafs.union;

import org.stratafs.fs.Caller;
import org.stratafs.fs.Entry;
import org.stratafs.fs.OpenResult;
import org.stratafs.layer.Marks;
import org.stratafs.layer.PosixAcl;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.RenameFlags;
import org.stratafs.posix.Stat;

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
  private final Search search;
  private final Attributes attributes;
  private final CopyUp copyUp;
  private final FileIo fileIo;
  private final Origins origins;
  private final HardLinks hardLinks;
  private final int daemonUid;
  private final int daemonGid;

  Create(
      Core core,
      Lookup lookup,
      Search search,
      Attributes attributes,
      CopyUp copyUp,
      FileIo fileIo,
      Origins origins,
      HardLinks hardLinks) {
    this.hardLinks = hardLinks;
    this.core = core;
    this.origins = origins;
    this.lookup = lookup;
    this.search = search;
    this.attributes = attributes;
    this.copyUp = copyUp;
    this.fileIo = fileIo;
    this.daemonUid = core.sys.geteuid();
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
    publishHandle(out.nodeid, access, fd, opened);
  }

  private void publishHandle(long nodeid, int access, int fd, OpenResult opened) {
    FileNode node = (FileNode) core.nodes.get(nodeid);
    fileIo.publish(FileHandle.onUpper(core.sys, node, access, fd), opened);
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
    Found found = vacancyDirLocked(parent, name);
    try (UpperDir directory = core.directories.upper(parent)) {
      byte[] defaultAcl =
          what.type() == Mode.S_IFLNK ? null : defaultAclDirLocked(parent, directory);
      boolean direct =
          found.state == UpperEntry.NONE
              && !found.nameMark
              && !Core.needsLiteralMark(name)
              && core.stack.upper().makesAs(caller.uid(), caller.gid(), daemonUid, daemonGid);
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
            ? new DirectoryNode(id, ino, true, Marks.Opacity.NONE, new LowerPath[0])
            : new FileNode(id, Mode.type(out.attr.mode), ino);
    core.nodes.link(node, new Link(parent, name));
    attributes.present(node, out.attr);
    lookup.reply(node, out);
  }

  /**
   * What stands at a name that is free; ENOENT in a removed directory, EEXIST if the name is taken.
   */
  private Found vacancyDirLocked(DirectoryNode parent, String name) {
    if (parent.removed) {
      throw new FsException(Errno.ENOENT);
    }
    if (core.nodes.child(parent, name) != null) {
      throw new FsException(Errno.EEXIST);
    }
    Found found = search.find(parent, name);
    found.closeOpened();
    if (found.isVisible()) {
      throw new FsException(Errno.EEXIST);
    }
    return found;
  }

  private byte[] defaultAclDirLocked(DirectoryNode parent, UpperDir directory) {
    if (parent.defaultAcl == null) {
      parent.defaultAcl = new DirectoryNode.DefaultAcl(directory.inheritableAcl());
    }
    return parent.defaultAcl.value();
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
      dress(caller, work, staged, directory, what, defaultAcl);
      if (Core.needsLiteralMark(name)) {
        core.stack.marks().markLiteral(work, staged);
      }
      boolean hidesLower = found.state == UpperEntry.WHITEOUT || found.nameMark;
      if (what.isDirectory() && hidesLower) {
        core.stack.marks().markOpaque(work, staged);
      }
      publish(work, staged, directory, name, what.isDirectory(), found);
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

  /**
   * Owner, mode and ACLs as open(2), mkdir(2) and acl(5) say; owner first, since chown(2) clears
   * suid and sgid.
   */
  private static void dress(
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
      work.chown(staged, caller.uid(), caller.gid());
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

  /** Puts a staged object under a free name, over a whiteout if one stands there. */
  private void publish(
      UpperDir work,
      String staged,
      UpperDir directory,
      String name,
      boolean isDirectory,
      Found found) {
    if (found.state != UpperEntry.WHITEOUT) {
      work.rename(staged, directory, name, RenameFlags.NOREPLACE);
    } else if (isDirectory) {
      // A directory cannot replace a file: the two change places, and the whiteout is removed from
      // workdir.
      work.rename(staged, directory, name, RenameFlags.EXCHANGE);
      core.stack.work().discard(staged);
    } else {
      work.rename(staged, directory, name, 0);
    }
    if (found.nameMark) {
      core.stack.marks().removeNameMark(directory, name);
    }
  }

  /** LINK. */
  void link(Caller caller, long nodeid, long newParentId, String newName, Entry out) {
    core.requireWritable();
    Core.checkName(newName);
    DirectoryNode parent = core.nodes.directory(newParentId);
    copyUp.ensureUpper(caller, parent, CopyUp.Data.ALL);
    Node source = core.nodes.get(nodeid);
    if (!source.isDirectory()) {
      copyUp.ensureUpper(caller, source, CopyUp.Data.ALL);
    }
    // Exclusive, since the source's directory and the target's would have to be locked both.
    core.locks.allNames.lock();
    try {
      Found found = vacancyDirLocked(parent, newName);
      if (!(source instanceof FileNode node)) {
        throw new FsException(Errno.EPERM);
      }
      try (UpperDir directory = core.directories.upper(parent)) {
        linkAllNamesLocked(node, parent, directory, newName, found, out.attr);
        parent.changes++;
        core.nodes.shareInode(node, out.attr.ino);
        if (node.isIndexed()) {
          hardLinks.count(node, 1);
        }
        core.nodes.link(node, new Link(parent, newName));
        if (!directory.stat(newName, out.attr)) {
          throw new FsException(Errno.ESTALE);
        }
      }
      attributes.present(node, out.attr);
      lookup.reply(node, out);
    } finally {
      core.locks.allNames.unlock();
    }
  }

  private void beforeLinkAllNamesLocked(
      FileNode node, DirectoryNode parent, UpperDir directory, Stat attr) {
    if (node.ino != core.inodeNumbers.compose(0, attr.ino)) {
      origins.markImpureDirLocked(parent, directory);
    }
  }

  /** Links; {@code attr} gets the attributes before. */
  private void linkAllNamesLocked(
      FileNode node,
      DirectoryNode parent,
      UpperDir directory,
      String newName,
      Found found,
      Stat attr) {
    boolean stage = found.state == UpperEntry.WHITEOUT;
    UpperDir target = stage ? core.stack.work().dir() : directory;
    String name = stage ? core.stack.work().newName() : newName;
    Link source = node.link();
    if (source == null) {
      UpperDir pinned = node.pinned();
      if (pinned == null) {
        throw new FsException(Errno.ENOENT);
      }
      pinned.statSelf(attr);
      beforeLinkAllNamesLocked(node, parent, directory, attr);
      if (Core.needsLiteralMark(newName)) {
        core.stack.marks().markLiteral(pinned, "");
      }
      target.linkFdHere(pinned.fd(), name); // an O_TMPFILE file; ENOENT for one that had a name
    } else if (node.isIndexed()) {
      hardLinks.on(
          node,
          (links, key) -> {
            if (Core.needsLiteralMark(newName)) {
              core.stack.marks().markLiteral(links, key);
            }
            links.linkTo(key, target, name);
            return null;
          });
    } else {
      try (UpperDir from = core.directories.upper(source.parent())) {
        if (!from.stat(source.name(), attr)) {
          throw new FsException(Errno.ESTALE);
        }
        beforeLinkAllNamesLocked(node, parent, directory, attr);
        if (Core.needsLiteralMark(newName)) {
          core.stack.marks().markLiteral(from, source.name());
        }
        from.linkTo(source.name(), target, name);
      }
    }
    if (stage) {
      boolean done = false;
      try {
        publish(target, name, directory, newName, false, found);
        done = true;
      } finally {
        if (!done) {
          core.stack.work().discard(name);
        }
      }
    } else if (found.nameMark) {
      core.stack.marks().removeNameMark(directory, newName);
    }
  }

  /** TMPFILE. */
  void tmpfile(
      Caller caller, long parentId, int flags, int mode, int umask, Entry out, OpenResult opened) {
    core.requireWritable();
    DirectoryNode parent = core.nodes.directory(parentId);
    copyUp.ensureUpper(caller, parent, CopyUp.Data.ALL);
    int access = fileIo.access(flags);
    int fd = -1;
    UpperDir pinned = null;
    boolean done = false;
    try {
      core.locks.names.lock();
      try {
        parent.dirLock.lock();
        try (UpperDir directory = core.directories.upper(parent)) {
          boolean masked = defaultAclDirLocked(parent, directory) == null;
          int permissions = mode & Mode.PERMISSIONS & ~(masked ? umask : 0);
          boolean apart = core.stack.upper().overridesModes();
          fd = directory.tmpfile(access | (flags & OpenFlags.O_EXCL), apart ? 0600 : permissions);
          pinned = core.stack.upper().pin(fd);
          if (apart) {
            dress(
                caller, pinned, "", directory, NewObject.openedFile(permissions, 0, access), null);
            pinned.statSelf(out.attr);
          } else {
            giveToCaller(caller, pinned, directory, out.attr);
          }
        } finally {
          parent.dirLock.unlock();
        }
      } finally {
        core.locks.names.unlock();
      }
      long ino = core.inodeNumbers.compose(0, out.attr.ino);
      FileNode node = new FileNode(core.nodes.newId(), Mode.S_IFREG, ino);
      node.pin(pinned);
      attributes.present(node, out.attr);
      lookup.reply(node, out);
      fileIo.publish(FileHandle.onUpper(core.sys, node, access, fd), opened);
      done = true;
    } finally {
      if (!done) {
        if (pinned != null) {
          pinned.close();
        }
        if (fd >= 0) {
          core.sys.close(fd);
        }
      }
    }
  }

  /** The owner of an unnamed file; the group stays where the parent's sgid chose it. */
  private static void giveToCaller(Caller caller, UpperDir file, UpperDir directory, Stat attr) {
    directory.statSelf(attr);
    boolean groupInherited = (attr.mode & Mode.S_ISGID) != 0;
    file.statSelf(attr);
    if (attr.uid == caller.uid() && (groupInherited || attr.gid == caller.gid())) {
      return;
    }
    file.chown("", caller.uid(), groupInherited ? -1 : caller.gid());
    if ((attr.mode & (Mode.S_ISUID | Mode.S_ISGID)) != 0) {
      file.chmod("", attr.mode & Mode.PERMISSIONS); // chown(2) cleared them
    }
    file.statSelf(attr);
  }
}
