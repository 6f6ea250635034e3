package org.stratafs.strata;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.stratafs.image.Container;
import org.stratafs.posix.Names;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

@Command(name = "ps", description = "Lists the container layers.")
final class PsCommand implements Callable<Integer> {
  @ParentCommand private Strata strata;
  @Mixin private JsonOption output;

  @Override
  public Integer call() throws IOException {
    try (Work work = Work.shared(strata.store)) {
      Mounts mounts = new Mounts(work);
      Table table = new Table("NAME", "IMAGE", "CREATED", "MOUNTED ON");
      List<Map<String, Object>> rows = new ArrayList<>();
      for (Container container : work.containers.all()) {
        boolean mounted = mounts.isMounted(container);
        String point = mounted ? Names.display(container.mountPoint()) : null;
        String access = mounted && container.readOnly() ? " (read-only)" : "";
        table.row(
            container.name(),
            container.image(),
            container.created(),
            mounted ? point + access : "-");
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("Name", container.name());
        row.put("Image", container.image());
        row.put("Created", container.created());
        row.put("MountPoint", point);
        row.put("ReadOnly", mounted && container.readOnly());
        row.put("UpperDir", work.containers.upper(container.name()).toString());
        rows.add(row);
      }
      output.print(rows, table.text());
    }
    return Strata.OK;
  }
}
