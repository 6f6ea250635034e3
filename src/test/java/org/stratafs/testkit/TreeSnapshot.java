package org.stratafs.testkit;

import com.google.common.hash.Hashing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;

/** A tree as sorted text, a line an inode name; two trees that look the same give the same text. */
public final class TreeSnapshot {
  /** What goes into the text besides type, mode, owner, size, content, target and device. */
  public enum Part {
    MTIME,
    /** Times of modification before 2020; for later ones "now". */
    OLD_MTIME,
    /** Link counts of what is not a directory. */
    NLINK,
    /** The xattrs that StrataFS and overlayfs keep for themselves. */
    PRIVATE_XATTRS,
    /** Inode numbers, and that d_ino and d_type agree with stat. */
    INO,
  }

  private static final List<String> PRIVATE =
      List.of(
          "trusted.overlay.",
          "user.overlay.",
          "user.fuseoverlayfs.",
          "trusted.stratafs.",
          "user.stratafs.");

  /** In seconds since 1970. */
  private static final long YEAR_2020 = 1_577_836_800L;

  private final PosixTree tree;
  private final List<Part> parts;
  private final TreeMap<String, String> lines = new TreeMap<>();

  private TreeSnapshot(PosixTree tree, List<Part> parts) {
    this.tree = tree;
    this.parts = parts;
  }

  /** The text of a whole tree. */
  public static String of(PosixTree tree, Part... parts) {
    return String.join("\n", byPath(tree, parts).values());
  }

  /** The lines of a whole tree by path. */
  public static Map<String, String> byPath(PosixTree tree, Part... parts) {
    return beneath(tree, "", parts);
  }

  /** The lines of a name and all beneath it by path. */
  public static Map<String, String> beneath(PosixTree tree, String path, Part... parts) {
    TreeSnapshot snapshot = new TreeSnapshot(tree, List.of(parts));
    snapshot.walk(path);
    return snapshot.lines;
  }

  private void walk(String path) {
    Stat stat = new Stat();
    tree.lstat(path, stat);
    lines.put(path, line(path, stat));
    if (stat.isDirectory()) {
      for (DirEntry entry : tree.list(path)) {
        String child = Names.join(path, entry.name());
        if (parts.contains(Part.INO)) {
          checkEntry(child, entry);
        }
        if (lines.containsKey(child)) {
          throw new AssertionError("listed twice: " + child);
        }
        walk(child);
      }
    }
  }

  private void checkEntry(String path, DirEntry entry) {
    Stat stat = tree.lstat(path);
    if (entry.ino() != stat.ino) {
      throw new AssertionError(path + ": d_ino " + entry.ino() + " but st_ino " + stat.ino);
    }
    if (entry.type() != Mode.toDirentType(stat.mode)) {
      throw new AssertionError(
          path + ": d_type " + entry.type() + " but mode " + Integer.toOctalString(stat.mode));
    }
  }

  private String line(String path, Stat stat) {
    StringBuilder out = new StringBuilder("/").append(Tokens.encode(path));
    out.append(' ').append(typeLetter(stat.mode));
    if (!stat.isSymlink()) {
      out.append(' ').append(Integer.toOctalString(stat.mode & Mode.PERMISSIONS));
    }
    out.append(' ').append(stat.uid).append(':').append(stat.gid);
    switch (Mode.type(stat.mode)) {
      case Mode.S_IFREG -> out.append(' ').append(content(tree.contents(path), stat.size));
      case Mode.S_IFLNK -> out.append(" -> ").append(Tokens.encode(tree.readlink(path)));
      case Mode.S_IFCHR, Mode.S_IFBLK -> out.append(" dev ").append(Long.toHexString(stat.rdev));
      default -> {}
    }
    if (parts.contains(Part.NLINK) && !stat.isDirectory()) {
      out.append(" nlink ").append(stat.nlink < 0 ? "?" : Integer.toString(stat.nlink));
    }
    if (parts.contains(Part.MTIME)) {
      out.append(" mtime ").append(time(stat));
    } else if (parts.contains(Part.OLD_MTIME)) {
      out.append(" mtime ").append(stat.mtimeSec < YEAR_2020 ? time(stat) : "now");
    }
    if (parts.contains(Part.INO)) {
      out.append(" ino ").append(stat.ino);
    }
    List<String> xattrs = new ArrayList<>(tree.listxattr(path));
    Collections.sort(xattrs);
    for (String xattr : xattrs) {
      if (parts.contains(Part.PRIVATE_XATTRS) || !isPrivate(xattr)) {
        out.append(' ')
            .append(Tokens.encode(xattr))
            .append('=')
            .append(Tokens.encode(Names.fromBytes(tree.getxattr(path, xattr))));
      }
    }
    return out.toString();
  }

  private static String time(Stat stat) {
    if (stat.mtimeNsec < 0) {
      return "?";
    }
    // Nine digits; String.format is what a snapshot would spend its time on.
    String nanoseconds = Integer.toString(1_000_000_000 + stat.mtimeNsec).substring(1);
    return stat.mtimeSec + "." + nanoseconds;
  }

  /**
   * Where two trees differ, a line each, or an empty text. A {@code ?} in the expected tree (the
   * model's "not known") matches any word.
   */
  public static String difference(Map<String, String> expected, Map<String, String> actual) {
    StringBuilder out = new StringBuilder();
    TreeMap<String, String> all = new TreeMap<>(actual);
    all.putAll(expected);
    for (String path : all.keySet()) {
      String want = expected.get(path);
      String have = actual.get(path);
      if (want == null || have == null || !matches(want, have)) {
        out.append("  expected ").append(want).append("\n  actual   ").append(have).append('\n');
      }
    }
    return out.toString();
  }

  /** Equal, where a {@code ?} in the expected line stands for any word. */
  public static boolean matches(String want, String have) {
    if (want.equals(have) || want.indexOf('?') < 0) {
      return want.equals(have);
    }
    List<String> wantWords = Tokens.split(want);
    List<String> haveWords = Tokens.split(have);
    if (wantWords.size() != haveWords.size()) {
      return false;
    }
    for (int i = 0; i < wantWords.size(); i++) {
      if (!wantWords.get(i).equals("?") && !wantWords.get(i).equals(haveWords.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPrivate(String xattr) {
    for (String prefix : PRIVATE) {
      if (xattr.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }

  private static char typeLetter(int mode) {
    return switch (Mode.type(mode)) {
      case Mode.S_IFDIR -> 'd';
      case Mode.S_IFREG -> '-';
      case Mode.S_IFLNK -> 'l';
      case Mode.S_IFIFO -> 'p';
      case Mode.S_IFSOCK -> 's';
      case Mode.S_IFCHR -> 'c';
      case Mode.S_IFBLK -> 'b';
      default -> '?';
    };
  }

  static String content(byte[] bytes, long size) {
    String length =
        bytes.length == size ? Long.toString(size) : size + "(read " + bytes.length + ")";
    if (bytes.length <= 40) {
      return length + " " + Tokens.encode(Names.fromBytes(bytes));
    }
    return length + " sha256:" + Hashing.sha256().hashBytes(bytes).toString().substring(0, 16);
  }
}
