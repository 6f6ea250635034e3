package org.stratafs.image;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.stratafs.layer.LayerDir;
import org.stratafs.layer.Marks;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/** Writes what changed as a layer: OCI whiteouts, further names as hard links. */
final class LayerTar implements ChangeVisitor {
  private final Syscalls sys;
  private final TarWriter tar;
  private final Set<String> unnamed;

  /** Where an inode with several names was written first. */
  private final Map<InodeKey, String> written = new HashMap<>();

  private record InodeKey(long dev, long ino) {}

  /**
   * @param unnamed directories that get no entry of their own; "" is the root
   */
  LayerTar(Syscalls sys, TarWriter tar, Set<String> unnamed) {
    this.sys = sys;
    this.tar = tar;
    this.unnamed = unnamed;
  }

  @Override
  public void directory(String path, LayerDir dir, Stat stat, Kind kind, boolean hides)
      throws IOException {
    if (!unnamed.contains(path)) {
      tar.directory(path, dir, stat);
    }
    if (hides) {
      tar.mark(Names.join(path, Marks.OPAQUE_NAME));
    }
  }

  @Override
  public void file(String path, MergedDir.Found at, MergedDir.Found data, Kind kind)
      throws IOException {
    Stat stat = at.stat();
    if (Mode.type(stat.mode) == Mode.S_IFSOCK) {
      return; // a tar has no form for one, and nobody could connect to it
    }
    InodeKey key = stat.nlink > 1 ? new InodeKey(stat.dev, stat.ino) : null;
    String first = key == null ? null : written.putIfAbsent(key, path);
    if (first != null) {
      tar.hardLink(path, first, stat);
    } else if (stat.isRegular()) {
      int fd = TarWriter.open(data);
      try {
        tar.file(path, at.dir(), at.name(), stat, fd);
      } finally {
        sys.close(fd);
      }
    } else {
      tar.special(path, at.dir(), at.name(), stat);
    }
  }

  @Override
  public void deleted(String path, boolean covered) throws IOException {
    if (covered) {
      return;
    }
    int slash = path.lastIndexOf('/');
    String parent = slash < 0 ? "" : path.substring(0, slash);
    tar.mark(Names.join(parent, Marks.PREFIX + path.substring(slash + 1)));
  }
}
