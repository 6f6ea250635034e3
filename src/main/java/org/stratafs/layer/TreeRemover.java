package org.stratafs.layer;

import java.util.ArrayDeque;
import java.util.Deque;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

/**
 * Removes one thing staged in workdir, however deep it is: a directory within a directory is moved
 * up into workdir first, so that there is neither recursion nor a path, and never more than one
 * directory open. What is left if that is cut short is a leftover like any other. Used once.
 */
final class TreeRemover {
  private enum Outcome {
    REMOVED,
    /** A directory that is not empty. */
    NOT_EMPTY,
    /** {@link #failure} says why it stays. */
    STUCK
  }

  private final UpperDir work;
  private final WorkDir names;
  private final Deque<String> left = new ArrayDeque<>();

  /** The last thing that went wrong, null as long as nothing did. */
  private FsException failure;

  TreeRemover(UpperDir work, WorkDir names) {
    this.work = work;
    this.names = names;
  }

  /** Removes a name in workdir and everything beneath it; null, or why something is left. */
  FsException remove(String name) {
    left.add(name);
    while (!left.isEmpty()) {
      String next = left.removeLast();
      if (remove(work, next) == Outcome.NOT_EMPTY) {
        empty(next);
        remove(work, next);
      }
    }
    return failure;
  }

  private Outcome remove(UpperDir dir, String name) {
    try {
      dir.unlink(name);
      return Outcome.REMOVED;
    } catch (FsException e) {
      if (e.errno() == Errno.ENOENT) {
        return Outcome.REMOVED;
      }
      if (e.errno() != Errno.EISDIR) {
        failure = e;
        return Outcome.STUCK;
      }
    }
    try {
      dir.rmdir(name);
      return Outcome.REMOVED;
    } catch (FsException e) {
      if (e.errno() == Errno.ENOTEMPTY || e.errno() == Errno.EEXIST) { // rmdir(2) allows either
        return Outcome.NOT_EMPTY;
      }
      failure = e;
      return Outcome.STUCK;
    }
  }

  /** Removes what is in a directory, and moves up the directories that are not empty. */
  private void empty(String name) {
    try (UpperDir dir = work.child(name)) {
      dir.chmodInode(
          "", 0700); // it may shut out a daemon without CAP_DAC_OVERRIDE, and is about to go
      for (String entry : dir.names()) {
        if (remove(dir, entry) == Outcome.NOT_EMPTY) {
          moveUp(dir, entry);
        }
      }
    } catch (FsException e) {
      failure = e;
    }
  }

  private void moveUp(UpperDir dir, String entry) {
    String moved = names.newName();
    dir.chmodInode(entry, 0700); // to move a directory its ".." must be written
    dir.rename(entry, work, moved, 0);
    left.add(moved);
  }
}
