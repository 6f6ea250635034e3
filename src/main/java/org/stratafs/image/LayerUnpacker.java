package org.stratafs.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.NativeBuffer;
import org.stratafs.sys.Syscalls;

/**
 * Makes the tree of one layer from its tar (OCI image-spec, layer.md). Whiteouts apply to the
 * layers below only, whatever comes before or after them in the archive. Of two entries of one name
 * the later counts.
 *
 * <p>What would lead out of the tree is refused: absolute names and "..", names beneath a symbolic
 * link of the same layer, hard links to what is not in it. Used once, by one thread.
 */
final class LayerUnpacker {
  private final Syscalls sys;
  private final StagedTree tree;
  private final UnpackLimits limits;
  private final TarReader tar;
  private final EntryMetadata metadata;
  private final NativeBuffer buffer = NativeBuffer.allocate(Streams.CHUNK);
  private final byte[] chunk = new byte[Streams.CHUNK];

  /** Directories get their metadata last: what is made in them changes it. */
  private final Map<String, TarEntry> directories = new HashMap<>();

  private final Set<String> implicit = new HashSet<>();

  /** What no directory is, and has an ACL with names: whom they mean is known at the end. */
  private final Map<String, TarEntry> named = new HashMap<>();

  /** The paths that are whited out, and that no entry has taken since. */
  private final Set<String> whiteouts = new HashSet<>();

  /** Whether any entry has an ACL with names. */
  private boolean naming;

  private long entries;
  private long fileBytes;

  LayerUnpacker(Syscalls sys, StagedTree tree, TarReader tar, UnpackLimits limits) {
    this.sys = sys;
    this.tree = tree;
    this.tar = tar;
    this.limits = limits;
    this.metadata = new EntryMetadata(tree);
  }

