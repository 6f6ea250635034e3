package org.stratafs.union;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;

/**
 * What the log is told of things in layers that cannot be used: a line for each name, however often
 * it is asked for. The monitor is a leaf lock, held for memory only.
 */
final class Complaints {
  /** How many are remembered; the oldest is told again after so many others. */
  private static final int CAPACITY = 1000;

  private final Log log;
  private final Set<String> told = new HashSet<>();
  private final Deque<String> order = new ArrayDeque<>();

  Complaints(Log log) {
    this.log = log;
  }

  /** Tells something unless it was told before. */
  void once(String message) {
    if (isNew(message)) {
      log.warn(message);
    }
  }

  private synchronized boolean isNew(String message) {
    if (!told.add(message)) {
      return false;
    }
    order.add(message);
    if (order.size() > CAPACITY) {
      told.remove(order.remove());
    }
    return true;
  }

  /**
   * Tells that a name cannot be used, if that is because of what is in the layers, and not because
   * of what is asked or of the daemon's own limits.
   *
   * @param name in the directory, "" for itself
   */
  void unusable(DirectoryNode directory, String name, FsException failure) {
    switch (failure.errno()) {
      case Errno.EIO, Errno.EACCES, Errno.EPERM, Errno.EINVAL, Errno.EXDEV, Errno.ELOOP ->
          once(
              "\""
                  + Names.display(path(directory, name))
                  + "\" cannot be used: "
                  + failure.getMessage()
                  + (failure.hasMessage() ? "" : "; look at it in the layers"));
      default -> {}
    }
  }

  /** Tells that a node cannot be copied up by who runs the daemon, if it still has a name. */
  void forbidden(Node node) {
    Link link = node.link();
    if (link == null) {
      return;
    }
    boolean device = node.type() == Mode.S_IFCHR || node.type() == Mode.S_IFBLK;
    once(
        "\""
            + Names.display(path(link.parent(), link.name()))
            + "\" cannot be copied up: "
            + (device
                ? "it is a device, which only root outside of user namespaces may make"
                : "it has an owner or an xattr that only root may give")
            + "; change it as root, or in a mount made by root");
  }

  private static String path(DirectoryNode directory, String name) {
    StringBuilder path = new StringBuilder(name);
    for (Link link = directory.link(); link != null; link = link.parent().link()) {
      path.insert(0, link.name() + (path.isEmpty() ? "" : "/"));
    }
    return path.toString();
  }
}
