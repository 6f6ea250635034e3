package org.stratafs.mount;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.stratafs.posix.Log;

/** The log on descriptor 2: {@code stratafs: LINE} in UTF-8, one write(2) a line. */
public final class StandardError implements Log {
  private final FileOutputStream out = new FileOutputStream(FileDescriptor.err);

  @Override
  public void warn(String line) {
    try {
      out.write(("stratafs: " + line + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // Nobody reads it any more, and there is nowhere else to say so.
    }
  }
}
