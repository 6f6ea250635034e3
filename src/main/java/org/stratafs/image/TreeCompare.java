package org.stratafs.image;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.stratafs.layer.LayerDir;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.NativeBuffer;
import org.stratafs.sys.Syscalls;

/** Compares the trees of two layers, marks and all. */
final class TreeCompare {
  private final Syscalls sys;
  private final NativeBuffer one = NativeBuffer.allocate(Streams.CHUNK);
  private final NativeBuffer other = NativeBuffer.allocate(Streams.CHUNK);

  TreeCompare(Syscalls sys) {
    this.sys = sys;
  }

  /** The first difference, as a line; null for none. */
  String difference(LayerDir a, LayerDir b) {
    Stat statA = new Stat();
    a.statSelf(statA);
    Stat statB = new Stat();
    b.statSelf(statB);
    String metadata = metadataDiffers(a, "", statA, b, "", statB);
    return metadata != null ? "'/' has another " + metadata : children("", a, b);
  }

  private String children(String path, LayerDir a, LayerDir b) {
    SortedSet<String> names = names(a);
    SortedSet<String> namesB = names(b);
    if (!names.equals(namesB)) {
      TreeSet<String> odd = new TreeSet<>(names);
      odd.removeAll(namesB);
      String name = odd.isEmpty() ? firstMissing(names, namesB) : odd.first();
      return "'" + Names.display(Names.join(path, name)) + "' is in one of them only";
    }
    for (String name : names) {
      String found = entry(Names.join(path, name), name, a, b);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private static String firstMissing(SortedSet<String> names, SortedSet<String> more) {
    TreeSet<String> odd = new TreeSet<>(more);
    odd.removeAll(names);
    return odd.first();
  }

  private static SortedSet<String> names(LayerDir dir) {
    List<String> names = new ArrayList<>();
    dir.list((name, ino, type) -> names.add(name));
    return new TreeSet<>(names);
  }

  private String entry(String path, String name, LayerDir a, LayerDir b) {
    Stat statA = new Stat();
    Stat statB = new Stat();
    if (!a.stat(name, statA) || !b.stat(name, statB)) {
      return "'" + Names.display(path) + "' went away";
    }
    if (statA.isWhiteoutDevice() && statB.isWhiteoutDevice()) {
      return null; // whiteouts share an inode, whose times are those of the first
    }
    String metadata = metadataDiffers(a, name, statA, b, name, statB);
    if (metadata != null) {
      return "'" + Names.display(path) + "' has another " + metadata;
    }
    if (statA.isRegular() && !sameContent(a, b, name, statA.size)) {
      return "'" + Names.display(path) + "' has other content";
    }
    if (statA.isDirectory()) {
      try (LayerDir childA = a.child(name);
          LayerDir childB = b.child(name)) {
        return children(path, childA, childB);
      }
    }
    return null;
  }

  private boolean sameContent(LayerDir a, LayerDir b, String name, long size) {
    int fdA = a.openFile(name, OpenFlags.O_RDONLY);
    try {
      int fdB = b.openFile(name, OpenFlags.O_RDONLY);
      try {
        return sameBytes(fdA, fdB, size);
      } finally {
        sys.close(fdB);
      }
    } finally {
      sys.close(fdA);
    }
  }

  private boolean sameBytes(int fdA, int fdB, long size) {
    for (long at = 0; at < size; at += Streams.CHUNK) {
      int want = (int) Math.min(Streams.CHUNK, size - at);
      int gotA = sys.pread(fdA, one.address(), want, at);
      int gotB = sys.pread(fdB, other.address(), want, at);
      if (gotA != want
          || gotB != want
          || one.bytes().slice(0, want).compareTo(other.bytes().slice(0, want)) != 0) {
        return false;
      }
    }
    return true;
  }

  /** What of the metadata differs, in a word; null for nothing. */
  static String metadataDiffers(
      LayerDir a, String nameA, Stat statA, LayerDir b, String nameB, Stat statB) {
    if (statA.mode != statB.mode) {
      return "type or mode";
    }
    if (statA.uid != statB.uid || statA.gid != statB.gid) {
      return "owner";
    }
    if (statA.rdev != statB.rdev) {
      return "device number";
    }
    if (!statA.isDirectory() && statA.size != statB.size) {
      return "size";
    }
    if (statA.mtimeSec != statB.mtimeSec || statA.mtimeNsec != statB.mtimeNsec) {
      return "mtime";
    }
    if (statA.isSymlink() && !a.readlink(nameA).equals(b.readlink(nameB))) {
      return "target";
    }
    Map<String, byte[]> xattrsA = xattrs(a, nameA);
    Map<String, byte[]> xattrsB = xattrs(b, nameB);
    if (!xattrsA.keySet().equals(xattrsB.keySet())) {
      return "set of xattrs";
    }
    for (Map.Entry<String, byte[]> xattr : xattrsA.entrySet()) {
      if (!Arrays.equals(xattr.getValue(), xattrsB.get(xattr.getKey()))) {
        return "xattr " + Names.display(xattr.getKey());
      }
    }
    return null;
  }

  private static Map<String, byte[]> xattrs(LayerDir dir, String name) {
    Map<String, byte[]> found = new TreeMap<>();
    for (String key : dir.xattrs(name)) {
      byte[] value = dir.xattr(name, key);
      if (value != null) {
        found.put(key, value);
      }
    }
    return found;
  }
}
