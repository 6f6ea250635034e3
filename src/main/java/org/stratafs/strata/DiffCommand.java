package org.stratafs.strata;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.stratafs.image.Change;
import org.stratafs.image.Container;
import org.stratafs.image.Differ;
import org.stratafs.image.Image;
import org.stratafs.image.ImageException;
import org.stratafs.image.PathBytes;
import org.stratafs.posix.Names;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "diff",
    description =
        "Says what was added (A), changed (C) and deleted (D): in a container layer or an upper"
            + " directory, or from one image or layer to another.")
final class DiffCommand implements Callable<Integer> {
  @ParentCommand private Strata strata;
  @Mixin private JsonOption output;
  @Mixin private LimitOptions limits;

  @Parameters(
      index = "0",
      paramLabel = "NAME|DIR|UPPER|IMAGE|LAYER",
      description =
          "A container layer, where it is mounted, an upper directory, or what to start from.")
  private String from;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "IMAGE|LAYER",
      description = "What to compare it with.")
  private String to;

  @Option(names = "--image", paramLabel = "IMAGE", description = "What lies below UPPER.")
  private String image;

  @Option(names = "--stat", description = "With sizes, and a sum.")
  private boolean stat;

  @Override
  public Integer call() throws IOException {
    List<Change> changes = new ArrayList<>();
    try (Work work = Work.shared(strata.store)) {
      Differ differ = new Differ(work.sys, Console.INSTANCE);
      if (to != null) {
        differ.stacks(trees(work, from), trees(work, to), changes::add);
      } else {
        UpperArgument upper = UpperArgument.of(work, from, image, limits.limits());
        upper.sync(work);
        differ.upper(upper.directory(), upper.links(), upper.lowers(), changes::add);
      }
    }
    print(changes);
    return Strata.OK;
  }

  /** The layers of an image, or one layer by the beginning of its DiffID; the topmost first. */
  private List<String> trees(Work work, String text) throws IOException {
    if (Files.isDirectory(Path.of(text)) && text.contains("/")) {
      return List.of(PathBytes.of(Path.of(text)));
    }
    Container container = UpperArgument.named(work, text);
    if (container != null) {
      List<String> all = new ArrayList<>();
      all.add(PathBytes.of(work.containers.upper(text)));
      all.addAll(work.store.treesOf(container.layers()));
      return all;
    }
    try {
      Image found = work.store.find(text);
      work.store.unpack(found, limits.limits());
      return work.store.treesOf(found.diffIds());
    } catch (ImageException e) {
      var layer = work.store.findLayer(text);
      if (layer == null) {
        throw e;
      }
      return work.store.treesOf(List.of(layer));
    }
  }

  private void print(List<Change> changes) {
    if (output.json) {
      List<Map<String, Object>> rows = new ArrayList<>();
      for (Change change : changes) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("Kind", change.kind());
        row.put("Path", Names.display(change.path()));
        row.put("Size", change.size());
        rows.add(row);
      }
      Console.INSTANCE.json(rows);
      return;
    }
    StringBuilder text = new StringBuilder();
    long sum = 0;
    for (Change change : changes) {
      text.append(change.kind()).append(' ').append(Names.display(change.path()));
      if (stat) {
        text.append("  ").append(Sizes.text(change.size()));
      }
      text.append('\n');
      sum += change.kind().equals("D") ? 0 : change.size();
    }
    if (stat) {
      text.append(changes.size()).append(" changes, ").append(Sizes.text(sum)).append('\n');
    }
    Console.INSTANCE.print(text.toString());
  }
}
