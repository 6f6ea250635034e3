package org.stratafs.testkit;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.stratafs.posix.Mode;

/**
 * Merges layers given as {@link TreeSpec} into the model, by the rules of the documentation and not
 * by any code of the union.
 */
public final class ModelMerge {
  private long nextSerial = 1;
  private final IdentityHashMap<LayerNode, ModelNode> leaves = new IdentityHashMap<>();

  private ModelMerge() {}

  /** A name in one layer. */
  private static final class LayerNode {
    final boolean upper;

    /** It has several names in its layer. */
    boolean linked;

    TreeSpec.Item item;
    boolean isDirectory;
    boolean opaque;
    boolean xattrWhiteouts;
    final Set<String> whiteouts = new HashSet<>();
    final Set<String> xattrWhiteoutNames = new HashSet<>();
    final TreeMap<String, LayerNode> children = new TreeMap<>();

    LayerNode(boolean upper) {
      this.upper = upper;
    }
  }

  /**
   * The merged view.
   *
   * @param upper null on a read-only mount
   * @param lowers the first is the topmost
   */
  public static ModelTree merge(TreeSpec upper, List<TreeSpec> lowers, boolean directoriesMove) {
    List<LayerNode> roots = new ArrayList<>();
    if (upper != null) {
      roots.add(layer(upper, true));
    }
    for (TreeSpec lower : lowers) {
      roots.add(layer(lower, false));
    }
    return new ModelTree(new ModelMerge().directory(roots), directoriesMove);
  }

  private static LayerNode layer(TreeSpec spec, boolean upper) {
    LayerNode root = new LayerNode(upper);
    root.isDirectory = true;
    for (TreeSpec.Item item : spec.items()) {
      place(root, item);
    }
    return root;
  }

  private static void place(LayerNode root, TreeSpec.Item item) {
    String path = item.path();
    int slash = path.lastIndexOf('/');
    switch (item.kind()) {
      case "whiteout" -> {
        LayerNode parent = directoryAt(root, slash < 0 ? "" : path.substring(0, slash));
        String form = item.attribute("form", "device");
        boolean xattr = form.equals("trusted") || form.equals("user");
        (xattr ? parent.xattrWhiteoutNames : parent.whiteouts).add(path.substring(slash + 1));
      }
      case "opaque" -> {
        LayerNode directory = directoryAt(root, path);
        if (item.attribute("form", "trusted").endsWith("x")) {
          directory.xattrWhiteouts = true;
        } else {
          directory.opaque = true;
        }
      }
      case "dir" -> directoryAt(root, path).item = item;
      case "hard" -> {
        LayerNode target = find(root, item.argument());
        target.linked = true;
        directoryAt(root, slash < 0 ? "" : path.substring(0, slash))
            .children
            .put(path.substring(slash + 1), target);
      }
      default -> {
        LayerNode node = new LayerNode(root.upper);
        node.item = item;
        directoryAt(root, slash < 0 ? "" : path.substring(0, slash))
            .children
            .put(path.substring(slash + 1), node);
      }
    }
  }

  private static LayerNode find(LayerNode root, String path) {
    LayerNode at = root;
    for (String name : path.split("/", -1)) {
      at = at.children.get(name);
    }
    return at;
  }

  private static LayerNode directoryAt(LayerNode root, String path) {
    LayerNode at = root;
    if (!path.isEmpty()) {
      for (String name : path.split("/", -1)) {
        at = at.children.computeIfAbsent(name, missing -> new LayerNode(root.upper));
        at.isDirectory = true;
      }
    }
    return at;
  }

  private ModelNode directory(List<LayerNode> stack) {
    LayerNode top = stack.get(0);
    ModelNode node = inode(Mode.S_IFDIR, top.item);
    node.hasLower = !stack.get(stack.size() - 1).upper;
    Set<String> names = new TreeSet<>();
    for (LayerNode layer : stack) {
      names.addAll(layer.children.keySet());
      names.addAll(layer.xattrWhiteoutNames);
    }
    for (String name : names) {
      ModelNode child = merged(stack, name);
      if (child != null) {
        node.children.put(name, child);
      }
    }
    return node;
  }

  private ModelNode merged(List<LayerNode> stack, String name) {
    List<LayerNode> found = new ArrayList<>();
    for (LayerNode layer : stack) {
      LayerNode entry = layer.children.get(name);
      boolean xattrWhiteout = layer.xattrWhiteoutNames.contains(name);
      if (xattrWhiteout && layer.xattrWhiteouts) {
        break;
      }
      if (xattrWhiteout) {
        // Without the directory's mark it is an empty file like any other.
        entry = new LayerNode(layer.upper);
        entry.item = new TreeSpec.Item("file", name, "", Map.of());
      }
      if (entry != null) {
        if (!entry.isDirectory) {
          if (found.isEmpty()) {
            return leaf(entry);
          }
          break;
        }
        found.add(entry);
        if (entry.opaque) {
          break;
        }
      }
      if (layer.whiteouts.contains(name)) {
        break;
      }
    }
    return found.isEmpty() ? null : directory(found);
  }

  private ModelNode leaf(LayerNode entry) {
    ModelNode known = leaves.get(entry);
    if (known != null) {
      known.nlink++;
      return known;
    }
    TreeSpec.Item item = entry.item;
    ModelNode node = inode(TreeSpec.type(item.kind()), item);
    leaves.put(entry, node);
    node.nlinkKnown = entry.upper || !entry.linked;
    switch (item.kind()) {
      case "file" -> node.data = item.content();
      case "link" -> {
        node.target = item.argument();
        node.permissions = 0777;
      }
      case "chr", "blk" -> node.rdev = item.rdev();
      default -> {}
    }
    return node;
  }

  private ModelNode inode(int type, TreeSpec.Item item) {
    ModelNode node = new ModelNode(type, nextSerial++);
    node.mtimeSec = item == null ? TreeSpec.MTIME : item.mtimeSec();
    node.mtimeNsec = item == null ? TreeSpec.MTIME_NSEC : item.mtimeNsec();
    if (item == null) {
      node.permissions = 0755;
      return node;
    }
    node.permissions = item.mode();
    node.uid = item.uid();
    node.gid = item.gid();
    node.xattrs.putAll(item.xattrs());
    return node;
  }
}
