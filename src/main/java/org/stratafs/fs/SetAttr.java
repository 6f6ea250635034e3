package org.stratafs.fs;

/** Which attributes SETATTR changes, and to what (struct fuse_setattr_in). Reused by its owner. */
public final class SetAttr {
  public boolean setMode;
  public boolean setUid;
  public boolean setGid;
  public boolean setSize;
  public boolean setAtime;
  public boolean setMtime;

  /** Use the time of the change in place of the value given. */
  public boolean atimeNow;

  public boolean mtimeNow;

  /** Clear suid, sgid and security.capability with the change (FATTR_KILL_SUIDGID). */
  public boolean killSuidGid;

  public int mode;
  public int uid;
  public int gid;

  /** In bytes. */
  public long size;

  public long atimeSec;
  public int atimeNsec;
  public long mtimeSec;
  public int mtimeNsec;

  /** The file handle the change came through, 0 if none. */
  public long handle;

  /** Back to "changes nothing". */
  public void clear() {
    setMode = false;
    setUid = false;
    setGid = false;
    setSize = false;
    setAtime = false;
    setMtime = false;
    atimeNow = false;
    mtimeNow = false;
    killSuidGid = false;
    handle = 0;
  }
}
