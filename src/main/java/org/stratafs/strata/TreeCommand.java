package org.stratafs.strata;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.stratafs.image.Digest;
import org.stratafs.image.Image;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

@Command(name = "tree", description = "Shows which images share which layers.")
final class TreeCommand implements Callable<Integer> {
  @ParentCommand private Strata strata;
  @Mixin private JsonOption output;

  /** A layer on the layers before it. */
  private static final class Node {
    private final Map<Digest, Node> above = new LinkedHashMap<>();
    private final List<String> images = new ArrayList<>();
    private long size;
  }

  @Override
  public Integer call() throws IOException {
    Node root = new Node();
    try (Work work = Work.shared(strata.store)) {
      for (Image image : work.store.images()) {
        Node at = root;
        for (int i = 0; i < image.diffIds().size(); i++) {
          at = at.above.computeIfAbsent(image.diffIds().get(i), d -> new Node());
          at.size = ImageSizes.ofLayer(work.store, image, i);
        }
        at.images.add(image.display());
      }
    }
    StringBuilder text = new StringBuilder();
    print(root, "", text);
    output.print(json(root), text.toString());
    return Strata.OK;
  }

  private static List<Map<String, Object>> json(Node node) {
    List<Map<String, Object>> layers = new ArrayList<>();
    node.above.forEach(
        (layer, child) -> {
          Map<String, Object> row = new LinkedHashMap<>();
          row.put("Layer", layer);
          row.put("Size", child.size);
          row.put("Images", child.images);
          row.put("Above", json(child));
          layers.add(row);
        });
    return layers;
  }

  private static void print(Node node, String indent, StringBuilder text) {
    int left = node.above.size();
    for (Map.Entry<Digest, Node> entry : node.above.entrySet()) {
      left--;
      Node child = entry.getValue();
      text.append(indent).append(left == 0 ? "`- " : "|- ");
      text.append(entry.getKey().shortHex()).append("  ").append(Sizes.text(child.size));
      if (!child.images.isEmpty()) {
        text.append("  ").append(String.join(", ", child.images));
      }
      text.append('\n');
      print(child, indent + (left == 0 ? "   " : "|  "), text);
    }
  }
}
