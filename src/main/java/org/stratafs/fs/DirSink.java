package org.stratafs.fs;

/**
 * Takes the entries of a READDIR or READDIRPLUS reply until it is full.
 *
 * <p>The file system asks {@link #fits} before it looks an entry up, so that a lookup is counted
 * only for an entry that went into the reply (invariant I11).
 */
public interface DirSink {
  /** Whether an entry with a name of that many bytes still has room. */
  boolean fits(int nameBytes);

  /**
   * Adds an entry to a READDIR reply, or one without attributes ("." and "..", or one that
   * vanished) to a READDIRPLUS reply.
   *
   * @param type d_type
   * @param nextOffset the offset at which reading goes on after this entry; never 0
   */
  void add(String name, long ino, int type, long nextOffset);

  /** Adds an entry with attributes; its lookup has been counted. */
  void addPlus(String name, Entry entry, long nextOffset);
}
