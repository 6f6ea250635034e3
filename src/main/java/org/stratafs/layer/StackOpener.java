package org.stratafs.layer;

import java.util.ArrayList;
import java.util.List;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Log;
import org.stratafs.sys.Syscalls;

/** The steps of {@link LayerStack#open}, and what has to be closed if one fails. */
final class StackOpener implements AutoCloseable {
  private static final String LOWER = "lowerdir";
  private static final String UPPER = "upperdir";
  private static final String WORK = "workdir";

  /** A name that nothing has, to ask the kernel whether it would rename between two directories. */
  private static final String ABSENT = "#stratafs-absent";

  private final Syscalls sys;
  private final StackSpec spec;
  private final Log log;
  private final List<LayerRoot> lowers = new ArrayList<>();
  private final FsidTable fsids = new FsidTable();
  private LayerRoot upper;
  private LayerRoot work;
  private WorkDir workDir;
  private int uppersMount = -1;
  private Identities identities;

  StackOpener(Syscalls sys, StackSpec spec, Log log) {
    this.sys = sys;
    this.spec = spec;
    this.log = log;
  }

  LayerStack open() {
    checkSpec();
    openRoots();
    if (upper != null) {
      OverlapCheck.check(upper, work, lowers);
    }
    boolean[] mapped = findMapped();
    boolean[] noatime = makePrivate();
    identities = findIdentities(mapped);
    UpperMarks marks = null;
    UpperLayer upperLayer = null;
    if (upper != null) {
      checkRename();
      DirectoryLock.lock(work);
      DirectoryLock.lock(upper);
      long device = upper.stat.dev;
      upperLayer =
          new UpperLayer(sys, upper.fd(), upper.path, fsids.of(device), device, identities.upper());
      marks = openWork(upperLayer);
    }
    return assemble(upperLayer, marks, noatime);
  }

  private void checkSpec() {
    if (spec.lowers().isEmpty()) {
      throw new FsException(
          Errno.EINVAL, "no lowerdir given: name at least one with -o lowerdir=DIR");
    }
    if (spec.dataOnly() >= spec.lowers().size()) {
      throw new FsException(
          Errno.EINVAL,
          "lowerdir has data-only layers and no other: name at least one layer before the ::");
    }
    if (spec.upper() != null && spec.work() == null) {
      throw new FsException(
          Errno.EINVAL,
          "upperdir without workdir: add -o workdir=DIR, an empty directory on the file system of upperdir");
    }
    if (spec.upper() == null && spec.work() != null) {
      throw new FsException(
          Errno.EINVAL,
          "workdir without upperdir: add -o upperdir=DIR, or leave workdir out for a read-only mount");
    }
  }

  private void openRoots() {
    for (String path : spec.lowers()) {
      lowers.add(LayerRoot.open(sys, LOWER, path));
    }
    if (spec.upper() != null) {
      upper = LayerRoot.open(sys, UPPER, spec.upper());
      work = LayerRoot.open(sys, WORK, spec.work());
    }
  }

  /** Which of the lowers can be read without changing atimes. */
  private boolean[] makePrivate() {
    PrivateMounts mounts = new PrivateMounts(sys);
    if (upper != null) {
      uppersMount = mounts.replaceUpper(upper, work);
    }
    boolean[] noatime = new boolean[lowers.size()];
    for (int i = 0; i < noatime.length; i++) {
      noatime[i] = mounts.replaceLower(lowers.get(i));
    }
    return noatime;
  }

  /** Which lowers show their ids mapped already; before private mounts take their place. */
  private boolean[] findMapped() {
    boolean[] mapped = new boolean[lowers.size()];
    if (spec.identity().mapsIds()) {
      IdmappedMounts mounts = IdmappedMounts.read();
      for (int i = 0; i < mapped.length; i++) {
        mapped[i] = mounts.isOn(lowers.get(i).fd());
      }
    }
    return mapped;
  }

