package org.stratafs.testkit;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Names;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;

/**
 * Runs the steps of a script on one tree and tells for each what a program would see: "ok" with
 * what was read, or the errno.
 */
public final class ScriptRunner {
  private final PosixTree tree;
  private final Map<Integer, Slot> slots = new HashMap<>();

  private record Slot(int fd, boolean writable) {}

  public ScriptRunner(PosixTree tree) {
    this.tree = tree;
  }

  /** The outcome of one step. */
  public String run(Step step) {
    try {
      return execute(step);
    } catch (FsException e) {
      return Errno.name(e.errno());
    }
  }

  /** Closes all descriptors of the script. */
  public void closeAll() {
    for (int slot : List.copyOf(slots.keySet())) {
      close(slot);
    }
  }

  private String execute(Step step) {
    switch (step.op()) {
      case "mkdir" -> tree.mkdir(step.arg(0), step.octal(1));
      case "create" ->
          tree.close(
              tree.open(
                  step.arg(0),
                  OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL,
                  step.octal(1)));
      case "write" -> write(step.arg(0), OpenFlags.O_CREAT, step.number(1), step.arg(2));
      case "overwrite" -> write(step.arg(0), OpenFlags.O_TRUNC, 0, step.arg(1));
      case "truncate" -> tree.truncate(step.arg(0), step.number(1));
      case "mknod" -> mknod(step);
      case "symlink" -> tree.symlink(step.arg(0), step.arg(1));
      case "link" -> tree.link(step.arg(0), step.arg(1));
      case "unlink" -> tree.unlink(step.arg(0));
      case "rmdir" -> tree.rmdir(step.arg(0));
      case "rename" -> tree.rename(step.arg(0), step.arg(1), step.number(2));
      case "chmod" -> tree.chmod(step.arg(0), step.octal(1));
      case "chown" -> tree.chown(step.arg(0), step.number(1), step.number(2));
      case "utimens" -> tree.utimens(step.arg(0), step.number(1), step.number(2));
      case "setxattr" ->
          tree.setxattr(step.arg(0), step.arg(1), Names.toBytes(step.arg(2)), step.number(3));
      case "removexattr" -> tree.removexattr(step.arg(0), step.arg(1));
      case "getxattr" -> {
        return "ok " + Names.fromBytes(tree.getxattr(step.arg(0), step.arg(1)));
      }
      case "read" -> {
        byte[] bytes = tree.contents(step.arg(0));
        return "ok " + TreeSnapshot.content(bytes, bytes.length);
      }
      case "lstat" -> {
        return describe(tree.lstat(step.arg(0)));
      }
      case "readlink" -> {
        return "ok " + tree.readlink(step.arg(0));
      }
      case "list" -> {
        return "ok " + tree.names(step.arg(0));
      }
      default -> {
        return onDescriptor(step);
      }
    }
    return "ok";
  }

  private void write(String path, int flags, int offset, String text) {
    int fd = tree.open(path, OpenFlags.O_WRONLY | flags, 0644);
    try {
      tree.write(fd, offset, Names.toBytes(text));
    } finally {
      tree.close(fd);
    }
  }

  private void mknod(Step step) {
    boolean device = step.arg(1).equals("chr") || step.arg(1).equals("blk");
    long rdev = 0;
    if (device) {
      rdev = new TreeSpec.Item("chr", "", step.arg(3), new TreeMap<>()).rdev();
    }
    tree.mknod(step.arg(0), TreeSpec.type(step.arg(1)) | step.octal(2), rdev);
  }

  private static String describe(Stat stat) {
    String nlink = stat.isDirectory() ? "" : " nlink " + (stat.nlink < 0 ? "?" : stat.nlink);
    String size = stat.isRegular() || stat.isSymlink() ? " " + stat.size : "";
    return "ok "
        + Integer.toOctalString(stat.mode)
        + " "
        + stat.uid
        + ":"
        + stat.gid
        + nlink
        + size;
  }

  private String onDescriptor(Step step) {
    int number = step.number(0);
    switch (step.op()) {
      case "open" -> {
        close(number);
        boolean writable = !step.arg(2).equals("r");
        int flags = writable ? OpenFlags.O_RDWR : OpenFlags.O_RDONLY;
        flags |= step.arg(2).equals("rwc") ? OpenFlags.O_CREAT : 0;
        flags |= step.arg(2).equals("rwt") ? OpenFlags.O_TRUNC : 0;
        slots.put(number, new Slot(tree.open(step.arg(1), flags, 0640), writable));
        return "ok";
      }
      case "tmpfile" -> {
        close(number);
        slots.put(number, new Slot(tree.tmpfile(step.arg(1), step.octal(2)), true));
        return "ok";
      }
      default -> {}
    }
    Slot slot = slots.get(number);
    if (slot == null) {
      return "skipped: not open";
    }
    if (!slot.writable && (step.op().equals("hwrite") || step.op().equals("htruncate"))) {
      return "skipped: read only";
    }
    switch (step.op()) {
      case "close" -> close(number);
      case "hread" -> {
        return "ok "
            + Tokens.encode(Names.fromBytes(tree.read(slot.fd, step.number(1), step.number(2))));
      }
      case "hwrite" -> tree.write(slot.fd, step.number(1), Names.toBytes(step.arg(2)));
      case "htruncate" -> tree.ftruncate(slot.fd, step.number(1));
      case "hlink" -> tree.linkOpen(slot.fd, step.arg(1));
      case "hstat" -> {
        Stat stat = new Stat();
        tree.fstat(slot.fd, stat);
        return describe(stat);
      }
      default -> throw new IllegalArgumentException(step.toString());
    }
    return "ok";
  }

  private void close(int number) {
    Slot slot = slots.remove(number);
    if (slot != null) {
      tree.close(slot.fd);
    }
  }
}
