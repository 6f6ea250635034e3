package org.stratafs.image;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.stratafs.layer.LayerDir;
import org.stratafs.layer.MetadataCopier;
import org.stratafs.layer.UpperDir;
import org.stratafs.posix.Log;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/**
 * What a stack of layers needs on top, since each was unpacked by itself. A layer may have a
 * directory only because something is in it, without an entry that gives it owner and mode;
 * unpacked onto the layers below it would keep theirs, and in a stack it would hide them. For such
 * a stack a tree of those directories alone, with what they should show, is kept as
 * chains/sha256/CHAINID/fs (OCI image-spec, config.md, Layer ChainID), the topmost lower of a
 * mount.
 */
final class Chains {
  private final Syscalls sys;
  private final Path directory;
  private final StoreFiles files;
  private final LayerTrees trees;
  private final Log log;

  Chains(Syscalls sys, Path directory, StoreFiles files, LayerTrees trees, Log log) {
    this.sys = sys;
    this.directory = directory;
    this.files = files;
    this.trees = trees;
    this.log = log;
  }

  /** The ChainID of some layers, the lowest first; at least one. */
  static Digest id(List<Digest> lowestFirst) {
    Digest chain = lowestFirst.get(0);
    for (Digest layer : lowestFirst.subList(1, lowestFirst.size())) {
      String both = chain + " " + layer;
      chain = Digest.of(Hashing.sha256().hashString(both, StandardCharsets.US_ASCII));
    }
    return chain;
  }

  /** The directories to mount, the topmost first, in Latin-1; for no layers none. */
  List<String> stack(List<Digest> lowestFirst) {
    List<String> paths = new ArrayList<>();
    if (!lowestFirst.isEmpty()) {
      Path tree = directory.resolve(id(lowestFirst).hex()).resolve(StagedTree.TREE);
      if (Files.isDirectory(tree)) {
        paths.add(PathBytes.of(tree));
      }
    }
    paths.addAll(Stack.trees(trees, lowestFirst));
    return paths;
  }

  /** Makes the tree of some layers that are all unpacked, if they need one and it is not there. */
  void make(List<Digest> lowestFirst) throws IOException {
    if (lowestFirst.size() < 2) {
      return;
    }
    Path target = directory.resolve(id(lowestFirst).hex());
    if (Files.isDirectory(target)) {
      return;
    }
    List<Set<String>> implicit = new ArrayList<>();
    for (int i = lowestFirst.size() - 1; i >= 0; i--) {
      implicit.add(new HashSet<>(trees.info(lowestFirst.get(i)).implicit()));
    }
    try (Stack stack = Stack.open(sys, Stack.trees(trees, lowestFirst), log);
        MergedDir root = stack.root(0)) {
      Map<String, Integer> sources = sources(root, implicit);
      if (!sources.isEmpty()) {
        publish(root, sources, target);
      }
    }
  }

  /**
   * Which directories show another layer's metadata than the topmost one's.
   *
   * @param implicit of each layer, the topmost first
   * @return path to the position among the merged directories whose metadata counts; with their
   *     parents, whose is the first
   */
  private static Map<String, Integer> sources(MergedDir root, List<Set<String>> implicit) {
    Map<String, Integer> sources = new TreeMap<>();
    Set<String> candidates = new HashSet<>();
    for (Set<String> each : implicit) {
      candidates.addAll(each);
    }
    for (String path : candidates) {
      MergedDir merged = path.isEmpty() ? root : root.descendant(path);
      if (merged == null) {
        continue;
      }
      int source = firstExplicit(merged.dirs(), path, implicit);
      if (merged != root) {
        merged.close();
      }
      if (source > 0) {
        sources.put(path, source);
      }
    }
    for (String path : List.copyOf(sources.keySet())) {
      for (String up = path; !up.isEmpty(); up = parent(up)) {
        sources.putIfAbsent(parent(up), 0);
      }
    }
    return sources;
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  /** 0 if the topmost has an entry, or none has. */
  private static int firstExplicit(List<LayerDir> dirs, String path, List<Set<String>> implicit) {
    for (int i = 0; i < dirs.size(); i++) {
      int layer = dirs.get(i).layer().index() - 1;
      if (!implicit.get(layer).contains(path)) {
        return i;
      }
    }
    return 0;
  }

  private void publish(MergedDir root, Map<String, Integer> sources, Path target)
      throws IOException {
    Path staged = files.newStagedDirectory();
    try {
      try (StagedTree tree = new StagedTree(sys, staged, log)) {
        List<String> parentsFirst = List.copyOf(sources.keySet());
        for (String path : parentsFirst) {
          tree.directory(path, (parent, name, whole) -> tree.mkdir(parent, name));
        }
        for (int i = parentsFirst.size() - 1; i >= 0; i--) {
          copyMetadata(root, parentsFirst.get(i), sources, tree);
        }
        tree.sync();
        tree.finish();
      }
      if (!Files.isDirectory(target)) {
        StoreFiles.publish(staged, target);
      }
    } finally {
      StoreFiles.removeTree(staged);
    }
  }

  private static void copyMetadata(
      MergedDir root, String path, Map<String, Integer> sources, StagedTree tree)
      throws IOException {
    MergedDir merged = path.isEmpty() ? root : root.descendant(path);
    try {
      LayerDir from = merged.dirs().get(sources.get(path));
      Stat stat = new Stat();
      from.statSelf(stat);
      UpperDir to =
          tree.directory(
              path,
              (parent, name, whole) -> {
                throw new IOException(Names.display(whole) + " went away");
              });
      new MetadataCopier().copy(from, "", stat, to, "", true);
    } finally {
      if (merged != root) {
        merged.close();
      }
    }
  }

  /** All that are there. */
  List<Digest> all() throws IOException {
    return StoreFiles.digests(directory);
  }

  void remove(Digest chain) throws IOException {
    files.discard(directory.resolve(chain.hex()));
  }
}
