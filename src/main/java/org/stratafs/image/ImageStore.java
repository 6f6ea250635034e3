package org.stratafs.image;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.stratafs.posix.Log;
import org.stratafs.sys.Syscalls;

/**
 * The store, which is an OCI image layout (OCI image-spec, image-layout.md) and more:
 *
 * <pre>
 * oci-layout index.json blobs/sha256/   what skopeo reads and writes as well
 * layers/sha256/DIFFID/                 each layer unpacked once, see {@link LayerTrees}
 * chains/sha256/CHAINID/                what some stacks of layers need on top, see {@link Chains}
 * containers/NAME/                      writable layers, see {@link Containers}
 * tmp/                                  what is being made; a crash leaves its leftovers here
 * lock index.lock
 * </pre>
 *
 * <p>Open, it holds the lock of the store: shared for all work, exclusive for what takes things
 * away.
 */
public final class ImageStore implements AutoCloseable {
  /** The file that says which layout it is, and what it says. */
  static final String LAYOUT = "oci-layout";

  static final String LAYOUT_CONTENT = "{\"imageLayoutVersion\":\"1.0.0\"}";

  /** The file with the names of the images. */
  static final String INDEX = "index.json";

  private final Syscalls sys;
  private final Path root;
  private final StoreFiles files;
  private final Blobs blobs;
  private final LayerTrees trees;
  private final Chains chains;
  private final ImageIndex index;
  private final StoreLock lock;

  private ImageStore(Syscalls sys, Path root, Log log, StoreLock lock) {
    this.sys = sys;
    this.root = root;
    this.files = new StoreFiles(root.resolve("tmp"));
    this.blobs = new Blobs(root.resolve("blobs/sha256"), files);
    this.trees = new LayerTrees(sys, root.resolve("layers/sha256"), files, log);
    this.chains = new Chains(sys, root.resolve("chains/sha256"), files, trees, log);
    this.index = new ImageIndex(root.resolve(INDEX), root.resolve("index.lock"), files);
    this.lock = lock;
  }

