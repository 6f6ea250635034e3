package org.stratafs.strata;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.stratafs.image.Container;
import org.stratafs.image.ImageException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "enter",
    description =
        "Runs a command in a mounted container layer: in mount and PID namespaces of its own, and"
            + " for an ordinary user in a user namespace.")
final class EnterCommand implements Callable<Integer> {
  /**
   * Runs in the new namespaces. $1 is the root, $2 the working directory; what the image has no
   * directory for is not mounted, and nothing is made in the layer.
   */
  private static final String SCRIPT =
      "root=$1 dir=$2; shift 2; mount --make-rprivate / || exit 125;"
          + " [ ! -d \"$root/proc\" ] || mount -t proc proc \"$root/proc\" || exit 125;"
          + " [ ! -d \"$root/dev\" ] || mount --rbind /dev \"$root/dev\" || exit 125;"
          + " [ ! -d \"$root/sys\" ] || mount --rbind /sys \"$root/sys\" || exit 125;"
          + " exec unshare --root=\"$root\" --wd=\"$dir\" -- \"$@\"";

  private static final String DEFAULT_PATH =
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  @ParentCommand private Strata strata;

  @Parameters(index = "0", paramLabel = "NAME")
  private String name;

  @Parameters(
      index = "1..*",
      paramLabel = "COMMAND",
      description = "Default: /bin/sh. A -- keeps its options from strata.")
  private List<String> command = List.of("/bin/sh");

  @Override
  public Integer call() throws IOException {
    List<String> all = new ArrayList<>();
    try (Work work = Work.shared(strata.store)) {
      Container container = work.containers.get(name);
      if (!new Mounts(work).isMounted(container)) {
        throw new ImageException(
            "'" + name + "' is not mounted: strata mount " + name + " DIR first");
      }
      boolean root = work.sys.geteuid() == 0;
      JsonNode config = work.store.configOf(container).path("config");
      all.add("env");
      all.add("-i");
      all.add("TERM=" + System.getenv().getOrDefault("TERM", "dumb"));
      all.add("HOME=/root");
      all.add(DEFAULT_PATH);
      for (JsonNode variable : config.path("Env")) {
        all.add(variable.asText());
      }
      all.addAll(List.of("unshare", "--mount", "--pid", "--fork", "--kill-child"));
      if (!root) {
        all.addAll(List.of("--user", "--map-root-user"));
      }
      String directory = config.path("WorkingDir").asText("");
      all.addAll(List.of("--", "/bin/sh", "-c", SCRIPT, "strata"));
      all.add(Mounts.pathOf(container).toString());
      all.add(directory.isEmpty() ? "/" : directory);
      all.addAll(command);
    }
    // Without the store: who is in there may stay for days.
    return Mounts.run(all);
  }
}
