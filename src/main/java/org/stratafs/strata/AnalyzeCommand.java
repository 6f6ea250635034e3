package org.stratafs.strata;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.stratafs.image.Analysis;
import org.stratafs.image.Image;
import org.stratafs.posix.Names;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "analyze",
    description = "Says what is in the layers of an image and cannot be seen, deleted or replaced.")
final class AnalyzeCommand implements Callable<Integer> {
  @ParentCommand private Strata strata;
  @Mixin private JsonOption output;
  @Mixin private LimitOptions limits;

  @Parameters(paramLabel = "IMAGE")
  private String image;

  @Option(
      names = "--top",
      paramLabel = "N",
      description = "How many of the largest to name. Default: 10.")
  private int top = 10;

  @Override
  public Integer call() throws IOException {
    Analysis.Result result;
    try (Work work = Work.shared(strata.store)) {
      Image found = work.store.find(image);
      work.store.unpack(found, limits.limits());
      result = new Analysis(work.store, work.sys, Console.INSTANCE).analyse(found, top);
    }
    output.print(json(result), text(result));
    return Strata.OK;
  }

  private static String text(Analysis.Result result) {
    Table layers = new Table("LAYER", "DIFF ID", "SIZE", "HIDDEN BY LATER LAYERS");
    int number = 0;
    for (Analysis.Layer layer : result.layers()) {
      layers.row(
          Integer.toString(number++),
          layer.diffId().shortHex(),
          Sizes.text(layer.bytes()),
          Sizes.text(layer.wasted()));
    }
    layers.row("all", "", Sizes.text(result.bytes()), Sizes.text(result.wasted()));
    StringBuilder text = new StringBuilder(layers.text());
    if (!result.largest().isEmpty()) {
      Table largest = new Table("SIZE", "LAYER", "HIDDEN BY", "PATH");
      for (Analysis.Waste waste : result.largest()) {
        largest.row(
            Sizes.text(waste.size()),
            Integer.toString(waste.layer()),
            waste.by() + (waste.deleted() ? " (deleted)" : " (replaced)"),
            Names.display(waste.path()));
      }
      text.append('\n').append(largest.text());
    }
    return text.toString();
  }

  private static Map<String, Object> json(Analysis.Result result) {
    List<Map<String, Object>> largest = new ArrayList<>();
    for (Analysis.Waste waste : result.largest()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("Path", Names.display(waste.path()));
      row.put("Size", waste.size());
      row.put("Layer", waste.layer());
      row.put("HiddenBy", waste.by());
      row.put("Deleted", waste.deleted());
      largest.add(row);
    }
    List<Map<String, Object>> layers = new ArrayList<>();
    for (Analysis.Layer layer : result.layers()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("DiffId", layer.diffId());
      row.put("Size", layer.bytes());
      row.put("Hidden", layer.wasted());
      layers.add(row);
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("Size", result.bytes());
    all.put("Hidden", result.wasted());
    all.put("Layers", layers);
    all.put("Largest", largest);
    return all;
  }
}
