package org.stratafs.strata;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.stratafs.image.Image;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

@Command(name = "images", description = "Lists the images of the store.")
final class ImagesCommand implements Callable<Integer> {
  @ParentCommand private Strata strata;
  @Mixin private JsonOption output;

  @Override
  public Integer call() throws IOException {
    try (Work work = Work.shared(strata.store)) {
      List<Map<String, Object>> rows = new ArrayList<>();
      Table table = new Table("NAME", "TAG", "ID", "CREATED", "LAYERS", "SIZE");
      for (Image image : work.store.images()) {
        String name = image.reference() == null ? "<none>" : image.reference().name();
        String tag = image.reference() == null ? "<none>" : image.reference().tag();
        long size = ImageSizes.of(work.store, image);
        int layers = image.diffIds().size();
        table.row(
            name,
            tag,
            image.id().shortHex(),
            image.config().created(),
            Integer.toString(layers),
            Sizes.text(size));
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("Name", name);
        row.put("Tag", tag);
        row.put("Id", image.id());
        row.put("Digest", image.entry().digest());
        row.put("Created", image.config().created());
        row.put("Layers", layers);
        row.put("Size", size);
        rows.add(row);
      }
      output.print(rows, table.text());
    }
    return Strata.OK;
  }
}
