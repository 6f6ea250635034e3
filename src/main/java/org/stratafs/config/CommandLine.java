package org.stratafs.config;

import java.util.ArrayList;
import java.util.List;

/**
 * The command line of the mount command: {@code stratafs [-f] [-d] [-h] [-V] [-o OPT[,OPT...]]...
 * [SOURCE] MOUNTPOINT}.
 *
 * <p>Arguments are Latin-1 Strings ({@link org.stratafs.posix.Names}).
 *
 * @param foreground -f or -d: the command stays until the mount ends
 * @param mountPoint as given; null but with {@link Action#MOUNT}
 * @param options null but with {@link Action#MOUNT}
 * @param optionText all that stood after -o, for people
 * @param warnings lines for the person that stop nothing
 */
public record CommandLine(
    Action action,
    boolean foreground,
    String mountPoint,
    MountOptions options,
    String optionText,
    List<String> warnings) {
  /** What is asked for. */
  public enum Action {
    MOUNT,
    HELP,
    VERSION,
    STATUS
  }

  public CommandLine {
    warnings = List.copyOf(warnings);
  }

  /**
   * Reads the arguments.
   *
   * @param root whether the caller is uid 0 (of its user namespace), for the defaults
   * @param noDeviceWhiteouts whether FUSE_OVERLAYFS_DISABLE_OVL_WHITEOUT is set
   * @throws OptionException with one line if they cannot be followed
   */
  public static CommandLine parse(List<String> arguments, boolean root, boolean noDeviceWhiteouts) {
    OptionReader reader = new OptionReader(root, noDeviceWhiteouts);
    List<String> positional = new ArrayList<>();
    boolean foreground = false;
    StringBuilder text = new StringBuilder();
    Action action = actionOf(arguments);
    if (action != Action.MOUNT) {
      return new CommandLine(action, true, null, null, "", List.of());
    }
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      switch (argument) {
        case "-f" -> foreground = true;
        case "-d", "--debug" -> reader.read("debug");
        case "-o" -> {
          i++;
          if (i == arguments.size()) {
            throw new OptionException("-o needs options after it: -o lowerdir=DIR,...");
          }
          readAll(reader, arguments.get(i), text);
        }
        case "--" -> {
          positional.addAll(arguments.subList(i + 1, arguments.size()));
          i = arguments.size();
        }
        default -> {
          if (argument.startsWith("-o")) {
            readAll(reader, argument.substring(2), text);
          } else if (argument.length() > 1 && argument.charAt(0) == '-') {
            throw new OptionException("unknown argument " + argument + "; --help lists them");
          } else {
            positional.add(argument);
          }
        }
      }
    }
    String source = sourceOf(positional);
    String mountPoint = positional.get(positional.size() - 1);
    MountOptions options = reader.finish(source);
    return new CommandLine(
        action,
        foreground || options.debug(),
        mountPoint,
        options,
        text.toString(),
        reader.warnings());
  }

  /** What is asked for: the first of -h, -V and --status, or else a mount. */
  public static Action actionOf(List<String> arguments) {
    for (int i = 0; i < arguments.size(); i++) {
      switch (arguments.get(i)) {
        case "-h", "--help" -> {
          return Action.HELP;
        }
        case "-V", "--version" -> {
          return Action.VERSION;
        }
        case "--status" -> {
          return Action.STATUS;
        }
        case "-o" -> i++;
        case "--" -> {
          return Action.MOUNT;
        }
        default -> {}
      }
    }
    return Action.MOUNT;
  }

  private static void readAll(OptionReader reader, String text, StringBuilder all) {
    all.append(all.length() == 0 ? "" : ",").append(text);
    for (String option : OptionText.split(text)) {
      reader.read(option);
    }
  }

  /** The argument before the mount point, null if there is none. */
  private static String sourceOf(List<String> positional) {
    switch (positional.size()) {
      case 0 ->
          throw new OptionException("no mount point was given: stratafs -o OPTIONS MOUNTPOINT");
      case 1 -> {
        return null;
      }
      case 2 -> {
        return positional.get(0);
      }
      default ->
          throw new OptionException(
              "too many arguments: "
                  + positional.size()
                  + " where at most SOURCE and MOUNTPOINT are expected");
    }
  }
}
