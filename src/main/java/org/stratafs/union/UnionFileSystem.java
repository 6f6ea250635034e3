package org.stratafs.union;

import java.util.List;
import org.stratafs.fs.Caller;
import org.stratafs.fs.DirSink;
import org.stratafs.fs.Entry;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.Notifications;
import org.stratafs.fs.OpenResult;
import org.stratafs.fs.SetAttr;
import org.stratafs.fs.Status;
import org.stratafs.layer.LayerStack;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.posix.StatFs;
import org.stratafs.sys.Syscalls;

/** The merged view of a layer stack. Each operation hands on to the class that knows it. */
public final class UnionFileSystem implements FileSystem {
  private final Core core;
  private final Attributes attributes;
  private final Lookup lookup;
  private final CopyUp copyUp;
  private final FileIo fileIo;
  private final Create create;
  private final Linking linking;
  private final Tmpfiles tmpfiles;
  private final Directories directories;
  private final Remove remove;
  private final Rename rename;
  private final Xattrs xattrs;

  /**
   * A union over opened layers. The layers stay the caller's, who closes them after {@link
   * #destroy}.
   *
   * @throws FsException if the layers' roots cannot be read
   */
  public UnionFileSystem(Syscalls sys, LayerStack stack, UnionOptions options, Log log) {
    this(sys, stack, options, log, new Locks.Jdk());
  }

  /** The same with locks of the caller's choice. */
  public UnionFileSystem(
      Syscalls sys, LayerStack stack, UnionOptions options, Log log, LockSource locks) {
    core = new Core(sys, stack, options, log, locks);
    HardLinks hardLinks = new HardLinks(core);
    Places places = new Places(core, hardLinks);
    Origins origins = new Origins(core);
    Recheck recheck = new Recheck(core, hardLinks);
    attributes = new Attributes(core, places, recheck);
    KnownNames knownNames = new KnownNames(core);
    Search search = new Search(core, origins, knownNames);
    lookup = new Lookup(core, search, attributes, origins, hardLinks, recheck);
    copyUp = new CopyUp(core, places, origins, hardLinks);
    fileIo = new FileIo(core, places, attributes, copyUp);
    FreeNames freeNames = new FreeNames(core, search);
    create = new Create(core, lookup, attributes, freeNames, copyUp, fileIo);
    Redirects redirects = new Redirects(core, places);
    linking =
        new Linking(core, lookup, attributes, freeNames, copyUp, origins, hardLinks, redirects);
    tmpfiles = new Tmpfiles(core, lookup, attributes, copyUp, fileIo);
    directories = new Directories(core, lookup, search, origins, knownNames);
    remove = new Remove(core, lookup, search, directories, copyUp, hardLinks);
    rename = new Rename(core, lookup, search, directories, remove, copyUp, origins, redirects);
    xattrs = new Xattrs(core, places, copyUp, new LayerXattrs(core, places, origins));
    lookup.openRoot();
  }

  /** How many files had their data copied up. */
  public long copiedUpFiles() {
    return core.fileCopier.copies();
  }

  /** How many bytes that were. */
  public long copiedUpBytes() {
    return core.fileCopier.copiedBytes();
  }

  /** Who answers to {@link org.stratafs.fs.StatusXattr}; before the first request. */
  public void answerStatus(Status status) {
    core.status = status;
  }

  /** How many nodes are known. */
  public int nodeCount() {
    return core.nodes.size();
  }

  /** How many handles are open. */
  public int handleCount() {
    return core.handles.size();
  }

  @Override
  public void start(Notifications notifications) {
    core.notifications = notifications;
  }

  @Override
  public void lookup(Caller caller, long parent, String name, Entry out) {
    lookup.lookup(caller, parent, name, out);
  }

  @Override
  public void forget(long nodeid, long lookups) {
    core.nodes.forget(nodeid, lookups);
    if (core.nodes.hasShrunk()) {
      System.gc(); // what the kernel has forgotten goes back to the machine
    }
  }

  @Override
  public void getattr(Caller caller, long nodeid, long handle, Stat out) {
    attributes.stat(core.nodes.get(nodeid), out);
  }

  @Override
  public void setattr(Caller caller, long nodeid, SetAttr change, Stat out) {
    core.requireWritable();
    Node node = core.nodes.get(nodeid);
    CopyUp.Data data = CopyUp.Data.METADATA;
    if (change.setSize) {
      data = change.size == 0 ? CopyUp.Data.NONE : CopyUp.Data.ALL;
    }
    copyUp.ensureUpper(caller, node, data);
    RankedLock metacopy = copyUp.lockMetacopy(node);
    try {
      attributes.change(node, change, core.handles.fileOrNull(change.handle), out);
    } finally {
      if (metacopy != null) {
        metacopy.unlock();
      }
    }
    core.attributesChangedBy(nodeid, node);
  }

  @Override
  public boolean isReplaced(long nodeid) {
    return core.options.lowerPassthrough() && core.nodes.isFormer(nodeid);
  }

  @Override
  public String readlink(Caller caller, long nodeid) {
    return fileIo.readlink(core.nodes.get(nodeid));
  }

  @Override
  public void mknod(
      Caller caller, long parent, String name, int mode, int umask, long rdev, Entry out) {
    create.create(caller, parent, name, NewObject.node(mode, umask, rdev), out);
  }

  @Override
  public void mkdir(Caller caller, long parent, String name, int mode, int umask, Entry out) {
    create.create(caller, parent, name, NewObject.directory(mode, umask), out);
  }

  @Override
  public void symlink(Caller caller, long parent, String name, String target, Entry out) {
    create.create(caller, parent, name, NewObject.symlink(target), out);
  }

