package org.stratafs.strata;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.stratafs.image.Container;
import org.stratafs.image.Image;
import org.stratafs.image.ImageException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "mount",
    description = "Mounts an image with a writable container layer of its own over it.")
final class MountImageCommand implements Callable<Integer> {
  @ParentCommand private Strata strata;
  @Mixin private LimitOptions limits;

  @Parameters(
      index = "0",
      paramLabel = "IMAGE",
      description = "An image, or a container layer that was made before.")
  private String image;

  @Parameters(index = "1", paramLabel = "DIR", description = "Where to mount it.")
  private Path directory;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "What to call the container layer. Default: after the image.")
  private String name;

  @Option(names = "--ro", description = "Without a writable layer.")
  private boolean readOnly;

  @Option(
      names = "-o",
      paramLabel = "OPTION[,OPTION...]",
      description = "More options for stratafs.")
  private String options;

  @Override
  public Integer call() throws IOException {
    try (Work work = Work.shared(strata.store)) {
      Mounts mounts = new Mounts(work);
      Container container;
      boolean made = false;
      if (name == null && isContainer(work)) {
        container = work.containers.get(image);
      } else {
        Image found = work.store.find(image);
        work.store.unpack(found, limits.limits());
        String chosen = name != null ? name : freeName(work, found);
        if (work.containers.has(chosen)) {
          throw new ImageException(
              "there is a container layer '"
                  + chosen
                  + "' already: strata mount "
                  + chosen
                  + " DIR mounts it, another --name makes another");
        }
        container = work.containers.make(chosen, found);
        made = true;
      }
      try {
        mounts.mount(container, directory, readOnly, options);
      } catch (IOException | RuntimeException e) {
        if (made) {
          work.containers.remove(container.name());
        }
        throw e;
      }
      Console.INSTANCE.line(container.name());
    }
    return Strata.OK;
  }

  private boolean isContainer(Work work) {
    try {
      return work.containers.has(image) && work.containers.get(image) != null;
    } catch (IOException e) {
      return false; // a name that no container layer can have
    }
  }

  private static String freeName(Work work, Image image) {
    String base = image.reference() == null ? image.id().shortHex() : image.reference().name();
    base = base.substring(base.lastIndexOf('/') + 1);
    String chosen = base;
    for (int i = 2; work.containers.has(chosen); i++) {
      chosen = base + "-" + i;
    }
    return chosen;
  }
}
