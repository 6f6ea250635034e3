package org.stratafs.strata;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.stratafs.posix.FsException;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Layers and images; {@code scripts/strata} starts it. */
@Command(
    name = "strata",
    description = "Layers and images: imports, mounts, compares, commits and exports them.",
    mixinStandardHelpOptions = true,
    scope = CommandLine.ScopeType.INHERIT,
    versionProvider = StrataVersion.class,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:done",
      "1:not done, and a line on standard error says why",
      "2:the command line is not understood"
    })
public final class Strata implements Runnable {
  static final int OK = 0;
  static final int FAILED = 1;
  private static final int USAGE = 2;

  @CommandLine.Mixin final StoreOption store = new StoreOption();

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  private Strata() {}

  public static void main(String[] arguments) {
    Class<?> only = Commands.calledBy(arguments);
    int code = (only == null ? commandLine() : withOne(only)).execute(arguments);
    if (Console.INSTANCE.failed() && code == OK) {
      code = FAILED; // standard output is full or closed
    }
    System.exit(code);
  }

  /** With all commands. */
  static CommandLine commandLine() {
    CommandLine line = withoutCommands();
    for (Class<?> command : Commands.all().values()) {
      line.addSubcommand(command);
    }
    line.addSubcommand(HelpCommand.class);
    line.addSubcommand(GenerateCompletion.class);
    line.getSubcommands().get("generate-completion").getCommandSpec().usageMessage().hidden(true);
    return withHandlers(line);
  }

  private static CommandLine withOne(Class<?> command) {
    return withHandlers(withoutCommands().addSubcommand(command));
  }

  private static CommandLine withoutCommands() {
    return new CommandLine(new Strata());
  }

  /** After the subcommands, which get them too. */
  private static CommandLine withHandlers(CommandLine line) {
    line.setOut(new PrintWriter(Console.INSTANCE.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(Console.INSTANCE.err(), true, StandardCharsets.UTF_8));
    line.setParameterExceptionHandler(Strata::misunderstood);
    line.setExecutionExceptionHandler(Strata::failed);
    return line;
  }

  /** Without a command there is nothing to do but to say what there is. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  private static int misunderstood(ParameterException e, String[] arguments) {
    String name = e.getCommandLine().getCommandSpec().qualifiedName();
    Console.INSTANCE.warn(e.getMessage() + " (" + name + " --help)");
    return USAGE;
  }

  private static int failed(Exception e, CommandLine line, ParseResult parsed) {
    String message = e.getMessage();
    boolean said =
        message != null
            && (e instanceof IOException
                || e instanceof FsException
                || e instanceof IllegalArgumentException);
    if (!said) {
      Console.INSTANCE.warn("a defect in strata, please report it: " + e);
      e.printStackTrace(Console.INSTANCE.err());
      return FAILED;
    }
    // java.nio's exceptions have but the path for a message
    boolean bare = e instanceof java.nio.file.FileSystemException;
    Console.INSTANCE.warn(bare ? e.getClass().getSimpleName() + ": " + message : message);
    return FAILED;
  }
}
