package org.stratafs.union;

import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.Syscalls;

/**
 * An open file: the one place that answers which descriptor serves it.
 *
 * <p>A handle opened for reading on a lower file reads upper as soon as the file has been copied up
 * (I13), unless the kernel may read the lower by itself. The lower descriptor stays open until
 * release, so that a read under way never meets a descriptor that was closed and reused. Its
 * monitor guards opening the upper descriptor.
 */
final class FileHandle {
  final FileNode node;

  /** By which nodeid it was opened. If the node has another one now, the handle stays lower. */
  private final long nodeid;

  /** Where it is counted as a descriptor of the lower file that the kernel may read; else null. */
  private final NodeTable countedIn;

  /** Set once, by HandleTable. */
  private long number;

  /** As opened: access mode and O_DSYNC, O_SYNC. */
  private final int flags;

  private final Opener opener;
  private final Syscalls sys;
  private final int lowerFd;
  private volatile int upperFd;

  /** Whether anything was written, so that FLUSH has something to ask the file system below. */
  private volatile boolean written;

  /** Opens the upper file of a node for reading. */
  @FunctionalInterface
  interface Opener {
    int openUpper(FileNode node, int flags);
  }

  private FileHandle(
      Syscalls sys,
      FileNode node,
      long nodeid,
      NodeTable countedIn,
      int flags,
      Opener opener,
      int lowerFd,
      int upperFd) {
    this.sys = sys;
    this.node = node;
    this.nodeid = nodeid;
    this.countedIn = countedIn;
    this.flags = flags;
    this.opener = opener;
    this.lowerFd = lowerFd;
    this.upperFd = upperFd;
  }

  static FileHandle onUpper(Syscalls sys, FileNode node, int flags, int fd) {
    return new FileHandle(sys, node, node.nodeid, null, flags, null, -1, fd);
  }

  /**
   * @param nodeid by which it is opened
   * @param countedIn where it was counted ({@link NodeTable#countLowerOpen}); null if it was not
   */
  static FileHandle onLower(
      Syscalls sys,
      FileNode node,
      long nodeid,
      NodeTable countedIn,
      int flags,
      int fd,
      Opener opener) {
    return new FileHandle(sys, node, nodeid, countedIn, flags, opener, fd, -1);
  }

  long number() {
    return number;
  }

  void setNumber(long number) {
    this.number = number;
  }

  boolean isWritable() {
    return OpenFlags.isWrite(flags);
  }

  /** Whether the kernel may read the lower file by itself. */
  boolean isCounted() {
    return countedIn != null;
  }

  /** Whether it was opened on upper, or has switched there. */
  boolean isOnUpper() {
    return upperFd >= 0;
  }

  /** The descriptor that holds the file's data now. */
  int fd() {
    int fd = upperFd;
    if (fd >= 0) {
      return fd;
    }
    // A nodeid that was replaced shows the lower file to the end, whoever reads it.
    return node.hasUpperData() && node.nodeid == nodeid ? switchToUpper() : lowerFd;
  }

  /** The descriptor to write to; EBADF for a handle opened for reading. */
  int writableFd() {
    if (!isWritable()) {
      throw new FsException(Errno.EBADF);
    }
    return upperFd;
  }

  void setWritten() {
    if (!written) {
      written = true;
    }
  }

  boolean isWritten() {
    return written;
  }

  private synchronized int switchToUpper() {
    if (upperFd < 0) {
      upperFd = opener.openUpper(node, OpenFlags.O_RDONLY);
    }
    return upperFd;
  }

  /** Lets go of descriptors. Called once, when nothing uses the handle any more. */
  void close() {
    if (lowerFd >= 0) {
      sys.close(lowerFd);
    }
    if (upperFd >= 0) {
      sys.close(upperFd);
    }
    if (countedIn != null) {
      countedIn.uncountLowerOpen(node);
    }
  }
}
