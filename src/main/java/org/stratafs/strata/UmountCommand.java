package org.stratafs.strata;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.stratafs.image.Container;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(name = "umount", description = "Unmounts container layers; what they hold stays.")
final class UmountCommand implements Callable<Integer> {
  @ParentCommand private Strata strata;

  @Parameters(paramLabel = "NAME|DIR", arity = "1..*")
  private List<String> names;

  @Override
  public Integer call() throws IOException {
    try (Work work = Work.shared(strata.store)) {
      Mounts mounts = new Mounts(work);
      for (String name : names) {
        Container onIt = name.contains("/") ? mounts.mountedOn(Path.of(name)) : null;
        mounts.unmount(onIt != null ? onIt : work.containers.get(name));
      }
    }
    return Strata.OK;
  }
}
