package org.stratafs.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.stratafs.config.CommandLine;
import org.stratafs.config.OptionException;
import org.stratafs.config.StatusQuestion;
import org.stratafs.mount.StandardError;
import org.stratafs.posix.FsException;

/** The mount command; {@code scripts/stratafs} starts it. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    StandardError err = new StandardError();
    int code = ExitCodes.FAILED;
    try {
      code = run(RawArguments.of(arguments), err);
    } catch (OptionException | FsException | IOException e) {
      err.warn(e.getMessage());
    } catch (InterruptedException e) {
      err.warn("interrupted");
    }
    // Not System.exit: it starts the JDK's logging, and the shutdown hook has nothing left to do.
    Runtime.getRuntime().halt(code);
  }

  private static int run(List<String> arguments, StandardError err)
      throws IOException, InterruptedException {
    return switch (CommandLine.actionOf(arguments)) {
      case HELP -> answer(Usage.TEXT);
      case VERSION -> answer(Version.text());
      case STATUS -> StatusCommand.run(StatusQuestion.of(arguments));
      case MOUNT -> MountCommand.run(arguments, err);
    };
  }

  private static int answer(String text) throws IOException {
    new FileOutputStream(FileDescriptor.out).write(text.getBytes(StandardCharsets.US_ASCII));
    return ExitCodes.OK;
  }
}
