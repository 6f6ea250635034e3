package org.stratafs.union;

import org.stratafs.fs.Caller;
import org.stratafs.fs.Entry;
import org.stratafs.fs.OpenResult;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Mode;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;

/** Files without a name, open from the start (O_TMPFILE; linux fs/overlayfs/dir.c, ovl_tmpfile). */
final class Tmpfiles {
  private final Core core;
  private final Lookup lookup;
  private final Attributes attributes;
  private final CopyUp copyUp;
  private final FileIo fileIo;

  Tmpfiles(Core core, Lookup lookup, Attributes attributes, CopyUp copyUp, FileIo fileIo) {
    this.core = core;
    this.lookup = lookup;
    this.attributes = attributes;
    this.copyUp = copyUp;
    this.fileIo = fileIo;
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
          boolean masked = Inheritance.defaultAclDirLocked(parent, directory) == null;
          int permissions = mode & Mode.PERMISSIONS & ~(masked ? umask : 0);
          boolean apart = core.stack.upper().overridesModes();
          fd = directory.tmpfile(access | (flags & OpenFlags.O_EXCL), apart ? 0600 : permissions);
          pinned = core.stack.upper().pin(fd);
          if (apart) {
            Inheritance.dress(
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
      fileIo.publish(caller, FileHandle.onUpper(core.sys, node, access, fd), opened);
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
    file.giveTo("", caller.uid(), groupInherited ? -1 : caller.gid());
    if ((attr.mode & (Mode.S_ISUID | Mode.S_ISGID)) != 0) {
      file.chmod("", attr.mode & Mode.PERMISSIONS); // chown(2) cleared them
    }
    file.statSelf(attr);
  }
}
