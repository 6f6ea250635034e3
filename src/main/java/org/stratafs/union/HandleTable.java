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
  private final List<FileHandle> slots = new ArrayList<>();
  private final List<Integer> free = new ArrayList<>();
  private int reuses = 1; // so that no handle is 0

  /** Adds a handle and gives it its number. */
  synchronized void add(FileHandle handle) {
    int slot;
    if (free.isEmpty()) {
      slot = slots.size();
      slots.add(handle);
    } else {
      slot = free.remove(free.size() - 1);
      slots.set(slot, handle);
    }
    handle.setNumber((long) reuses << 32 | slot);
  }

  /** EBADF unless it is an open file handle. */
  FileHandle file(long number) {
    FileHandle handle = get(number);
    if (handle == null) {
      throw new FsException(Errno.EBADF);
    }
    return handle;
  }

  /** The file handle, or null for 0 and for numbers that are none: requests that can do without. */
  FileHandle fileOrNull(long number) {
    return number == 0 ? null : get(number);
  }

  /** Takes a handle out and closes it; an unknown number is ignored. */
  void release(long number) {
    FileHandle handle = remove(number);
    if (handle != null) {
      handle.close();
    }
  }

  synchronized int size() {
    return slots.size() - free.size();
  }

  /** Closes all. */
  void clear() {
    List<FileHandle> all;
    synchronized (this) {
      all = new ArrayList<>(slots);
      slots.clear();
      free.clear();
      reuses++;
    }
    for (FileHandle handle : all) {
      if (handle != null) {
        handle.close();
      }
    }
  }

  private synchronized FileHandle get(long number) {
    int slot = (int) number;
    if (slot < 0 || slot >= slots.size()) {
      return null;
    }
    FileHandle handle = slots.get(slot);
    return handle != null && handle.number() == number ? handle : null;
  }

  private synchronized FileHandle remove(long number) {
    FileHandle handle = get(number);
    if (handle != null) {
      int slot = (int) number;
      slots.set(slot, null);
      free.add(slot);
      reuses = reuses == Integer.MAX_VALUE ? 1 : reuses + 1;
    }
    return handle;
  }
}
