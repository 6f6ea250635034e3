package org.stratafs.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.stratafs.posix.DirectoryVisitor;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/**
 * A directory of one layer, held open by one descriptor and counted: it is made with one reference,
 * {@link #tryAcquire} adds one, {@link #close} drops one, and the last closes the descriptor. Safe
 * for any thread that holds a reference.
 *
 * <p>Every name is one component, or "" for the directory itself where that is said. No symbolic
 * link is followed. Every method throws {@link org.stratafs.posix.FsException} with the errno of
 * the system call of its name.
 *
 * <p>Owners, modes, types and ACLs are what programs see, not what is on disk ({@link Identity}).
 */
public abstract sealed class LayerDir implements AutoCloseable permits LowerDir, UpperDir {
  final Syscalls sys;
  final Identity identity;
  private final int fd;
  private final AtomicInteger references = new AtomicInteger(1);

  /** Whether the descriptor can be read. */
  private final boolean readable;

  /** Somebody is reading it: it has one offset only. */
  private final AtomicBoolean listed = new AtomicBoolean();

  LayerDir(Syscalls sys, Identity identity, int fd, boolean readable) {
    this.sys = sys;
    this.identity = identity;
    this.fd = fd;
    this.readable = readable;
  }

  /** The layer the directory is in. */
  public abstract Layer layer();

  /** The descriptor, valid while a reference is held; O_PATH, or for reading. */
  public final int fd() {
    return fd;
  }

  /** Adds a reference; false once the last one was dropped. */
  public final boolean tryAcquire() {
    int count = references.get();
    while (count > 0) {
      if (references.compareAndSet(count, count + 1)) {
        return true;
      }
      count = references.get();
    }
    return false;
  }

  /** Drops one reference. */
  @Override
  public final void close() {
    int left = references.decrementAndGet();
    assert left >= 0 : "closed more often than acquired";
    if (left == 0) {
      sys.close(fd);
    }
  }

  /** statx(2) of a name; false if it is absent (ENOENT, ENAMETOOLONG). */
  public final boolean stat(String name, Stat out) {
    if (!sys.statOrAbsent(fd, name, out)) {
      return false;
    }
    return identity.plain || show(name, out);
  }

  private boolean show(String name, Stat out) {
    try {
      identity.show(this, name, out);
      return true;
    } catch (FsException e) {
      if (Errno.isAbsent(e.errno())) {
        return false; // removed meanwhile
      }
      throw e;
    }
  }

  /** statx(2) of the directory itself. */
  public final void statSelf(Stat out) {
    sys.fstat(fd, out);
    if (!identity.plain) {
      identity.show(this, "", out);
    }
  }

  /** What the inode has on disk; {@code name} "" is the directory itself. */
  final void inode(String name, Stat out) {
    if (name.isEmpty()) {
      sys.fstat(fd, out);
    } else {
      sys.stat(fd, name, out);
    }
  }

  /** What the layer says of a file, its ids as they are stored. */
  final void stored(String name, Stat out) {
    inode(name, out);
    identity.applyOverride(this, name, out);
  }

  /** Opens a directory in this one. ENOENT, ENOTDIR, EXDEV where something is mounted on it. */
  public abstract LayerDir child(String name);

  /**
   * Opens a regular file or a directory and gives its descriptor to the caller.
   *
   * <p>The caller has looked at the type: devices and FIFOs are never meant to come here. Should a
   * name turn into one meanwhile, O_NONBLOCK and O_NOCTTY see to it that no thread hangs in a FIFO
   * and no terminal is taken.
   */
  public abstract int openFile(String name, int flags);

  final int openBeneath(String name, int flags) {
    int guarded = flags | OpenFlags.O_NONBLOCK | OpenFlags.O_NOCTTY;
    return layer().beneath.open(fd, name, guarded);
  }

  /** The target of a symbolic link, as bytes. */
  public final String readlink(String name) {
    return sys.readlinkat(fd, name);
  }

  /** The value of an xattr, null if it is absent; {@code name} "" is the directory itself. */
  public final byte[] xattr(String name, String key) {
    if (identity.plain) {
      return sys.getxattrOrAbsent(fd, name, key);
    }
    byte[] value = identity.shows(key) ? sys.getxattrOrAbsent(fd, name, key) : null;
    return value == null ? null : identity.shownValue(key, value);
  }

  /** The value of an xattr on disk, null if it is absent; {@code name} "" is the directory. */
  final byte[] storedXattr(String name, String key) {
    return sys.getxattrOrAbsent(fd, name, key);
  }

  /** The names of all xattrs; {@code name} "" is the directory itself. */
  public final List<String> xattrs(String name) {
    List<String> all = sys.listxattr(fd, name);
    return identity.plain ? all : identity.shownNames(all);
  }

  /** The names of all entries. */
  public final List<String> names() {
    List<String> names = new ArrayList<>();
    // A class and no lambda, here and in what a mount and its first requests run: the first lambda
    // of a JVM takes 10 ms.
    list(
        new DirectoryVisitor() {
          @Override
          public void entry(String name, long ino, int type) {
            names.add(name);
          }
        });
    return names;
  }

  /**
   * Visits all entries as getdents64(2) gives them, "." and ".." left out; DT_UNKNOWN for what may
   * stand for something else.
   */
  public final void list(DirectoryVisitor visitor) {
    if (readable && listed.compareAndSet(false, true)) {
      try {
        read(fd, visitor);
      } finally {
        listed.set(false);
      }
      return;
    }
    int reading = openFile(".", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
    try {
      read(reading, visitor);
    } finally {
      sys.close(reading);
    }
  }

  private void read(int reading, DirectoryVisitor visitor) {
    if (identity.overrides()) {
      sys.readDirectory(
          reading,
          new DirectoryVisitor() {
            @Override
            public void entry(String name, long ino, int type) {
              visitor.entry(name, ino, identity.shownType(type));
            }
          });
    } else {
      sys.readDirectory(reading, visitor);
    }
  }
}
