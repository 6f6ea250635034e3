package org.stratafs.fuse.protocol;

import org.stratafs.fs.DirSink;
import org.stratafs.fs.Entry;
import org.stratafs.fuse.protocol.ReplyLayout.Dirent;
import org.stratafs.fuse.protocol.ReplyLayout.Direntplus;

/** Packs directory entries into a READDIR or READDIRPLUS reply. Confined to one worker. */
final class DirectoryReply implements DirSink {
  private final Reply out;
  private final AttrEncoder encoder;
  private boolean plus;

  /** The offset in the reply that must not be passed. */
  private int limit;

  DirectoryReply(Reply out, AttrEncoder encoder) {
    this.out = out;
    this.encoder = encoder;
  }

  /** Starts an empty listing of at most {@code size} bytes. */
  void begin(boolean withAttributes, int size) {
    plus = withAttributes;
    limit = out.length() + size;
  }

  @Override
  public boolean fits(int nameBytes) {
    return out.length() + recordSize(nameBytes) <= limit;
  }

  @Override
  public void add(String name, long ino, int type, long nextOffset) {
    requireRoom(name);
    if (plus) {
      // nodeid 0: "no attributes"; the kernel makes no dentry (fs/fuse/readdir.c).
      out.append(Direntplus.DIRENT);
    }
    dirent(name, ino, type, nextOffset);
  }

  @Override
  public void addPlus(String name, Entry entry, long nextOffset) {
    requireRoom(name);
    encoder.entry(out, entry);
    dirent(name, entry.attr.ino, entry.attr.mode >>> 12 & 15, nextOffset);
  }

  private void dirent(String name, long ino, int type, long nextOffset) {
    int at = out.append(Dirent.SIZE);
    out.u64(at + Dirent.INO, ino);
    out.u64(at + Dirent.OFF, nextOffset);
    out.u32(at + Dirent.NAMELEN, name.length());
    out.u32(at + Dirent.TYPE, type);
    out.append(name);
    out.append(aligned(name.length()) - name.length());
  }

  private void requireRoom(String name) {
    if (!fits(name.length())) {
      throw new IllegalStateException("an entry was added that does not fit");
    }
  }

  private int recordSize(int nameBytes) {
    return (plus ? Direntplus.SIZE : Dirent.SIZE) + aligned(nameBytes);
  }

  /** FUSE_DIRENT_ALIGN; both structs are multiples of eight. */
  static int aligned(int nameBytes) {
    return nameBytes + 7 & -8;
  }
}
