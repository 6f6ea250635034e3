package org.stratafs.image;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import org.stratafs.layer.LayerDir;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;

/**
 * What an upper looked like at one time: names, inodes, sizes and ctimes, which any change moves.
 */
final class Fingerprint implements ChangeVisitor {
  private final Hasher hasher = Hashing.sha256().newHasher();

  Digest digest() {
    return Digest.of(hasher.hash());
  }

  @Override
  public void directory(String path, LayerDir dir, Stat stat, Kind kind, boolean hides) {
    add(path, stat);
  }

  @Override
  public void file(String path, MergedDir.Found at, MergedDir.Found data, Kind kind) {
    add(path, at.stat());
  }

  @Override
  public void deleted(String path, boolean covered) {
    hasher.putInt(path.length()).putBytes(Names.toBytes(path));
  }

  private void add(String path, Stat stat) {
    hasher.putInt(path.length()).putBytes(Names.toBytes(path));
    hasher.putLong(stat.dev).putLong(stat.ino).putInt(stat.mode).putLong(stat.size);
    hasher.putLong(stat.ctimeSec).putInt(stat.ctimeNsec);
  }
}