  /**
   * Opens it, and makes it if it is not there. Waits for its lock.
   *
   * @param exclusive nobody else is at work meanwhile
   */
  public static ImageStore open(Syscalls sys, Path root, boolean exclusive, Log log)
      throws IOException {
    Path absolute = root.toAbsolutePath().normalize();
    try {
      make(absolute);
      removeLeftovers(absolute);
      StoreLock lock = StoreLock.take(absolute.resolve("lock"), exclusive);
      ImageStore store = new ImageStore(sys, absolute, log, lock);
      try {
        store.makeLayout();
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
      return store;
    } catch (ImageException e) {
      throw e;
    } catch (IOException e) {
      throw new ImageException(
          "the store '"
              + absolute
              + "' cannot be used ("
              + e.getClass().getSimpleName()
              + ": "
              + e.getMessage()
              + "): choose another by --store DIR",
          e);
    }
  }

  private static void make(Path root) throws IOException {
    boolean foreign =
        Files.isDirectory(root)
            && !Files.exists(root.resolve(LAYOUT))
            && !Files.exists(root.resolve("lock"))
            && !isEmpty(root);
    if (foreign) {
      throw new ImageException(
          "'" + root + "' holds other things and is no store: name an empty directory");
    }
    for (String directory :
        List.of("blobs/sha256", "layers/sha256", "chains/sha256", "containers", "tmp")) {
      Files.createDirectories(
          root.resolve(directory),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }

  /** Removes what commands that were killed have staged, if nobody else is at work just now. */
  private static void removeLeftovers(Path root) throws IOException {
    Path tmp = root.resolve("tmp");
    if (isEmpty(tmp)) {
      return;
    }
    StoreLock alone = StoreLock.takeIfFree(root.resolve("lock"));
    if (alone == null) {
      return;
    }
    try (var leftovers = Files.list(tmp)) {
      for (Path leftover : (Iterable<Path>) leftovers::iterator) {
        StoreFiles.removeTree(leftover);
      }
    } finally {
      alone.close();
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (var entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    }
  }

  private void makeLayout() throws IOException {
    if (!Files.exists(root.resolve(LAYOUT))) {
      files.replace(root.resolve(LAYOUT), LAYOUT_CONTENT.getBytes(StandardCharsets.US_ASCII));
    }
    index.make();
  }

  public Path root() {
    return root;
  }

  public Blobs blobs() {
    return blobs;
  }

  public LayerTrees trees() {
    return trees;
  }

  Chains chains() {
    return chains;
  }

  ImageIndex index() {
    return index;
  }

  StoreFiles files() {
    return files;
  }

  /** All images, in the order of the index. */
  public List<Image> images() throws IOException {
    List<Image> images = new ArrayList<>();
    for (Descriptor entry : index.entries()) {
      images.add(image(entry));
    }
    return images;
  }

  /** Reads the image that an entry of the index leads to. */
  Image image(Descriptor entry) throws IOException {
    Descriptor manifest = entry;
    for (int depth = 0; MediaTypes.isIndex(manifest.mediaType()); depth++) {
      if (depth > 4) {
        throw new ImageException("the index " + entry.digest() + " leads to indexes without end");
      }
      String what = "the image index";
      manifest = forHere(ImageIndex.read(blobs.read(manifest.digest(), what), what), entry);
    }
    Manifest read = Manifest.read(blobs.read(manifest.digest(), "the manifest"), "the manifest");
    Digest configDigest = read.config().digest();
    ImageConfig config =
        ImageConfig.read(blobs.read(configDigest, "the configuration"), "the configuration");
    if (config.diffIds().size() != read.layers().size()) {
      throw new ImageException(
          "the image "
              + manifest.digest()
              + " has "
              + read.layers().size()
              + " layers and "
              + config.diffIds().size()
              + " DiffIDs");
    }
    return new Image(
        new Descriptor(
            manifest.mediaType(),
            manifest.digest(),
            manifest.size(),
            entry.annotations(),
            manifest.platform()),
        ImageIndex.referenceOf(entry),
        read,
        config);
  }

  /** Of an image for several platforms the one for this machine. */
  static Descriptor forHere(List<Descriptor> entries, Descriptor index) throws ImageException {
    Platform here = Platform.here();
    for (Descriptor entry : entries) {
      if (entry.platform() != null && here.matches(entry.platform())) {
        return entry;
      }
    }
    if (entries.size() == 1) {
      return entries.get(0);
    }
    throw new ImageException(
        "the image "
            + index.digest()
            + " has no variant for "
            + here.os()
            + "/"
            + here.architecture());
  }

  /**
   * Finds an image by its name, or by the beginning of its id or of its manifest's digest.
   *
   * @throws ImageException if there is none, or more than one
   */
  public Image find(String text) throws IOException {
    List<Image> all = images();
    for (Image image : all) {
      if (image.reference() != null && isNamed(image, text)) {
        return image;
      }
    }
    String hex = Digest.digits(text);
    Image found = null;
    if (Digest.isHexPrefix(hex)) {
      for (Image image : all) {
        boolean matches =
            image.id().hex().startsWith(hex) || image.entry().digest().hex().startsWith(hex);
        if (matches && found != null && !found.id().equals(image.id())) {
          throw new ImageException(
              "'" + text + "' begins the ids of several images: give more of it");
        }
        found = matches ? image : found;
      }
    }
    if (found == null) {
      throw new ImageException(
          "there is no image '" + text + "' in '" + root + "': strata images lists them");
    }
    return found;
  }

  private static boolean isNamed(Image image, String text) {
    try {
      return image.reference().equals(ImageReference.parse(text));
    } catch (ImageException e) {
      return false;
    }
  }

  /**
   * Makes an image of blobs that the store has.
   *
   * @param name null for none
   */
  Image put(ImageConfig config, List<Descriptor> layers, ImageReference name) throws IOException {
    Descriptor configBlob = blobs.put(config.bytes(), MediaTypes.CONFIG);
    Manifest manifest = Manifest.of(configBlob, layers);
    Descriptor blob = blobs.put(Json.write(manifest), MediaTypes.MANIFEST);
    if (name == null) {
      index.putNameless(blob);
      return image(blob);
    }
    index.put(blob, name);
    return image(blob.named(name.toString()));
  }

  /**
   * Sees to it that all layers of an image are unpacked: what skopeo brought or commit made is not
   * yet.
   */
  public void unpack(Image image, UnpackLimits limits) throws IOException {
    List<Digest> diffIds = image.diffIds();
    for (int i = 0; i < diffIds.size(); i++) {
      Digest diffId = diffIds.get(i);
      if (trees.has(diffId)) {
        continue;
      }
      Digest blob = image.manifest().layers().get(i).digest();
      try (var in = blobs.open(blob);
          StagedLayer layer = trees.unpack(in, diffId, limits, "layer " + blob)) {
        trees.publish(layer);
      }
    }
    chains.make(diffIds);
  }

  /** Gives an image one more name, which another may lose by that. */
  public void tag(Image image, ImageReference reference) throws IOException {
    index.put(image.entry(), reference);
  }

  /** Takes an image's name away, or the image itself if it has none. */
  public void untag(Image image) throws IOException {
    index.change(
        entries -> {
          List<Descriptor> kept = new ArrayList<>();
          for (Descriptor entry : entries) {
            boolean it =
                image.reference() != null
                    ? ImageIndex.isNamed(entry, image.reference())
                    : entry.refName() == null && entry.digest().equals(image.entry().digest());
            if (!it) {
              kept.add(entry);
            }
          }
          return kept;
        });
  }

  /**
   * What to mount for some layers that are unpacked: directories, the topmost first, in Latin-1.
   */
  public List<String> treesOf(List<Digest> lowestFirst) {
    return chains.stack(lowestFirst);
  }

  /** The layer whose DiffID begins so; null if there is none, or more than one. */
  public Digest findLayer(String text) throws IOException {
    String hex = Digest.digits(text);
    Digest found = null;
    for (Digest diffId : trees.all()) {
      if (diffId.hex().startsWith(hex)) {
        if (found != null) {
          return null;
        }
        found = diffId;
      }
    }
    return found;
  }

  /** The image that a container layer was made from, under whatever name it has now. */
  public Image imageOf(Container container) throws IOException {
    long size = blobs.size(container.manifest());
    return image(new Descriptor(MediaTypes.MANIFEST, container.manifest(), size));
  }

  /** The configuration of that image. */
  public JsonNode configOf(Container container) throws IOException {
    return imageOf(container).config().copy();
  }

  /** Whether owners, modes and devices are kept in xattrs, since we are not root. */
  public boolean keepsOwnersInXattrs() {
    return !Privileges.isRoot(sys);
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
