package org.stratafs.strata;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.stratafs.image.StoreCheck;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "fsck",
    description = "Verifies all digests, and each unpacked layer against its archive.")
final class FsckCommand implements Callable<Integer> {
  @ParentCommand private Strata strata;
  @Mixin private JsonOption output;

  @Override
  public Integer call() throws IOException {
    List<String> problems = new ArrayList<>();
    try (Work work = Work.alone(strata.store)) {
      new StoreCheck(work.store, work.containers, work.sys, Console.INSTANCE, problems::add)
          .check();
    }
    if (output.json) {
      Console.INSTANCE.json(problems);
    } else {
      for (String problem : problems) {
        Console.INSTANCE.line(problem);
      }
      if (problems.isEmpty()) {
        Console.INSTANCE.line("the store is sound");
      }
    }
    return problems.isEmpty() ? Strata.OK : Strata.FAILED;
  }
}