  /** Unpacks all of it. */
  void unpack() throws IOException {
    implicit.add("");
    for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
      entries++;
      naming |= !entry.namedAcls().isEmpty();
      if (entries > limits.entries()) {
        throw new ImageException(
            "has more than " + limits.entries() + " entries: raise --max-entries if that is meant");
      }
      try {
        place(entry);
      } catch (ImageException e) {
        throw new ImageException("entry " + display(entry) + " " + e.getMessage(), e);
      } catch (FsException e) {
        throw new ImageException("entry " + display(entry) + " " + reason(e), e);
      }
    }
    Accounts accounts = naming ? Accounts.of(sys, tree.rootDirectory()) : Accounts.NONE;
    nameAcls(accounts);
    finishDirectories(accounts);
  }

  private static String display(TarEntry entry) {
    return "'" + Names.display(entry.name()) + "'";
  }

  private static String reason(FsException e) {
    return "cannot be made: "
        + switch (e.errno()) {
          case Errno.ENOSPC, Errno.EDQUOT -> "the store has no room left";
          case Errno.ENAMETOOLONG -> "its name is longer than a name may be";
          case Errno.EFBIG -> "it is larger than a file may be";
          case Errno.EINVAL -> "the file system of the store refuses it (EINVAL)";
          default -> e.getMessage();
        };
  }

  long entries() {
    return entries;
  }

  /** The content of all regular files, in bytes. */
  long fileBytes() {
    return fileBytes;
  }

  /** Directories without an entry of their own, sorted. */
  List<String> implicit() {
    List<String> sorted = new ArrayList<>(implicit);
    sorted.sort(Comparator.naturalOrder());
    return sorted;
  }

  String warning() {
    return metadata.warning();
  }

  private void place(TarEntry entry) throws IOException {
    EntryPath path = EntryPath.parse(entry.name());
    if (path.isRoot()) {
      if (entry.kind() != TarEntry.Kind.DIRECTORY) {
        throw new ImageException("is the root of the layer, and no directory");
      }
      directories.put("", entry);
      implicit.remove("");
    } else if (path.isOpaqueMark()) {
      UpperDir parent = directory(path.parent());
      tree.marks().markOpaque(parent, "");
    } else if (path.isWhiteout()) {
      whiteOut(path);
    } else if (!path.isAufsBookkeeping()) {
      make(path, entry);
    }
  }

  private UpperDir directory(String path) throws IOException {
    return tree.directory(path, this::makeImplicit);
  }

  private void makeImplicit(UpperDir parent, String name, String path) throws IOException {
    boolean whitedOut = reviveName(parent, name, path);
    if (parent.stat(name, new Stat())) {
      throw new ImageException(
          "lies beneath "
              + StagedTree.display(path)
              + ", which is "
              + StagedTree.typeOf(parent, name)
              + " in the same layer");
    }
    tree.mkdir(parent, name);
    implicit.add(path);
    if (whitedOut) {
      tree.marks().markOpaque(parent, name);
    }
  }

  /** Takes away a whiteout of this layer, where the layer has the name itself; whether it did. */
  private boolean reviveName(UpperDir parent, String name, String path) {
    if (!whiteouts.remove(path)) {
      return false;
    }
    if (!tree.marks().removeNameMark(parent, name)) {
      parent.unlink(name);
    }
    return true;
  }

  private void whiteOut(EntryPath path) throws IOException {
    String hidden = path.hidden();
    UpperDir parent = directory(path.parent());
    String hiddenPath = Names.join(path.parent(), hidden);
    if (whiteouts.contains(hiddenPath)) {
      return;
    }
    Stat stat = new Stat();
    if (!parent.stat(hidden, stat)) {
      tree.marks().makeWhiteout(parent, hidden);
      whiteouts.add(hiddenPath);
    } else if (stat.isDirectory()) {
      tree.marks().markOpaque(parent, hidden);
    }
  }

  private void make(EntryPath path, TarEntry entry) throws IOException {
    UpperDir parent = directory(path.parent());
    String name = path.name();
    String whole = path.path();
    boolean whitedOut = reviveName(parent, name, whole);
    if (entry.kind() == TarEntry.Kind.DIRECTORY) {
      makeDirectory(parent, name, whole, whitedOut);
      directories.put(whole, entry);
      implicit.remove(whole);
      return;
    }
    if (entry.kind() == TarEntry.Kind.HARD_LINK) {
      makeHardLink(parent, name, whole, entry);
      return;
    }
    try {
      makeNew(parent, name, entry);
    } catch (FsException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      replace(parent, name, whole);
      makeNew(parent, name, entry);
    }
    if (!entry.namedAcls().isEmpty() && entry.kind() != TarEntry.Kind.SYMLINK) {
      named.put(whole, entry);
    }
  }

  private void makeDirectory(UpperDir parent, String name, String path, boolean whitedOut) {
    Stat stat = new Stat();
    boolean there = parent.stat(name, stat);
    if (there && !stat.isDirectory()) {
      replace(parent, name, path);
      there = false;
    }
    if (!there) {
      tree.mkdir(parent, name);
    }
    if (whitedOut) {
      tree.marks().markOpaque(parent, name);
    }
  }

  /** Removes what an earlier entry made under this name. */
  private void replace(UpperDir parent, String name, String path) {
    tree.remove(parent, name);
    String below = path + "/";
    directories.keySet().removeIf(p -> p.equals(path) || p.startsWith(below));
    implicit.removeIf(p -> p.equals(path) || p.startsWith(below));
    named.keySet().removeIf(p -> p.equals(path) || p.startsWith(below));
    whiteouts.removeIf(p -> p.startsWith(below));
  }

  private void makeNew(UpperDir parent, String name, TarEntry entry) throws IOException {
    switch (entry.kind()) {
      case FILE -> makeFile(parent, name, entry);
      case SYMLINK -> {
        if (entry.link().isEmpty()) {
          throw new ImageException("is a symbolic link to nothing");
        }
        parent.symlink(entry.link(), name);
        metadata.apply(parent, name, entry);
      }
      default -> {
        if (entry.kind() == TarEntry.Kind.CHAR_DEVICE && entry.rdev() == 0) {
          throw new ImageException("is a device 0:0, which stands for a whiteout: use .wh.NAME");
        }
        parent.mknod(name, entry.kind().type | entry.permissions(), entry.rdev());
        metadata.apply(parent, name, entry);
      }
    }
  }

  private void makeFile(UpperDir parent, String name, TarEntry entry) throws IOException {
    if (entry.size() > limits.bytes()) {
      throw new ImageException(
          "has "
              + entry.size()
              + " bytes with its holes, which every copy would write: raise --max-bytes if that is"
              + " meant");
    }
    int fd = parent.create(name, OpenFlags.O_WRONLY, metadata.initialMode(entry));
    try {
      long end = 0;
      for (Extent extent : entry.extents()) {
        write(fd, extent);
        end = extent.end();
      }
      if (end < entry.size()) {
        sys.ftruncate(fd, entry.size());
      }
    } finally {
      sys.close(fd);
    }
    fileBytes += entry.stored();
    metadata.applyToNew(parent, name, entry);
  }

  private void write(int fd, Extent extent) throws IOException {
    long at = extent.offset();
    while (at < extent.end()) {
      int want = (int) Math.min(chunk.length, extent.end() - at);
      int filled = 0;
      while (filled < want) {
        int got = tar.read(chunk, filled, want - filled);
        if (got < 0) {
          throw TarReader.truncated();
        }
        filled += got;
      }
      buffer.bytes().put(0, chunk, 0, filled);
      int written = 0;
      while (written < filled) {
        written += sys.pwrite(fd, buffer.address() + written, filled - written, at + written);
      }
      at += filled;
    }
  }

  private void makeHardLink(UpperDir parent, String name, String path, TarEntry entry)
      throws IOException {
    EntryPath target;
    try {
      target = EntryPath.parse(entry.link());
    } catch (ImageException e) {
      throw new ImageException("is a hard link whose target " + e.getMessage(), e);
    }
    if (target.path().equals(path)) {
      throw new ImageException("is a hard link to itself");
    }
    try (UpperDir pinned = parent.child(".")) {
      UpperDir targetParent = existing(target, entry);
      Stat stat = new Stat();
      boolean there = targetParent.stat(target.name(), stat);
      if (!there || stat.isWhiteoutDevice() || whiteouts.contains(target.path())) {
        throw missingTarget(entry);
      }
      if (stat.isDirectory()) {
        throw new ImageException("is a hard link to a directory, " + displayLink(entry));
      }
      try {
        targetParent.linkTo(target.name(), pinned, name);
      } catch (FsException e) {
        if (e.errno() != Errno.EEXIST) {
          throw e;
        }
        replaceByLink(targetParent, target.name(), pinned, name, path);
      }
    }
    TarEntry first = named.get(target.path());
    if (first != null) {
      named.put(path, first); // should another entry take the first name
    }
  }

  /** The name is taken: perhaps by the very same file already. */
  private void replaceByLink(
      UpperDir targetParent, String target, UpperDir parent, String name, String path) {
    Stat own = new Stat();
    Stat other = new Stat();
    if (parent.stat(name, own)
        && targetParent.stat(target, other)
        && own.ino == other.ino
        && own.dev == other.dev) {
      return;
    }
    if (own.isDirectory()) {
      throw new FsException(Errno.EISDIR, "a hard link cannot take the place of a directory");
    }
    replace(parent, name, path);
    targetParent.linkTo(target, parent, name);
  }

  private UpperDir existing(EntryPath target, TarEntry entry) throws IOException {
    return tree.directory(
        target.parent(),
        (parent, name, path) -> {
          throw missingTarget(entry);
        });
  }

  private static ImageException missingTarget(TarEntry entry) {
    return new ImageException(
        "is a hard link to " + displayLink(entry) + ", which no entry before it made");
  }

  private static String displayLink(TarEntry entry) {
    return "'" + Names.display(entry.link()) + "'";
  }

  private void nameAcls(Accounts accounts) throws IOException {
    for (Map.Entry<String, TarEntry> file : named.entrySet()) {
      EntryPath path = EntryPath.parse(file.getKey());
      metadata.applyNamedAcls(directory(path.parent()), path.name(), file.getValue(), accounts);
    }
  }

  /** The deepest first, so that no directory is shut before what is in it is done. */
  private void finishDirectories(Accounts accounts) throws IOException {
    Set<String> paths = new HashSet<>(directories.keySet());
    paths.addAll(implicit);
    List<String> order = new ArrayList<>(paths);
    order.sort(Comparator.reverseOrder());
    for (String path : order) {
      TarEntry entry = directories.get(path);
      UpperDir directory = directory(path);
      try {
        if (entry != null) {
          metadata.apply(directory, "", entry);
          if (!entry.namedAcls().isEmpty()) {
            metadata.applyNamedAcls(directory, "", entry, accounts);
          }
        } else {
          directory.chown("", 0, 0);
          directory.chmod("", 0755);
          directory.utimens("", 0, 0, 0, 0);
        }
      } catch (FsException e) {
        throw new ImageException("directory " + StagedTree.display(path) + " " + reason(e), e);
      }
    }
  }
}
