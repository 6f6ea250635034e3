package org.stratafs.image;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * A stream that a thread of its own writes, so that hashing, compressing and writing overlap with
 * what the writer does. A few chunks are held. For one writer, who closes it: only then is all
 * written, and what went wrong said, if no write said it before.
 */
final class WriteBehind extends OutputStream {
  private static final int CHUNKS = 8;

  /** What was written at a time; a length of -1: the end. */
  private static final class Chunk {
    private final byte[] bytes = new byte[Streams.CHUNK];
    private int length;
  }

  private final OutputStream out;
  private final BlockingQueue<Chunk> full = new ArrayBlockingQueue<>(CHUNKS);
  private final BlockingQueue<Chunk> free = new ArrayBlockingQueue<>(CHUNKS);
  private final Thread thread;
  private volatile IOException failure;
  private volatile Throwable defect;
  private Chunk current = new Chunk();
  private boolean closed;

  WriteBehind(OutputStream out) {
    this.out = out;
    for (int i = 0; i < CHUNKS - 1; i++) {
      free.add(new Chunk());
    }
    thread = new Thread(this::drain, "write-behind");
    thread.setDaemon(true);
    thread.start();
  }

  private void drain() {
    try {
      for (Chunk chunk = full.take(); chunk.length >= 0; chunk = full.take()) {
        // After a failure only the chunks go round, so that the writer does not wait for ever.
        if (failure == null && defect == null) {
          write(chunk);
        }
        free.put(chunk);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(Chunk chunk) {
    try {
      out.write(chunk.bytes, 0, chunk.length);
    } catch (IOException e) {
      failure = e;
    } catch (RuntimeException | Error e) {
      defect = e;
    }
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    int at = from;
    int left = length;
    while (left > 0) {
      int count = Math.min(left, current.bytes.length - current.length);
      System.arraycopy(bytes, at, current.bytes, current.length, count);
      current.length += count;
      at += count;
      left -= count;
      if (current.length == current.bytes.length) {
        pass();
      }
    }
  }

  private void pass() throws IOException {
    throwFailure();
    try {
      full.put(current);
      current = free.take();
      current.length = 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }

  private void throwFailure() throws IOException {
    if (failure != null) {
      throw failure;
    }
    if (defect != null) {
      throw new IllegalStateException(defect);
    }
  }

  /** Waits until all is written; the stream beneath stays open. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (current.length > 0) {
        full.put(current);
      }
      Chunk end = new Chunk();
      end.length = -1;
      full.put(end);
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
    throwFailure();
  }
}
