package org.stratafs.layer;

import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.Syscalls;

/**
 * One layer: the descriptor of its root directory and the opens beneath it. Nothing here leaves the
 * root, whatever symbolic links or mounts the layer holds. Immutable; the stack owns the
 * descriptor.
 */
public abstract sealed class Layer permits UpperLayer, LowerLayer {
  /** A directory that is only named: that cannot change its atime, and takes search permission. */
  static final int DIRECTORY = OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW;

  /** Beneath the root, over no symbolic link and into no other mount. */
  static final long BENEATH =
      Syscalls.RESOLVE_BENEATH
          | Syscalls.RESOLVE_NO_SYMLINKS
          | Syscalls.RESOLVE_NO_MAGICLINKS
          | Syscalls.RESOLVE_NO_XDEV;

  final Syscalls sys;
  final Beneath beneath;
  final int root;
  final Identity identity;
  private final String path;
  private final int index;
  private final int fsid;
  private final long device;

  Layer(Syscalls sys, int root, String path, int index, int fsid, long device, Identity identity) {
    this.sys = sys;
    this.beneath = new Beneath(sys);
    this.root = root;
    this.identity = identity;
    this.path = path;
    this.index = index;
    this.fsid = fsid;
    this.device = device;
  }

  /** The root as the command line named it: to be shown, never to be opened. */
  public final String path() {
    return path;
  }

  /** The upper layer is 0 whether there is one or not; lower i is i + 1. */
  public final int index() {
    return index;
  }

  /** A small number that stands for {@link #device}: layers on one device share it. */
  public final int fsid() {
    return fsid;
  }

  /** st_dev of the root. */
  public final long device() {
    return device;
  }

  /**
   * Opens a directory beneath the root; "" is the root itself. Paths longer than PATH_MAX - 1 are
   * opened in steps.
   *
   * @throws org.stratafs.posix.FsException ENOENT, ENOTDIR (also for a symbolic link at the end),
   *     ELOOP (one on the way), EXDEV (another mount, or out of the layer), EACCES, EMFILE
   */
  public abstract LayerDir openDirectory(String path);

  /**
   * The descriptor of a directory beneath another, or beneath the root.
   *
   * @param directory a descriptor, which stays open
   * @param flags {@link #DIRECTORY}, or such as allow reading
   */
  final int openPath(int directory, String path, int flags) {
    if (path.isEmpty()) {
      return beneath.open(directory, ".", flags);
    }
    if (path.length() < Names.PATH_MAX) {
      return beneath.open(directory, path, flags);
    }
    return openInSteps(directory, path, flags);
  }

  private int openInSteps(int directory, String path, int flags) {
    int from = directory;
    int start = 0;
    try {
      while (path.length() - start >= Names.PATH_MAX) {
        int cut = path.lastIndexOf('/', start + Names.PATH_MAX - 1);
        int next = beneath.open(from, path.substring(start, cut), DIRECTORY);
        closeUnless(directory, from);
        from = next;
        start = cut + 1;
      }
      return beneath.open(from, path.substring(start), flags);
    } finally {
      closeUnless(directory, from);
    }
  }

  private void closeUnless(int kept, int fd) {
    if (fd != kept) {
      sys.close(fd);
    }
  }
}
