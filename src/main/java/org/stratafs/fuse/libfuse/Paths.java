package org.stratafs.fuse.libfuse;

import org.stratafs.fs.FileSystem;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

/**
 * Walks paths: a chain of lookups, of which only the last one is kept.
 *
 * <p>A path is absolute within the mount and normal, as libfuse makes it of its own tree of names:
 * "/" or "/a/b". libfuse keeps its path while a callback runs, against renames too.
 */
final class Paths {
  /** What libfuse renames an open file to instead of removing it (libfuse lib/fuse.c). */
  private static final String HIDDEN = ".fuse_hidden";

  private final FileSystem fs;
  private final OpenFiles files;

  Paths(FileSystem fs, OpenFiles files) {
    this.fs = fs;
    this.files = files;
  }

  /**
   * The node of a path; its attributes are in {@code request.entry}, unless it is the root or
   * hidden.
   *
   * @throws FsException ENOENT, ENOTDIR, or what lookup says
   */
  Place find(Request request, String path) {
    try {
      return walk(request, path, path.length());
    } catch (FsException e) {
      long hidden = Errno.isAbsent(e.errno()) ? hidden(request, name(path)) : 0;
      if (hidden == 0) {
        throw e;
      }
      return new Place(fs, hidden, /* counted= */ false);
    }
  }

  /** The directory a path is in. */
  Place parent(Request request, String path) {
    return walk(request, path, Math.max(path.lastIndexOf('/'), 1));
  }

  /** The last component. */
  static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** Whether libfuse could have made that name up. */
  static boolean mayBeHidden(String name) {
    return name.startsWith(HIDDEN);
  }

  /** What libfuse's hidden names of one of its nodes begin with (its hidden_name). */
  static String hiddenPrefix(long libfuseId) {
    String hex = Integer.toHexString((int) libfuseId);
    return HIDDEN + "00000000".substring(hex.length()) + hex;
  }

  /** The node behind a hidden name; not for those who look such a name up from outside. */
  private long hidden(Request request, String name) {
    return mayBeHidden(name) && request.opcode() != Request.LOOKUP ? files.hidden(name) : 0;
  }

  private Place walk(Request request, String path, int end) {
    long at = FileSystem.ROOT;
    int start = 1;
    while (start < end) {
      int slash = path.indexOf('/', start);
      int stop = slash < 0 || slash > end ? end : slash;
      try {
        fs.lookup(request, at, path.substring(start, stop), request.entry);
      } finally {
        if (at != FileSystem.ROOT) {
          fs.forget(at, 1);
        }
      }
      at = request.entry.nodeid;
      if (at == 0) {
        throw new FsException(Errno.ENOENT);
      }
      start = stop + 1;
    }
    return new Place(fs, at, /* counted= */ true);
  }
}
