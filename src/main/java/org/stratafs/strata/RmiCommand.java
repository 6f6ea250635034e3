package org.stratafs.strata;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.stratafs.image.Container;
import org.stratafs.image.GarbageCollector;
import org.stratafs.image.Image;
import org.stratafs.image.ImageException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "rmi",
    description = "Takes away names of images, and what no image needs any more.")
final class RmiCommand implements Callable<Integer> {
  @ParentCommand private Strata strata;

  @Parameters(paramLabel = "IMAGE", arity = "1..*")
  private List<String> images;

  @Option(
      names = {"-f", "--force"},
      description = "Even if a container layer was made from it; what that needs stays.")
  private boolean force;

  @Override
  public Integer call() throws IOException {
    try (Work work = Work.alone(strata.store)) {
      for (String each : images) {
        Image image = work.store.find(each);
        if (!force) {
          refuseUsed(work, image);
        }
        work.store.untag(image);
        Console.INSTANCE.line("untagged " + image.display());
      }
      GarbageCollector.Freed freed = new GarbageCollector(work.store, work.containers).collect();
      Console.INSTANCE.line("freed " + Sizes.text(freed.bytes()));
    }
    return Strata.OK;
  }

  private static void refuseUsed(Work work, Image image) throws IOException {
    boolean hasOtherName = false;
    for (Image other : work.store.images()) {
      boolean same = other.entry().digest().equals(image.entry().digest());
      hasOtherName |= same && !other.display().equals(image.display());
    }
    for (Container container : work.containers.all()) {
      if (!hasOtherName && container.manifest().equals(image.entry().digest())) {
        throw new ImageException(
            "the container layer '"
                + container.name()
                + "' is made from "
                + image.display()
                + ": strata rm "
                + container.name()
                + " first, or --force");
      }
    }
  }
}
