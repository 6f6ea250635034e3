package org.stratafs.strata;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.stratafs.image.Json;
import org.stratafs.posix.Log;

/** Standard output and standard error, in UTF-8. */
final class Console implements Log {
  static final Console INSTANCE = new Console();

  private final PrintStream out =
      new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
  private final PrintStream err =
      new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);

  private Console() {}

  void print(String text) {
    out.print(text);
    out.flush();
  }

  void line(String text) {
    print(text + "\n");
  }

  void json(Object value) {
    line(Json.pretty(value));
  }

  /** One line for the person. */
  @Override
  public void warn(String line) {
    err.println("strata: " + line);
  }

  PrintStream out() {
    return out;
  }

  PrintStream err() {
    return err;
  }

  /** Whether standard output took all that was printed. */
  boolean failed() {
    out.flush();
    return out.checkError();
  }
}