  @Override
  public void link(Caller caller, long nodeid, long newParent, String newName, Entry out) {
    linking.link(caller, nodeid, newParent, newName, out);
  }

  @Override
  public void unlink(Caller caller, long parent, String name) {
    remove.unlink(caller, parent, name);
  }

  @Override
  public void rmdir(Caller caller, long parent, String name) {
    remove.rmdir(caller, parent, name);
  }

  @Override
  public void rename(
      Caller caller, long parent, String name, long newParent, String newName, int flags) {
    rename.rename(caller, parent, name, newParent, newName, flags);
  }

  @Override
  public void open(Caller caller, long nodeid, int flags, boolean killSuidGid, OpenResult out) {
    fileIo.open(caller, nodeid, flags, killSuidGid, out);
  }

  @Override
  public void create(
      Caller caller,
      long parent,
      String name,
      int flags,
      int mode,
      int umask,
      Entry out,
      OpenResult opened) {
    create.createAndOpen(caller, parent, name, flags, mode, umask, out, opened);
  }

  @Override
  public void tmpfile(
      Caller caller, long parent, int flags, int mode, int umask, Entry out, OpenResult opened) {
    tmpfiles.tmpfile(caller, parent, flags, mode, umask, out, opened);
  }

  @Override
  public int read(Caller caller, long nodeid, long handle, long offset, long address, int size) {
    return fileIo.read(handle, offset, address, size);
  }

  @Override
  public int write(
      Caller caller,
      long nodeid,
      long handle,
      long offset,
      long address,
      int size,
      int openFlags,
      boolean killSuidGid) {
    return fileIo.write(handle, offset, address, size, openFlags, killSuidGid);
  }

  @Override
  public void flush(Caller caller, long nodeid, long handle) {
    fileIo.flush(handle);
  }

  @Override
  public void release(long nodeid, long handle) {
    core.handles.release(handle);
  }

  @Override
  public void fsync(Caller caller, long nodeid, long handle, boolean dataOnly) {
    fileIo.fsync(handle, dataOnly);
  }

  @Override
  public void statfs(Caller caller, long nodeid, StatFs out) {
    try (var root =
        core.stack.upper() != null
            ? core.stack.upper().openDirectory("")
            : core.stack.lower(0).openDirectory("")) {
      core.sys.fstatfs(root.fd(), out);
    }
  }

  @Override
  public void setxattr(
      Caller caller, long nodeid, String name, byte[] value, int flags, boolean killSgid) {
    xattrs.set(caller, nodeid, name, value, flags, killSgid);
  }

  @Override
  public byte[] getxattr(Caller caller, long nodeid, String name) {
    return xattrs.get(caller, nodeid, name);
  }

  @Override
  public List<String> listxattr(Caller caller, long nodeid) {
    return xattrs.list(caller, nodeid);
  }

  @Override
  public void removexattr(Caller caller, long nodeid, String name) {
    xattrs.remove(caller, nodeid, name);
  }

  @Override
  public void opendir(Caller caller, long nodeid, int flags, OpenResult out) {
    directories.open(nodeid, out);
  }

  @Override
  public void readdir(Caller caller, long nodeid, long handle, long offset, DirSink sink) {
    directories.read(nodeid, offset, null, sink);
  }

  @Override
  public void readdirplus(Caller caller, long nodeid, long handle, long offset, DirSink sink) {
    directories.read(nodeid, offset, new Entry(), sink);
  }

  @Override
  public void releasedir(long nodeid, long handle) {
    // Directories are read without handles.
  }

  @Override
  public void fsyncdir(Caller caller, long nodeid, long handle, boolean dataOnly) {
    Node node = core.nodes.get(nodeid);
    if (!core.options.durable() || !node.isUpper()) {
      return;
    }
    int fd = fileIo.openAny(node);
    try {
      core.sys.fsync(fd);
    } finally {
      core.sys.close(fd);
    }
  }

  @Override
  public void access(Caller caller, long nodeid, int mask) {
    // Permissions are checked by the kernel (default_permissions); only the node's existence is
    // left to say.
    core.nodes.get(nodeid);
  }

  @Override
  public void fallocate(
      Caller caller, long nodeid, long handle, int mode, long offset, long length) {
    fileIo.fallocate(handle, mode, offset, length);
  }

  @Override
  public long lseek(Caller caller, long nodeid, long handle, long offset, int whence) {
    return fileIo.lseek(handle, offset, whence);
  }

  @Override
  public long copyFileRange(
      Caller caller,
      long nodeidIn,
      long handleIn,
      long offsetIn,
      long nodeidOut,
      long handleOut,
      long offsetOut,
      long length) {
    return fileIo.copyFileRange(handleIn, offsetIn, handleOut, offsetOut, length);
  }

  @Override
  public int ioctl(
      Caller caller,
      long nodeid,
      long handle,
      long command,
      long address,
      int inSize,
      int outSize) {
    return fileIo.ioctl(caller, nodeid, command, address);
  }

  @Override
  public void syncfs(Caller caller, long nodeid) {
    if (core.options.durable() && core.stack.upper() != null) {
      syncUpper();
    }
  }

  @Override
  public void destroy() {
    core.handles.clear();
    core.nodes.clear();
    try {
      if (core.options.durable() && core.stack.upper() != null) {
        syncUpper();
      }
    } catch (FsException e) {
      core.log.warn("unmount: upper could not be synced to disk: " + Errno.name(e.errno()));
    } finally {
      core.directories.clear();
    }
  }

  private void syncUpper() {
    try (UpperDir root = core.stack.upper().openDirectory("")) {
      int fd = root.openFile(".", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
      try {
        core.sys.syncfs(fd);
      } finally {
        core.sys.close(fd);
      }
    }
  }
}
