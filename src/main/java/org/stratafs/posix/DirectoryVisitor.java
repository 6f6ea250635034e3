package org.stratafs.posix;

/** Takes the entries of one directory as getdents64(2) gives them, "." and ".." left out. */
@FunctionalInterface
public interface DirectoryVisitor {
  /**
   * One entry.
   *
   * @param ino d_ino: the inode number, of the covered directory where something is mounted on it
   * @param type d_type (DT_*), {@link Mode#DT_UNKNOWN} where the file system does not tell
   */
  void entry(String name, long ino, int type);
}
