package org.stratafs.strata;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.stratafs.image.Committer;
import org.stratafs.image.Image;
import org.stratafs.image.ImageReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "commit",
    description =
        "Makes an image of a container layer or an upper directory: what it changes becomes one"
            + " more layer. Nothing may write to it meanwhile.")
final class CommitCommand implements Callable<Integer> {
  @ParentCommand private Strata strata;
  @Mixin private LimitOptions limits;
  @Mixin private CompressOption compress;

  @Parameters(index = "0", paramLabel = "NAME|UPPER")
  private String upper;

  @Parameters(index = "1", paramLabel = "IMAGE[:TAG]", description = "What to call the new image.")
  private String name;

  @Option(
      names = "--base",
      paramLabel = "IMAGE",
      description = "What lies below UPPER. Default: nothing.")
  private String base;

  @Option(
      names = {"-m", "--message"},
      paramLabel = "TEXT",
      description = "A comment for the history.")
  private String message;

  @Option(
      names = {"-a", "--author"},
      paramLabel = "NAME",
      description = "Who made it.")
  private String author;

  @Option(
      names = {"-c", "--change"},
      paramLabel = "INSTRUCTION",
      description =
          "Change the configuration: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL,"
              + " USER, VOLUME, WORKDIR. May be given again.")
  private List<String> changes = List.of();

  @Override
  public Integer call() throws IOException {
    ImageReference reference = ImageReference.parse(name);
    try (Work work = Work.shared(strata.store)) {
      UpperArgument argument = UpperArgument.of(work, upper, base, limits.limits());
      argument.sync(work);
      Committer.Words words =
          new Committer.Words(author, message, "strata commit " + upper, changes);
      Image image =
          new Committer(work.store, work.sys, Console.INSTANCE)
              .commit(
                  argument.directory(),
                  argument.links(),
                  argument.base(),
                  reference,
                  words,
                  compress.compression());
      Console.INSTANCE.line(image.display() + " " + image.id());
    }
    return Strata.OK;
  }
}
