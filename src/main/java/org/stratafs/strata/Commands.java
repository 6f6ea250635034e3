package org.stratafs.strata;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The commands of strata by name, in the order of the help.
 *
 * <p>picocli reads a command's class by reflection before it parses anything; for all of them that
 * takes a quarter of the start, so that only the one that is called for is read where the command
 * line tells.
 */
final class Commands {
  private static final Map<String, Class<?>> BY_NAME = new LinkedHashMap<>();

  static {
    BY_NAME.put("import", ImportCommand.class);
    BY_NAME.put("images", ImagesCommand.class);
    BY_NAME.put("inspect", InspectCommand.class);
    BY_NAME.put("history", HistoryCommand.class);
    BY_NAME.put("tree", TreeCommand.class);
    BY_NAME.put("analyze", AnalyzeCommand.class);
    BY_NAME.put("tag", TagCommand.class);
    BY_NAME.put("rmi", RmiCommand.class);
    BY_NAME.put("mount", MountImageCommand.class);
    BY_NAME.put("ps", PsCommand.class);
    BY_NAME.put("umount", UmountCommand.class);
    BY_NAME.put("rm", RmCommand.class);
    BY_NAME.put("enter", EnterCommand.class);
    BY_NAME.put("diff", DiffCommand.class);
    BY_NAME.put("commit", CommitCommand.class);
    BY_NAME.put("squash", SquashCommand.class);
    BY_NAME.put("export", ExportCommand.class);
    BY_NAME.put("gc", GcCommand.class);
    BY_NAME.put("fsck", FsckCommand.class);
  }

  private Commands() {}

  static Map<String, Class<?>> all() {
    return BY_NAME;
  }

  /** The command that a command line calls for; null where it may be more than one, or none. */
  static Class<?> calledBy(String[] arguments) {
    int at = 0;
    while (at < arguments.length && arguments[at].startsWith("--store")) {
      at += arguments[at].equals("--store") ? 2 : 1;
    }
    return at < arguments.length ? BY_NAME.get(arguments[at]) : null;
  }
}
