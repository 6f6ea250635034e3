package org.stratafs.strata;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.stratafs.image.HistoryEntry;
import org.stratafs.image.Image;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(name = "history", description = "Shows how an image came to be, the newest step first.")
final class HistoryCommand implements Callable<Integer> {
  private static final int WIDTH = 60;

  @ParentCommand private Strata strata;
  @Mixin private JsonOption output;

  @Parameters(paramLabel = "IMAGE")
  private String image;

  @Option(names = "--no-trunc", description = "Do not shorten what made a step.")
  private boolean whole;

  @Override
  public Integer call() throws IOException {
    List<Map<String, Object>> steps = new ArrayList<>();
    try (Work work = Work.shared(strata.store)) {
      Image found = work.store.find(image);
      int layer = 0;
      for (HistoryEntry entry : found.config().history()) {
        boolean makesLayer = !entry.isEmptyLayer() && layer < found.diffIds().size();
        Map<String, Object> step = new LinkedHashMap<>();
        step.put("Layer", makesLayer ? found.diffIds().get(layer).toString() : null);
        step.put("Created", entry.created());
        step.put("CreatedBy", entry.createdBy() == null ? "" : entry.createdBy());
        step.put("Size", makesLayer ? ImageSizes.ofLayer(work.store, found, layer) : 0L);
        step.put("Comment", entry.comment() == null ? "" : entry.comment());
        step.put("EmptyLayer", entry.isEmptyLayer());
        steps.add(step);
        layer += makesLayer ? 1 : 0;
      }
      for (; layer < found.diffIds().size(); layer++) {
        Map<String, Object> step = new LinkedHashMap<>();
        step.put("Layer", found.diffIds().get(layer).toString());
        step.put("Created", null);
        step.put("CreatedBy", "");
        step.put("Size", ImageSizes.ofLayer(work.store, found, layer));
        step.put("Comment", "no history");
        step.put("EmptyLayer", false);
        steps.add(step);
      }
    }
    Collections.reverse(steps);
    Table table = new Table("LAYER", "CREATED", "CREATED BY", "SIZE", "COMMENT");
    for (Map<String, Object> step : steps) {
      Object id = step.get("Layer");
      table.row(
          id == null ? "<empty>" : id.toString().substring("sha256:".length(), 19),
          step.get("Created") == null ? "" : step.get("Created").toString(),
          shortened(step.get("CreatedBy").toString()),
          Sizes.text((Long) step.get("Size")),
          step.get("Comment").toString());
    }
    output.print(steps, table.text());
    return Strata.OK;
  }

  private String shortened(String text) {
    String line = text.replace('\n', ' ').replace('\t', ' ');
    return whole || line.length() <= WIDTH ? line : line.substring(0, WIDTH - 3) + "...";
  }
}
