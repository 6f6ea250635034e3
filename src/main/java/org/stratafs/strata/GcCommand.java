package org.stratafs.strata;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.stratafs.image.GarbageCollector;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

@Command(name = "gc", description = "Frees what no image and no container layer needs.")
final class GcCommand implements Callable<Integer> {
  @ParentCommand private Strata strata;
  @Mixin private JsonOption output;

  @Override
  public Integer call() throws IOException {
    try (Work work = Work.alone(strata.store)) {
      GarbageCollector.Freed freed = new GarbageCollector(work.store, work.containers).collect();
      output.print(
          freed,
          "freed "
              + freed.blobs()
              + " blobs and "
              + freed.layers()
              + " layers, "
              + Sizes.text(freed.bytes())
              + "\n");
    }
    return Strata.OK;
  }
}
