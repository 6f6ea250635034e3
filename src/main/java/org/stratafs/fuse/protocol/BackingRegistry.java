package org.stratafs.fuse.protocol;

/** Makes files known to the kernel, which then reads and writes them by itself. */
public interface BackingRegistry {
  /**
   * Registers an open file.
   *
   * @return its id, never 0
   * @throws org.stratafs.posix.FsException EPERM without CAP_SYS_ADMIN in the initial user
   *     namespace, ELOOP for a file system stacked too high, EOPNOTSUPP, EMFILE, ENOMEM
   */
  int open(int fd);

  /** Takes an id back; open files of it go on. */
  void close(int id);
}