  private Identities findIdentities(boolean[] mapped) {
    int[] fds = new int[lowers.size()];
    for (int i = 0; i < fds.length; i++) {
      fds[i] = lowers.get(i).fd();
    }
    return new Identities(sys, spec.identity(), fds, mapped, upper == null ? -1 : upper.fd());
  }

  /**
   * A rename of an absent name fails with what a real one would fail with, or else ENOENT (linux
   * fs/namei.c, do_renameat2).
   */
  private void checkRename() {
    if (upper.stat.dev != work.stat.dev) {
      throw onDifferentMounts();
    }
    try {
      sys.renameat2(work.fd(), ABSENT, upper.fd(), ABSENT, 0);
    } catch (FsException e) {
      switch (e.errno()) {
        case Errno.ENOENT -> {}
        case Errno.EXDEV -> throw onDifferentMounts();
        case Errno.EROFS ->
            throw upper.failure(
                Errno.EROFS,
                "is on a read-only file system: remount that writable, or leave upperdir and workdir out for a read-only mount");
        default -> throw upper.failure(e.errno(), "cannot be written: look at what it is on");
      }
    }
  }

  private FsException onDifferentMounts() {
    return work.failure(
        Errno.EXDEV,
        "is not on the same file system and mount as "
            + upper.subject()
            + ": make workdir next to upperdir");
  }

  private UpperMarks openWork(UpperLayer layer) {
    try (UpperDir base = new UpperDir(layer, layer.beneath.open(work.fd(), ".", Layer.DIRECTORY));
        UpperDir top = layer.openDirectory("")) {
      workDir = WorkDir.open(base, work, new VolatileMark(upper, work, spec.durable(), log), log);
      identities.markUpper(upper);
      return UpperMarks.probe(top, workDir, spec.xattrs(), spec.noDeviceWhiteouts());
    } catch (FsException e) {
      throw e.hasMessage() ? e : cannotWrite(e.errno());
    }
  }

  private FsException cannotWrite(int errno) {
    String both = upper.subject() + " or " + work.subject();
    return switch (errno) {
      case Errno.EACCES, Errno.EPERM ->
          new FsException(
              errno,
              both
                  + " cannot be written by user "
                  + sys.geteuid()
                  + ": give it to that user, or mount as root");
      case Errno.ENOSPC, Errno.EDQUOT ->
          new FsException(
              errno,
              work.subject() + " has no room to work in: free some space, or raise the quota");
      default ->
          new FsException(errno, both + " cannot be used for writing: look at what they are on");
    };
  }

  private LayerStack assemble(UpperLayer upperLayer, UpperMarks marks, boolean[] noatime) {
    LowerLayer[] layers = new LowerLayer[lowers.size()];
    for (int i = 0; i < layers.length; i++) {
      LayerRoot root = lowers.get(i);
      layers[i] =
          new LowerLayer(
              sys,
              root.fd(),
              root.path,
              i + 1,
              fsids.of(root.stat.dev),
              root.stat.dev,
              identities.lower(i),
              noatime[i]);
    }
    for (LayerRoot root : lowers) {
      root.release();
    }
    int[] held = {};
    if (upperLayer != null) {
      upper.release();
      int workFd = work.release(); // keeps the lock
      held = uppersMount < 0 ? new int[] {workFd} : new int[] {workFd, uppersMount};
    }
    LayerStack stack =
        new LayerStack(
            sys, upperLayer, workDir, marks, layers, spec.dataOnly(), fsids.count(), held);
    workDir = null;
    uppersMount = -1;
    return stack;
  }

  /** Closes all that no stack took over. */
  @Override
  public void close() {
    for (LayerRoot root : lowers) {
      root.close();
    }
    if (workDir != null) {
      workDir.close();
    }
    if (work != null) {
      work.close();
    }
    if (upper != null) {
      upper.close();
    }
    if (uppersMount >= 0) {
      sys.close(uppersMount);
    }
  }
}
