package org.stratafs.strata;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.stratafs.image.Image;
import org.stratafs.image.ImageReference;
import org.stratafs.image.Squasher;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "squash",
    description = "Merges the newest layers of an image into one: what they delete is gone.")
final class SquashCommand implements Callable<Integer> {
  @ParentCommand private Strata strata;
  @Mixin private LimitOptions limits;
  @Mixin private CompressOption compress;

  @Parameters(index = "0", paramLabel = "IMAGE")
  private String image;

  @Parameters(index = "1", paramLabel = "NEW[:TAG]", description = "What to call the new image.")
  private String name;

  @Option(
      names = {"-n", "--layers"},
      paramLabel = "N",
      description = "How many of the newest layers. Default: all.")
  private Integer layers;

  @Option(
      names = {"-m", "--message"},
      paramLabel = "TEXT",
      description = "A comment for the history.")
  private String message;

  @Override
  public Integer call() throws IOException {
    ImageReference reference = ImageReference.parse(name);
    try (Work work = Work.shared(strata.store)) {
      Image found = work.store.find(image);
      work.store.unpack(found, limits.limits());
      int count = layers == null ? found.diffIds().size() : layers;
      Image squashed =
          new Squasher(work.store, work.sys, Console.INSTANCE)
              .squash(found, count, reference, message, compress.compression());
      Console.INSTANCE.line(squashed.display() + " " + squashed.id());
    }
    return Strata.OK;
  }
}
