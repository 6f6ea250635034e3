package org.stratafs.image;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A lock of the store between processes (fcntl(2), the kernel drops it when the process ends).
 * Shared: what is published stays. Exclusive: nobody else is at work, so that what nobody needs may
 * go.
 */
final class StoreLock implements AutoCloseable {
  private final FileChannel channel;
  private final FileLock lock;

  private StoreLock(FileChannel channel, FileLock lock) {
    this.channel = channel;
    this.lock = lock;
  }

  /** Waits until it is free. */
  static StoreLock take(Path file, boolean exclusive) throws IOException {
    FileChannel channel = open(file);
    try {
      return new StoreLock(channel, channel.lock(0, Long.MAX_VALUE, !exclusive));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** Takes it exclusively; null if somebody has it. */
  static StoreLock takeIfFree(Path file) throws IOException {
    FileChannel channel = open(file);
    FileLock lock = channel.tryLock();
    if (lock == null) {
      channel.close();
      return null;
    }
    return new StoreLock(channel, lock);
  }

  @Override
  public void close() throws IOException {
    lock.release();
    channel.close();
  }
}
