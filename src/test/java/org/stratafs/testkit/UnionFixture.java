package org.stratafs.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.stratafs.fs.FileSystem;
import org.stratafs.fs.Status;
import org.stratafs.layer.IdentitySpec;
import org.stratafs.layer.LayerStack;
import org.stratafs.layer.MetacopyPolicy;
import org.stratafs.layer.RedirectPolicy;
import org.stratafs.layer.StackSpec;
import org.stratafs.layer.XattrNamespace;
import org.stratafs.posix.FsException;
import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.Syscalls;
import org.stratafs.union.LockSource;
import org.stratafs.union.UnionFileSystem;
import org.stratafs.union.UnionOptions;

/**
 * A union over layers in a temporary directory, without a mount. Closing it checks what must hold
 * of every test: each node was let go, no descriptor is left, the lower layers are what they were,
 * and the work directory is empty.
 */
public final class UnionFixture implements AutoCloseable {
  private boolean workIsEmpty = true;
  private final Syscalls real = Real.SYS;
  private final TempTree temp = new TempTree(real);
  private final List<String> lowers = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final Map<String, String> lowerSnapshots = new TreeMap<>();
  private String upper;
  private String work;
  private UnaryOperator<Syscalls> wrapper = sys -> sys;
  private XattrNamespace xattrs = XattrNamespace.AUTO;
  private UnionOptions options = UnionOptions.defaults();
  private LockSource locks;
  private boolean durable = true;
  private int directoryDescriptors = Integer.MAX_VALUE;
  private boolean keepCache = true;
  private boolean layerXattrs = true;
  private long seed;
  private boolean noDeviceWhiteouts;
  private int dataOnly;
  private boolean lowerPassthrough;
  private IdentitySpec identity = IdentitySpec.PLAIN;
  private final List<String> built = new ArrayList<>();
  private boolean opened;

  private DescriptorTracker descriptors;
  private Syscalls sys;
  private LayerStack stack;
  private UnionFileSystem fs;
  private Client client;

  /** A writable union, its lowers given topmost first. */
  public static UnionFixture of(String... lowers) {
    UnionFixture fixture = new UnionFixture().upper("");
    for (String lower : lowers) {
      fixture.lower(lower);
    }
    return fixture;
  }

  /** A union without an upper, its lowers given topmost first. */
  public static UnionFixture readOnly(String... lowers) {
    UnionFixture fixture = new UnionFixture();
    for (String lower : lowers) {
      fixture.lower(lower);
    }
    return fixture;
  }

  /** A union over directories that are there already, opened. */
  public static UnionFixture over(List<String> lowers, String upper, String work) {
    UnionFixture fixture = new UnionFixture();
    fixture.lowers.addAll(lowers);
    fixture.upper = upper;
    fixture.work = work;
    return fixture.open();
  }

  /** Adds a lower beneath those there are; see {@link TreeSpec}. */
  public UnionFixture lower(String spec) {
    return lower(TreeSpec.parse(spec));
  }

  public UnionFixture lower(TreeSpec spec) {
    lowers.add(temp.build("lower" + lowers.size(), spec));
    return this;
  }

  /**
   * Adds a lower that is there already; that nothing writes to it is watched, its content is not
   * compared.
   */
  public UnionFixture lowerAt(String path) {
    lowers.add(path);
    built.add(path);
    return this;
  }

  /** Makes the upper, with what it holds before the first mount. */
  public UnionFixture upper(String spec) {
    return upper(TreeSpec.parse(spec));
  }

  public UnionFixture upper(TreeSpec spec) {
    if (upper != null) {
      TempTree.remove(real, Syscalls.AT_FDCWD, upper);
    } else {
      work = temp.mkdir("work");
    }
    upper = temp.build("upper", spec);
    return this;
  }

  /** Wraps the system calls of the union, outside of the fixture's own checks. */
  public UnionFixture wrap(UnaryOperator<Syscalls> with) {
    wrapper = with;
    return this;
  }

  public UnionFixture xattrs(XattrNamespace namespace) {
    xattrs = namespace;
    return this;
  }

  public UnionFixture noDeviceWhiteouts() {
    noDeviceWhiteouts = true;
    return this;
  }

