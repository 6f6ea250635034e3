package org.stratafs.strata;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.stratafs.image.Container;
import org.stratafs.image.ImageException;
import org.stratafs.posix.Names;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(name = "rm", description = "Takes away container layers with all that was written there.")
final class RmCommand implements Callable<Integer> {
  @ParentCommand private Strata strata;

  @Parameters(paramLabel = "NAME", arity = "1..*")
  private List<String> names;

  @Option(
      names = {"-f", "--force"},
      description = "Unmount them first.")
  private boolean force;

  @Override
  public Integer call() throws IOException {
    try (Work work = Work.shared(strata.store)) {
      Mounts mounts = new Mounts(work);
      for (String name : names) {
        Container container = work.containers.get(name);
        if (mounts.isMounted(container)) {
          if (!force) {
            throw new ImageException(
                "'"
                    + name
                    + "' is mounted on "
                    + Names.display(container.mountPoint())
                    + ": strata umount "
                    + name
                    + " first, or --force");
          }
          mounts.unmount(container);
        }
        work.containers.remove(name);
      }
    }
    return Strata.OK;
  }
}
