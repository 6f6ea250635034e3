package org.stratafs.strata;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.stratafs.image.ImageReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(name = "tag", description = "Gives an image one more name.")
final class TagCommand implements Callable<Integer> {
  @ParentCommand private Strata strata;

  @Parameters(index = "0", paramLabel = "IMAGE")
  private String image;

  @Parameters(index = "1", paramLabel = "NAME[:TAG]")
  private String name;

  @Override
  public Integer call() throws IOException {
    ImageReference reference = ImageReference.parse(name);
    try (Work work = Work.shared(strata.store)) {
      work.store.tag(work.store.find(image), reference);
    }
    return Strata.OK;
  }
}
