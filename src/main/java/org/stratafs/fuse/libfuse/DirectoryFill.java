package org.stratafs.fuse.libfuse;

import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import jnr.ffi.Struct;
import jnr.ffi.provider.jffi.ClosureHelper;
import org.stratafs.fs.DirSink;
import org.stratafs.fs.Entry;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Names;
import ru.serce.jnrfuse.FuseFillDir;

/** Hands entries to libfuse's filler for one READDIR, as many as the kernel has room for. */
final class DirectoryFill implements DirSink {
  /** struct fuse_dirent before the name, and what records are aligned to. */
  private static final int DIRENT = 24;

  private final FuseFillDir filler;
  private final Pointer buffer;
  private final Request request;
  private final int room;
  private int used;

  DirectoryFill(Pointer filler, Pointer buffer, Request request) {
    ClosureHelper helper = ClosureHelper.getInstance();
    this.filler =
        helper
            .getNativeConveter(FuseFillDir.class)
            .fromNative(filler, helper.getFromNativeContext());
    this.buffer = buffer;
    this.request = request;
    this.room = request.listingSize();
  }

  boolean isEmpty() {
    return used == 0;
  }

  @Override
  public boolean fits(int nameBytes) {
    return used + recordSize(nameBytes) <= room;
  }

  private static int recordSize(int nameBytes) {
    return DIRENT + nameBytes + 7 & -8;
  }

  @Override
  public void add(String name, long ino, int type, long nextOffset) {
    request.listed.st_ino.set(ino);
    request.listed.st_mode.set(Mode.fromDirentType(type));
    byte[] terminated = new byte[name.length() + 1];
    System.arraycopy(Names.toBytes(name), 0, terminated, 0, name.length());
    Pointer stat = Struct.getMemory(request.listed);
    if (filler.apply(buffer, ByteBuffer.wrap(terminated), stat, nextOffset) != 0) {
      throw new IllegalStateException("libfuse has no room for an entry that fits");
    }
    used += recordSize(name.length());
  }

  @Override
  public void addPlus(String name, Entry entry, long nextOffset) {
    throw new IllegalStateException("READDIRPLUS is unknown to libfuse 2");
  }
}