  /** How owners and permissions on disk and those that show differ. */
  public UnionFixture identity(IdentitySpec spec) {
    identity = spec;
    return this;
  }

  public UnionFixture options(UnionOptions with) {
    options = with;
    return this;
  }

  /** Whether renaming a directory of a lower makes a redirect, as by default, or is EXDEV. */
  public UnionFixture redirects(RedirectPolicy policy) {
    return features(policy, options.index(), options.metacopy(), options.metacopyAbove());
  }

  /** Whether the names of a lower hard link stay one file, as by default. */
  public UnionFixture index(boolean on) {
    return features(options.redirects(), on, options.metacopy(), options.metacopyAbove());
  }

  /** Whether what programs sync reaches the disk, as by default. */
  public UnionFixture durable(boolean on) {
    durable = on;
    return index(options.index());
  }

  /** How many directories of layers may be kept open. */
  public UnionFixture descriptors(int most) {
    directoryDescriptors = most;
    return index(options.index());
  }

  /** What timeout=0 makes of the options. */
  public UnionFixture timeoutZero() {
    keepCache = false;
    return index(options.index());
  }

  /** Programs cannot ask which layer a path comes from. */
  public UnionFixture noLayerXattrs() {
    layerXattrs = false;
    return index(options.index());
  }

  /** What is done with metacopies: made and followed by default. */
  public UnionFixture metacopy(MetacopyPolicy policy) {
    return features(options.redirects(), options.index(), policy, options.metacopyAbove());
  }

  /** Of how many bytes a file may be at most to be copied up with its data at once. */
  public UnionFixture metacopyAbove(long size) {
    return features(options.redirects(), options.index(), options.metacopy(), size);
  }

  /** The kernel may read lower files by itself (passthrough=all). */
  public UnionFixture lowerPassthrough() {
    lowerPassthrough = true;
    return features(
        options.redirects(), options.index(), options.metacopy(), options.metacopyAbove());
  }

  /** The last lowers hold data only. */
  public UnionFixture dataOnly(int count) {
    dataOnly = count;
    return this;
  }

  private UnionFixture features(
      RedirectPolicy redirects, boolean index, MetacopyPolicy metacopy, long metacopyAbove) {
    UnionOptions with = options;
    options =
        new UnionOptions(
            with.staticNlink(),
            with.ino32(),
            durable && with.durable(),
            keepCache,
            with.writeback(),
            lowerPassthrough,
            redirects,
            index,
            metacopy,
            metacopyAbove,
            layerXattrs,
            Math.min(directoryDescriptors, with.directoryDescriptors()),
            with.generation());
    return this;
  }

  /** Locks of a test's own in place of the JDK's. */
  public UnionFixture locks(LockSource source) {
    locks = source;
    return this;
  }

  /** For the client's choices. */
  public UnionFixture seed(long value) {
    seed = value;
    return this;
  }

  /** Opens the layers and the union. */
  public UnionFixture open() {
    if (!opened) {
      opened = true;
      // As the daemon does; modes are computed by the union.
      real.umask(0);
      for (String lower : lowers) {
        if (built.contains(lower)) {
          continue;
        }
        lowerSnapshots.put(lower, snapshot(lower));
      }
    }
    descriptors = new DescriptorTracker(new LowerGuard(real, lowers).syscalls());
    sys = wrapper.apply(descriptors.syscalls());
    StackSpec spec = new StackSpec(lowers, upper, work, xattrs, noDeviceWhiteouts);
    stack = LayerStack.open(sys, spec.with(identity).withDataOnly(dataOnly), warnings::add);
    fs =
        locks == null
            ? new UnionFileSystem(sys, stack, options, warnings::add)
            : new UnionFileSystem(sys, stack, options, warnings::add, locks);
    client = new Client(fs, seed++);
    if (!keepCache) {
      client.layersChange(true);
    }
    return this;
  }

  /** Unmounts, checks, and mounts again. */
  public void remount() {
    unmount();
    checkWorkIsEmpty();
    open();
  }

