package org.stratafs.strata;

import java.io.IOException;
import java.nio.file.Path;
import org.stratafs.image.Containers;
import org.stratafs.image.ImageStore;
import org.stratafs.sys.LinuxSyscalls;
import org.stratafs.sys.Syscalls;

/** What a command works with while it holds the store. */
final class Work implements AutoCloseable {
  final Syscalls sys = new LinuxSyscalls();
  final ImageStore store;
  final Containers containers;

  private Work(Path root, boolean exclusive) throws IOException {
    sys.umask(0);
    store = ImageStore.open(sys, root, exclusive, Console.INSTANCE);
    containers = new Containers(store, sys, Console.INSTANCE);
  }

  /** With others. */
  static Work shared(StoreOption option) throws IOException {
    return new Work(option.path(), false);
  }

  /** Alone, to take things away. */
  static Work alone(StoreOption option) throws IOException {
    return new Work(option.path(), true);
  }

  @Override
  public void close() throws IOException {
    store.close();
  }
}
