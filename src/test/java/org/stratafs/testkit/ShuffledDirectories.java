package org.stratafs.testkit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.stratafs.posix.DirectoryVisitor;
import org.stratafs.posix.Mode;
import org.stratafs.sys.Syscalls;

/** Lists directories in a random order, now and then without d_type, as some file systems do. */
public final class ShuffledDirectories extends SyscallWrapper {
  private final Random random;

  public ShuffledDirectories(Syscalls real, long seed) {
    super(real);
    this.random = new Random(seed);
  }

  @Override
  protected void before(String call, Object[] args) {
    if (!call.equals("readDirectory")) {
      return;
    }
    DirectoryVisitor visitor = (DirectoryVisitor) args[1];
    // The wrapped call is made with a visitor that collects; the real one is served in after().
    args[1] = new Collector(visitor);
  }

  @Override
  protected Object after(String call, Object[] args, Object result) {
    if (call.equals("readDirectory")) {
      Collector collector = (Collector) args[1];
      boolean untyped;
      synchronized (random) {
        Collections.shuffle(collector.entries, random);
        untyped = random.nextInt(8) == 0;
      }
      for (DirEntry entry : collector.entries) {
        collector.visitor.entry(
            entry.name(), entry.ino(), untyped ? Mode.DT_UNKNOWN : entry.type());
      }
    }
    return result;
  }

  private static final class Collector implements DirectoryVisitor {
    private final DirectoryVisitor visitor;
    private final List<DirEntry> entries = new ArrayList<>();

    Collector(DirectoryVisitor visitor) {
      this.visitor = visitor;
    }

    @Override
    public void entry(String name, long ino, int type) {
      entries.add(new DirEntry(name, ino, type));
    }
  }
}