  /** Unmounts and checks that nothing is left open. */
  public void unmount() {
    client.close();
    if (fs.nodeCount() != 1 || fs.handleCount() != 0) {
      throw new AssertionError(
          "I7: " + fs.nodeCount() + " nodes and " + fs.handleCount() + " handles are left");
    }
    fs.destroy();
    stack.close();
    fs = null;
    if (!descriptors.open().isEmpty()) {
      throw new AssertionError("descriptors left open: " + descriptors.open());
    }
  }

  /** What a killed process leaves: nothing is undone, the descriptors are closed. */
  public void kill() {
    for (int fd : descriptors.open().keySet()) {
      real.close(fd);
    }
    fs = null;
  }

  private String snapshot(String directory) {
    try (DirectoryTree tree = new DirectoryTree(real, directory)) {
      return TreeSnapshot.of(
          tree, TreeSnapshot.Part.MTIME, TreeSnapshot.Part.NLINK, TreeSnapshot.Part.PRIVATE_XATTRS);
    }
  }

  /** The upper as it is on disk, private xattrs included. */
  public String upperSnapshot(TreeSnapshot.Part... parts) {
    try (DirectoryTree tree = new DirectoryTree(real, upper)) {
      return TreeSnapshot.of(tree, parts);
    }
  }

  /** The names that are staged in the work directory. */
  public String staged() {
    try (DirectoryTree tree = new DirectoryTree(real, work)) {
      return tree.names("work");
    }
  }

  /** Something may be left in workdir, which the next mount cleans: upper changes behind us. */
  public void workMayKeepThings() {
    workIsEmpty = false;
  }

  public void checkWorkIsEmpty() {
    if (workIsEmpty && work != null && !staged().isEmpty()) {
      throw new AssertionError("left in the work directory: " + staged());
    }
  }

  /** I1. */
  public void checkLowers() {
    lowerSnapshots.forEach(
        (lower, before) -> {
          String after = snapshot(lower);
          if (!after.equals(before)) {
            throw new AssertionError("I1: " + lower + " was\n" + before + "\nand is\n" + after);
          }
        });
  }

  /** How many files, and bytes, were copied up with their data. */
  public void answerStatus(Status status) {
    fs.answerStatus(status);
  }

  public String copyUpCounts() {
    return fs.copiedUpFiles() + " files, " + fs.copiedUpBytes() + " bytes";
  }

  public FileSystem fs() {
    return fs;
  }

  public Client client() {
    return client;
  }

  public Syscalls real() {
    return real;
  }

  public DescriptorTracker descriptors() {
    return descriptors;
  }

  public String upperPath() {
    return upper;
  }

  public String workPath() {
    return work;
  }

  public List<String> lowerPaths() {
    return List.copyOf(lowers);
  }

  public TempTree temp() {
    return temp;
  }

  /** The xattr of something on disk, by its absolute path; null if absent. */
  public byte[] xattrOnDisk(String path, String xattr) {
    try (OpenParent parent = new OpenParent(path)) {
      return real.getxattrOrAbsent(parent.fd, parent.name, xattr);
    }
  }

  /** Sets an xattr of something on disk, by its absolute path. */
  public void setXattrOnDisk(String path, String xattr, byte[] value) {
    try (OpenParent parent = new OpenParent(path)) {
      real.setxattr(parent.fd, parent.name, xattr, value, 0);
    }
  }

  private final class OpenParent implements AutoCloseable {
    final int fd;
    final String name;

    OpenParent(String path) {
      int slash = path.lastIndexOf('/');
      name = path.substring(slash + 1);
      fd = real.openat(Syscalls.AT_FDCWD, path.substring(0, slash), OpenFlags.O_PATH, 0);
    }

    @Override
    public void close() {
      real.close(fd);
    }
  }

  public List<String> warnings() {
    return warnings;
  }

  /** The visible tree. */
  public String view(TreeSnapshot.Part... parts) {
    return TreeSnapshot.of(client, parts);
  }

  @Override
  public void close() {
    try {
      if (fs != null) {
        unmount();
      }
      checkLowers();
      checkWorkIsEmpty();
    } catch (FsException e) {
      throw new AssertionError("closing: " + e.getMessage(), e);
    } finally {
      temp.close();
    }
  }
}
