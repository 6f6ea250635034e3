package org.stratafs.strata;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.stratafs.image.Digest;
import org.stratafs.image.HistoryEntry;
import org.stratafs.image.Image;
import org.stratafs.image.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "inspect",
    description = "Prints images as JSON, in the shape of docker image inspect.")
final class InspectCommand implements Callable<Integer> {
  @ParentCommand private Strata strata;

  @Parameters(paramLabel = "IMAGE", arity = "1..*")
  private List<String> images;

  @Override
  public Integer call() throws IOException {
    ArrayNode all = Json.array();
    try (Work work = Work.shared(strata.store)) {
      for (String each : images) {
        all.add(inspect(work, work.store.find(each)));
      }
    }
    Console.INSTANCE.json(all);
    return Strata.OK;
  }

  private static ObjectNode inspect(Work work, Image image) throws IOException {
    ObjectNode config = image.config().copy();
    ObjectNode out = Json.object();
    out.put("Id", image.id().toString());
    ArrayNode tags = out.putArray("RepoTags");
    ArrayNode digests = out.putArray("RepoDigests");
    for (Image other : work.store.images()) {
      if (other.id().equals(image.id()) && other.reference() != null) {
        tags.add(other.reference().toString());
        digests.add(other.reference().name() + "@" + other.entry().digest());
      }
    }
    List<HistoryEntry> history = image.config().history();
    HistoryEntry last = history.isEmpty() ? null : history.get(history.size() - 1);
    out.put("Parent", "");
    out.put("Comment", last == null || last.comment() == null ? "" : last.comment());
    out.put("Created", image.config().created());
    out.put("Author", config.path("author").asText(""));
    JsonNode runtime = config.path("config");
    out.set("Config", runtime.isObject() ? runtime : Json.object());
    out.put("Architecture", config.path("architecture").asText(""));
    out.put("Os", config.path("os").asText(""));
    if (config.has("variant")) {
      out.put("Variant", config.get("variant").asText());
    }
    out.put("Size", ImageSizes.of(work.store, image));
    ObjectNode driver = out.putObject("GraphDriver");
    driver.put("Name", "stratafs");
    ArrayNode trees = driver.putObject("Data").putArray("Layers");
    ObjectNode rootfs = out.putObject("RootFS");
    rootfs.put("Type", "layers");
    ArrayNode layers = rootfs.putArray("Layers");
    for (Digest diffId : image.diffIds()) {
      layers.add(diffId.toString());
      trees.add(work.store.trees().has(diffId) ? work.store.trees().tree(diffId).toString() : null);
    }
    return out;
  }
}
