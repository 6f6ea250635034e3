package org.stratafs.mount;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.stratafs.posix.Log;
import org.stratafs.posix.Names;

/**
 * The log on descriptor 2: {@code stratafs: LINE} in UTF-8, one write(2) a line; in a file {@code
 * 2026-11-27T13:30:05Z /merged: LINE}.
 */
public final class StandardError implements Log {
  private final FileOutputStream out = new FileOutputStream(FileDescriptor.err);

  /** What lines begin with after the time; null while who started the mount reads along. */
  private volatile String mountPoint;

  /** From now on each line has the time and the mount it is about: others write there, too. */
  void names(String mount) {
    mountPoint = Names.display(mount);
  }

  @Override
  public void warn(String line) {
    try {
      out.write((begin() + ": " + line + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // Nobody reads it any more, and there is nowhere else to say so.
    }
  }

  private String begin() {
    String mount = mountPoint;
    return mount == null ? "stratafs" : Instant.now().truncatedTo(ChronoUnit.SECONDS) + " " + mount;
  }
}
