package org.stratafs.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;

/**
 * A directory tree as text, an entry a line; words as {@link Tokens} has them.
 *
 * <pre>
 * dir      a                mode=0755 uid=1 gid=2 mtime=12.000000034 user.x=value
 * file     a/f "some text"  size=4096 makes it longer, with a hole at its end
 * link     a/s target
 * hard     a/h a/f
 * fifo     a/p
 * sock     a/k
 * chr      a/c 1:3
 * blk      a/b 8:1
 * whiteout a/w              form=device (default), name, trusted, user
 * opaque   a                form=trusted (default), user, fuse, name, x, userx
 * </pre>
 *
 * Directories that are missing on the way are made with mode 0755. What has no mtime gets {@link
 * #MTIME}.
 */
public final class TreeSpec {
  /** In seconds, with 123456789 nanoseconds: long ago, so that a time that was not kept shows. */
  public static final long MTIME = 1_000_000_000L;

  public static final int MTIME_NSEC = 123_456_789;

  /** One line. {@code argument}: text, target, device or form; null if there is none. */
  public record Item(String kind, String path, String argument, Map<String, String> attributes) {
    @Override
    public String toString() {
      StringBuilder out = new StringBuilder(kind).append(' ').append(Tokens.encode(path));
      if (argument != null) {
        out.append(' ').append(Tokens.encode(argument));
      }
      attributes.forEach(
          (key, value) ->
              out.append(' ').append(Tokens.encode(key)).append('=').append(Tokens.encode(value)));
      return out.toString();
    }

    String attribute(String key, String otherwise) {
      return attributes.getOrDefault(key, otherwise);
    }

    /** The permission bits, 0755 for directories and 0644 for the rest unless said. */
    public int mode() {
      return Integer.parseInt(attribute("mode", kind.equals("dir") ? "755" : "644"), 8);
    }

    public int uid() {
      return Integer.parseInt(attribute("uid", "0"));
    }

    public int gid() {
      return Integer.parseInt(attribute("gid", "0"));
    }

    public long mtimeSec() {
      String time = attribute("mtime", null);
      return time == null ? MTIME : Long.parseLong(time.substring(0, time.indexOf('.')));
    }

    public int mtimeNsec() {
      String time = attribute("mtime", null);
      return time == null ? MTIME_NSEC : Integer.parseInt(time.substring(time.indexOf('.') + 1));
    }

    /** For chr and blk, as makedev(3) has it. */
    public long rdev() {
      int colon = argument.indexOf(':');
      return makedev(
          Long.parseLong(argument.substring(0, colon)),
          Long.parseLong(argument.substring(colon + 1)));
    }

    /** What a regular file holds. */
    public byte[] content() {
      byte[] text = Names.toBytes(argument == null ? "" : argument);
      int size = Integer.parseInt(attribute("size", Integer.toString(text.length)));
      return java.util.Arrays.copyOf(text, size);
    }

    /** The attributes whose key has a dot. */
    public Map<String, byte[]> xattrs() {
      Map<String, byte[]> xattrs = new TreeMap<>();
      attributes.forEach(
          (key, value) -> {
            if (key.indexOf('.') >= 0) {
              xattrs.put(key, Names.toBytes(value));
            }
          });
      return xattrs;
    }
  }

  private final List<Item> items;

  public TreeSpec(List<Item> items) {
    this.items = List.copyOf(items);
  }

  public List<Item> items() {
    return items;
  }

  /** Reads the text form. */
  public static TreeSpec parse(String text) {
    List<Item> items = new ArrayList<>();
    for (String line : text.lines().toList()) {
      List<String> words = Tokens.split(line);
      if (!words.isEmpty()) {
        items.add(item(words));
      }
    }
    return new TreeSpec(items);
  }

  private static Item item(List<String> words) {
    if (words.size() < 2) {
      throw new IllegalArgumentException("a path is missing: " + words);
    }
    String kind = words.get(0);
    int next = 2;
    String argument = null;
    boolean takesArgument =
        switch (kind) {
          case "file", "link", "hard", "chr", "blk" -> true;
          case "dir", "fifo", "sock", "whiteout", "opaque" -> false;
          default -> throw new IllegalArgumentException("unknown kind: " + words);
        };
    if (takesArgument && next < words.size()) {
      argument = words.get(next++);
    }
    Map<String, String> attributes = new TreeMap<>();
    for (; next < words.size(); next++) {
      String word = words.get(next);
      int equals = word.indexOf('=');
      if (equals < 0) {
        throw new IllegalArgumentException("no key=value: " + word + " in " + words);
      }
      attributes.put(word.substring(0, equals), word.substring(equals + 1));
    }
    return new Item(kind, words.get(1), argument, attributes);
  }

  /** makedev(3). */
  public static long makedev(long major, long minor) {
    return ((major & 0xfffff000L) << 32)
        | ((major & 0xfffL) << 8)
        | ((minor & 0xffffff00L) << 12)
        | (minor & 0xffL);
  }

  /** The file type bits of a kind that is an inode of its own. */
  public static int type(String kind) {
    return switch (kind) {
      case "dir" -> Mode.S_IFDIR;
      case "file" -> Mode.S_IFREG;
      case "link" -> Mode.S_IFLNK;
      case "fifo" -> Mode.S_IFIFO;
      case "sock" -> Mode.S_IFSOCK;
      case "chr" -> Mode.S_IFCHR;
      case "blk" -> Mode.S_IFBLK;
      default -> throw new IllegalArgumentException(kind);
    };
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    for (Item item : items) {
      out.append(item).append('\n');
    }
    return out.toString();
  }
}
