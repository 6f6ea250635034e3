package org.stratafs.union;

import org.stratafs.fs.Notifications;
import org.stratafs.fs.Status;
import org.stratafs.layer.FileCopier;
import org.stratafs.layer.LayerStack;
import org.stratafs.layer.Marks;
import org.stratafs.layer.MetadataCopier;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;
import org.stratafs.posix.Names;
import org.stratafs.sys.Syscalls;

/** What the operations of one union share. */
final class Core {
  final Syscalls sys;
  final LayerStack stack;
  final UnionOptions options;
  final Log log;
  final Complaints complaints;
  final Locks locks;
  final DirectoryCache directories;
  final NodeTable nodes;
  final HandleTable handles = new HandleTable();
  final InodeNumbers inodeNumbers;

  /** Set before the first request; null: nobody answers. */
  volatile Status status;

  /** Set once, before the first request; until then, and without a kernel, nobody is told. */
  volatile Notifications notifications =
      new Notifications() { // no lambda: its bootstrap would cost time on the way to the mount
        @Override
        public void attributesChanged(long nodeid) {}
      };

  final FileCopier fileCopier;
  final MetadataCopier metadataCopier;

  /** Whose what we make is, without more. */
  final int daemonUid;

  Core(Syscalls sys, LayerStack stack, UnionOptions options, Log log, LockSource locks) {
    this.sys = sys;
    this.stack = stack;
    this.options = options;
    this.log = log;
    this.complaints = new Complaints(log);
    this.locks = new Locks(locks);
    this.directories = new DirectoryCache(stack, options.directoryDescriptors());
    this.nodes = new NodeTable(directories);
    this.inodeNumbers = new InodeNumbers(stack.fsidCount(), options.ino32());
    this.fileCopier = new FileCopier(sys);
    this.metadataCopier = new MetadataCopier();
    this.daemonUid = sys.geteuid();
  }

  /** The attributes that the kernel remembers of a node are stale. No lock may be held. */
  void attributesChanged(Node node) {
    if (node instanceof FileNode file && options.lowerPassthrough()) {
      for (long id : nodes.ids(file)) {
        notifications.attributesChanged(id);
      }
    } else {
      notifications.attributesChanged(node.nodeid);
    }
  }

  /**
   * A request changed attributes of a node: the kernel knows those of the nodeid that the request
   * names, not those of the nodeid that took its place. No lock may be held.
   */
  void attributesChangedBy(long nodeid, Node node) {
    if (node.nodeid != nodeid) {
      notifications.attributesChanged(node.nodeid);
    }
  }

  /** EROFS on a mount without upper. */
  void requireWritable() {
    if (stack.upper() == null) {
      throw new FsException(Errno.EROFS);
    }
  }

  /** ENAMETOOLONG beyond NAME_MAX. */
  static void checkName(String name) {
    if (name.length() > Names.NAME_MAX) {
      throw new FsException(Errno.ENAMETOOLONG);
    }
  }

  /**
   * A name that would be read as a mark, and so has to be marked literal before it appears in
   * upper.
   */
  static boolean needsLiteralMark(String name) {
    return Marks.isMarkName(name);
  }
}
