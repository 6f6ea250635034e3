package org.stratafs.union;

import org.stratafs.fs.Caller;
import org.stratafs.fs.Entry;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Stat;

/** One more name for a file (linux fs/overlayfs/dir.c, ovl_link). */
final class Linking {
  private final Core core;
  private final Lookup lookup;
  private final Attributes attributes;
  private final FreeNames freeNames;
  private final CopyUp copyUp;
  private final Origins origins;
  private final HardLinks hardLinks;
  private final Redirects redirects;

  Linking(
      Core core,
      Lookup lookup,
      Attributes attributes,
      FreeNames freeNames,
      CopyUp copyUp,
      Origins origins,
      HardLinks hardLinks,
      Redirects redirects) {
    this.core = core;
    this.lookup = lookup;
    this.attributes = attributes;
    this.freeNames = freeNames;
    this.copyUp = copyUp;
    this.origins = origins;
    this.hardLinks = hardLinks;
    this.redirects = redirects;
  }

  /** LINK. */
  void link(Caller caller, long nodeid, long newParentId, String newName, Entry out) {
    core.requireWritable();
    Core.checkName(newName);
    DirectoryNode parent = core.nodes.directory(newParentId);
    copyUp.ensureUpper(caller, parent, CopyUp.Data.ALL);
    Node source = core.nodes.get(nodeid);
    if (!source.isDirectory()) {
      copyUp.ensureUpper(caller, source, CopyUp.Data.METADATA);
    }
    if (!tryLink(source, parent, newName, out)) {
      copyUp.ensureUpper(caller, source, CopyUp.Data.ALL);
      tryLink(source, parent, newName, out);
    }
  }

  /** Links; false if the file needs its data in upper before. */
  private boolean tryLink(Node source, DirectoryNode parent, String newName, Entry out) {
    // Exclusive, since the source's directory and the target's would have to be locked both.
    core.locks.allNames.lock();
    try {
      Found found = freeNames.vacancyDirLocked(parent, newName);
      if (!(source instanceof FileNode node)) {
        throw new FsException(Errno.EPERM);
      }
      if (!redirects.setOnMetacopy(node, node.link(), /* staysInParent= */ false)) {
        return false;
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
      return true;
    } finally {
      core.locks.allNames.unlock();
    }
  }

  private void beforeLinkAllNamesLocked(
      FileNode node, DirectoryNode parent, UpperDir directory, Stat attr) {
    if (node.ino != core.inodeNumbers.compose(0, attr.ino) || node.lowerData() != null) {
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
            if (!links.stat(key, attr)) {
              throw new FsException(Errno.ESTALE);
            }
            beforeLinkAllNamesLocked(node, parent, directory, attr);
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
        freeNames.publish(target, name, directory, newName, false, found);
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
}
