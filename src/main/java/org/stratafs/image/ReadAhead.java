package org.stratafs.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * A stream that a thread of its own reads ahead, so that uncompressing and hashing overlap with
 * what the reader does. A few chunks are held, however long the stream. For one reader.
 */
final class ReadAhead extends BulkInput {
  private static final int CHUNKS = 8;

  private final InputStream in;
  private final BlockingQueue<Chunk> full = new ArrayBlockingQueue<>(CHUNKS);
  private final BlockingQueue<byte[]> free = new ArrayBlockingQueue<>(CHUNKS);
  private final Thread thread;
  private Chunk current;
  private int at;

  /**
   * What was read at a time; a length of -1: the stream ended, by {@code failure} if there is one.
   */
  private static final class Chunk {
    private final byte[] bytes;
    private final int length;
    private final Throwable failure;

    Chunk(byte[] bytes, int length, Throwable failure) {
      this.bytes = bytes;
      this.length = length;
      this.failure = failure;
    }
  }

  ReadAhead(InputStream in) {
    this.in = in;
    for (int i = 0; i < CHUNKS - 2; i++) {
      free.add(new byte[Streams.CHUNK]);
    }
    thread = new Thread(this::fill, "read-ahead");
    thread.setDaemon(true);
    thread.start();
  }

  private void fill() {
    try {
      try {
        while (true) {
          byte[] bytes = free.take();
          int got = in.readNBytes(bytes, 0, bytes.length);
          if (got > 0) {
            full.put(new Chunk(bytes, got, null));
          }
          if (got < bytes.length) {
            full.put(new Chunk(null, -1, null));
            return;
          }
        }
      } catch (IOException | RuntimeException | Error e) {
        full.put(new Chunk(null, -1, e));
      }
    } catch (InterruptedException e) {
      // the reader wants no more
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!advance()) {
      return -1;
    }
    int count = Math.min(length, current.length - at);
    System.arraycopy(current.bytes, at, into, from, count);
    at += count;
    return count;
  }

  /** Makes sure that there is something to read; false at the end. */
  private boolean advance() throws IOException {
    if (current != null && current.length >= 0 && at == current.length) {
      free.add(current.bytes);
      current = null;
    }
    if (current == null) {
      try {
        current = full.take();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException();
      }
      at = 0;
    }
    if (current.length >= 0) {
      return true;
    }
    if (current.failure instanceof IOException e) {
      throw e;
    } else if (current.failure instanceof RuntimeException e) {
      throw e;
    } else if (current.failure instanceof Error e) {
      throw e;
    }
    return false;
  }

  /** Ends the thread, in the middle of the stream if need be; the stream itself stays open. */
  @Override
  public void close() {
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
