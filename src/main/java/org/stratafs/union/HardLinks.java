package org.stratafs.union;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.stratafs.layer.LinkKey;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;

/**
 * Keeps the names of a lower file with several hard links one file over its copy-up (linux
 * Documentation/filesystems/overlayfs.rst, index).
 *
 * <p>The copy has one more name in a directory beside workdir, made of what identifies the lower
 * inode: its st_ino and its birth time, so that a number that was used again finds nothing. There
 * any name of the lower file finds it, in this mount and in later ones. Names that programs use are
 * brought into upper when the file is changed, so that a commit of upper holds them. How many names
 * the file has is kept in an xattr of the copy. Regular files only: user.* xattrs are not taken by
 * others. The kernel's index is not used, since its keys are file handles that an ordinary user
 * cannot make or decode.
 */
final class HardLinks {
  /**
   * Ends the name of a file that counts the removed names of a lower file that is not copied up.
   */
  private static final String REMOVED = "-removed";

  private final Core core;

  HardLinks(Core core) {
    this.core = core;
  }

  /** Whether hard links are kept on this mount. */
  boolean isOn() {
    return core.options.index() && core.stack.upper() != null && core.stack.marks().hasXattrs();
  }

  /**
   * The name under which the copy of a lower inode is kept; {@code stat} is that of the lower file.
   */
  String key(LowerPath at, Stat stat) {
    return LinkKey.of(at.layer().fsid(), stat);
  }

  /** Whether a copy is kept under the key; fills its attributes. */
  boolean find(String key, Stat out) {
    try (UpperDir links = core.stack.work().links(false)) {
      if (links == null || !links.stat(key, out)) {
        return false;
      }
      if (!out.isRegular()) {
        core.complaints.once(
            "workdir's hardlinks/" + Names.display(key) + " is no copy of a file and is left out");
      }
      return out.isRegular();
    }
  }

  /** Gives a staged copy its name in the index, before it gets one in upper. */
  void keep(String key, String staged, int names) {
    UpperDir work = core.stack.work().dir();
    setNames(work, staged, key, names);
    try (UpperDir links = core.stack.work().links(true)) {
      discard(links, key); // left by a copy-up that failed: the file would be upper otherwise
      work.linkTo(staged, links, key);
      discard(links, key + REMOVED); // the copy's own count has it
    }
  }

  /**
   * Counts a name removed by a whiteout while the file is in a lower only. No data is copied for
   * it: an empty file beside the copy's future place keeps the count.
   */
  void countRemovedInLower(FileNode node) {
    node.setLowerNamesRemoved(node.lowerNamesRemoved() + 1);
    String counter = node.indexKey() + REMOVED;
    try (UpperDir links = core.stack.work().links(true)) {
      if (!links.stat(counter, new Stat())) {
        links.mknod(counter, Mode.S_IFREG | 0600, 0);
      }
      setNames(links, counter, node.indexKey(), node.lowerNamesRemoved());
    } catch (FsException e) {
      core.log.warn("the link count of " + node.indexKey() + " is too high: " + e.getMessage());
    }
  }

  /** How many names of a lower file were removed so far. */
  int removedInLower(String key) {
    try (UpperDir links = core.stack.work().links(false)) {
      String counter = key + REMOVED;
      return links != null && links.stat(counter, new Stat()) ? count(links, counter, 0) : 0;
    }
  }

  /** Takes that name back: the copy was not published. */
  void drop(String key) {
    try (UpperDir links = core.stack.work().links(false)) {
      if (links != null) {
        discard(links, key);
      }
    }
  }

  private void discard(UpperDir links, String key) {
    try {
      links.unlink(key);
    } catch (FsException e) {
      if (e.errno() == Errno.EISDIR) { // nothing that we put there
        String removed = core.stack.work().newName();
        links.rename(key, core.stack.work().dir(), removed, 0);
        core.stack.work().discard(removed);
      } else if (!Errno.isAbsent(e.errno())) {
        throw e;
      }
    }
  }

  /** The key that a copy in upper carries; null for a file that is none. */
  String keyOfCopy(UpperDir directory, String name) {
    byte[] value = core.stack.marks().nlink(directory, name);
    if (value == null || value.length <= Integer.BYTES) {
      return null;
    }
    String key = Names.fromBytes(Arrays.copyOfRange(value, Integer.BYTES, value.length));
    return isKey(key) ? key : null;
  }

  /** Whether it may be a key at all: the value may be anything, and a path must lead nowhere. */
  private static boolean isKey(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f') && c != '-' && c != '.') {
        return false;
      }
    }
    return text.length() <= Names.NAME_MAX && text.indexOf('-') > 0;
  }

  /** Runs a step on the copy itself. */
  <T> T on(FileNode node, Places.UpperAction<T> action) {
    try (UpperDir links = core.stack.work().links(false)) {
      if (links == null) {
        throw new FsException(Errno.ESTALE); // workdir was removed behind the mount
      }
      return action.apply(links, node.indexKey());
    }
  }

  /** How many names the file has, in upper and in lowers together. */
  int names(FileNode node) {
    return on(node, (links, key) -> count(links, key, 1));
  }

  /** The count that an entry carries, {@code least} if that is none or less. */
  private int count(UpperDir links, String name, int least) {
    byte[] value = core.stack.marks().nlink(links, name);
    return value == null || value.length <= Integer.BYTES
        ? least
        : Math.max(least, ByteBuffer.wrap(value).getInt());
  }

  /**
   * Counts a name made (1) or removed (-1) after it was; the copy's name in the index goes with the
   * last one. A count that cannot be written is logged: the name itself is right.
   */
  void count(FileNode node, int change) {
    int names = Math.max(0, node.names() + change);
    try {
      on(
          node,
          (links, key) -> {
            if (names == 0) {
              discard(links, key);
            } else {
              setNames(links, key, key, names);
            }
            return null;
          });
    } catch (FsException e) {
      core.log.warn(
          "the link count of " + node.indexKey() + " in the index is too high: " + e.getMessage());
    }
    node.setNames(names);
  }

  /** The xattr's value: the count, 4 bytes big endian, then the key. */
  private void setNames(UpperDir directory, String name, String key, int names) {
    byte[] bytes = Names.toBytes(key);
    ByteBuffer value = ByteBuffer.allocate(Integer.BYTES + bytes.length);
    core.stack.marks().setNlink(directory, name, value.putInt(names).put(bytes).array());
  }
}
