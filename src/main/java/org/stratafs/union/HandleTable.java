package org.stratafs.union;

import java.util.ArrayList;
import java.util.List;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

/**
 * Open handles by number. A number is a slot and a count of its reuses, so that a stale one is
 * recognised. The monitor is a leaf lock.
 */
final class HandleTable {
  private final List<Handle> slots = new ArrayList<>();
  private final List<Integer> free = new ArrayList<>();
  private int reuses = 1; // so that no handle is 0

  /** What the table holds. */
  abstract static sealed class Handle permits FileHandle, DirectoryHandle {
    private long number;

    final long number() {
      return number;
    }

    /** Lets go of descriptors. Called once, when nothing uses the handle any more. */
    abstract void close();
  }

  /** Adds a handle and gives it its number. */
  synchronized void add(Handle handle) {
    int slot;
    if (free.isEmpty()) {
      slot = slots.size();
      slots.add(handle);
    } else {
      slot = free.remove(free.size() - 1);
      slots.set(slot, handle);
    }
    handle.number = (long) reuses << 32 | slot;
  }

  /** EBADF unless it is an open file handle. */
  FileHandle file(long number) {
    if (get(number) instanceof FileHandle handle) {
      return handle;
    }
    throw new FsException(Errno.EBADF);
  }

  /** EBADF unless it is an open directory handle. */
  DirectoryHandle directory(long number) {
    if (get(number) instanceof DirectoryHandle handle) {
      return handle;
    }
    throw new FsException(Errno.EBADF);
  }

  /** The file handle, or null for 0 and for numbers that are none: requests that can do without. */
  FileHandle fileOrNull(long number) {
    return number != 0 && get(number) instanceof FileHandle handle ? handle : null;
  }

  /** Takes a handle out and closes it; an unknown number is ignored. */
  void release(long number) {
    Handle handle = remove(number);
    if (handle != null) {
      handle.close();
    }
  }

  synchronized int size() {
    return slots.size() - free.size();
  }

  /** Closes all. */
  void clear() {
    List<Handle> all;
    synchronized (this) {
      all = new ArrayList<>(slots);
      slots.clear();
      free.clear();
      reuses++;
    }
    for (Handle handle : all) {
      if (handle != null) {
        handle.close();
      }
    }
  }

  private synchronized Handle get(long number) {
    int slot = (int) number;
    if (slot < 0 || slot >= slots.size()) {
      return null;
    }
    Handle handle = slots.get(slot);
    return handle != null && handle.number == number ? handle : null;
  }

  private synchronized Handle remove(long number) {
    Handle handle = get(number);
    if (handle != null) {
      int slot = (int) number;
      slots.set(slot, null);
      free.add(slot);
      reuses = reuses == Integer.MAX_VALUE ? 1 : reuses + 1;
    }
    return handle;
  }
}
