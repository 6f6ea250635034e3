package org.stratafs.mounted;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A lower and an upper in a temporary directory, and the mounts and daemons made of them. */
final class Layers {
  final Path root;
  final Path lower;
  final Path upper;
  final Path work;
  final Path merged;

  /** What follows other options so that the mount is by the transport wanted. */
  final String transport;

  /** What all tests of mounts need; without it they are skipped, and say so. */
  static void assumeRootAndFuse() {
    assumeTrue(Run.of("id", "-u").out().equals("0\n"), "mounting needs root here");
    assumeTrue(Files.exists(Path.of("/dev/fuse")), "this machine has no /dev/fuse");
  }

  Layers() throws IOException {
    this("kernel");
  }

  /**
   * @param transport as the option of that name has it
   */
  Layers(String transport) throws IOException {
    // The default is to be what a mount gets that does not ask.
    this.transport = transport.equals("kernel") ? "" : ",transport=" + transport;
    root = Files.createTempDirectory("stratafs-mounted-").toRealPath();
    lower = Files.createDirectory(root.resolve("lower"));
    upper = Files.createDirectory(root.resolve("upper"));
    work = Files.createDirectory(root.resolve("work"));
    merged = Files.createDirectory(root.resolve("merged"));
    Files.writeString(lower.resolve("file"), "lower\n");
  }

  String options() {
    return lowerOption() + ",upperdir=" + upper + ",workdir=" + work;
  }

  /** The options of a read-only mount of the lower. */
  String lowerOption() {
    return lowers(lower.toString());
  }

  /** The options of a read-only mount. */
  String lowers(String lowers) {
    return "lowerdir=" + lowers + transport;
  }

  Run mount() {
    return mount(options());
  }

  Run mount(String options) {
    return Run.of("scripts/stratafs", "-o", options, merged.toString());
  }

  /** Whether /proc/mounts has the mount point. */
  boolean isMounted() throws IOException {
    return !mountLines().isEmpty();
  }

  /** The lines of /proc/mounts with the mount point, the topmost last. */
  List<String> mountLines() throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("/proc/mounts"))) {
      if (line.split(" ", -1)[1].equals(merged.toString())) {
        lines.add(line);
      }
    }
    return lines;
  }

  /** The processes that have the mount point as their last argument. */
  List<Long> daemons() {
    List<Long> pids = new ArrayList<>();
    ProcessHandle.allProcesses()
        .forEach(
            process -> {
              String[] arguments = process.info().arguments().orElse(new String[0]);
              if (arguments.length > 0
                  && arguments[arguments.length - 1].equals(merged.toString())
                  && process.info().command().orElse("").endsWith("java")) {
                pids.add(process.pid());
              }
            });
    return pids;
  }

  long daemon() {
    List<Long> pids = daemons();
    if (pids.size() != 1) {
      throw new AssertionError("daemons: " + pids);
    }
    return pids.get(0);
  }

  /** Waits until no daemon is left, at most ten seconds. */
  boolean daemonsEnd() throws InterruptedException {
    for (int i = 0; i < 200; i++) {
      if (daemons().isEmpty()) {
        return true;
      }
      Thread.sleep(50);
    }
    return false;
  }

  /** Unmounts what is mounted, ends the daemons and removes the directories. */
  void close() throws IOException, InterruptedException {
    while (isMounted()) {
      Run.of("umount", "-l", merged.toString()).ok();
    }
    if (!daemonsEnd()) {
      for (long pid : daemons()) {
        Run.of("kill", "-9", Long.toString(pid));
      }
    }
    Run.of("rm", "-rf", root.toString()).ok();
  }
}
