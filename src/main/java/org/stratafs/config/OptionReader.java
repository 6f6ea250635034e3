package org.stratafs.config;

import java.util.ArrayList;
import java.util.List;
import org.stratafs.config.KernelMount.Atime;
import org.stratafs.layer.IdMap;
import org.stratafs.layer.IdentitySpec;
import org.stratafs.layer.MetacopyPolicy;
import org.stratafs.layer.OverrideForm;
import org.stratafs.layer.RedirectPolicy;
import org.stratafs.layer.StackSpec;
import org.stratafs.layer.XattrNamespace;
import org.stratafs.posix.Names;

/**
 * Takes one {@code -o} option after the other and makes {@link MountOptions} of them; the last
 * value of an option wins.
 *
 * <p>Options that belong to later work are never silently wrong: the value that says what is done
 * anyway is taken, and one whose absence changes nothing that is stored or seen wrongly is ignored
 * with a line.
 */
final class OptionReader {
  private final List<String> warnings = new ArrayList<>();

  private String lowerdir;
  private String upperdir;
  private String workdir;
  private XattrNamespace xattrs = XattrNamespace.AUTO;
  private long timeoutNanos = OptionValues.seconds("timeout", "1000000000");
  private boolean acl = true;
  private boolean fsync = true;
  private boolean writeback;
  private boolean staticNlink;
  private boolean ino32;
  private RedirectPolicy redirects = RedirectPolicy.ON;
  private boolean index = true;
  private String metacopy;
  private String redirectDir;
  private Passthrough passthrough = Passthrough.ON;
  private boolean layerXattrs = true;
  private Transport transport = Transport.KERNEL;
  private boolean debug;
  private String logFile;

  private IdMap uids;
  private IdMap gids;
  private boolean squashToRoot;
  private int squashUid = IdentitySpec.NO_ID;
  private int squashGid = IdentitySpec.NO_ID;
  private OverrideForm override = OverrideForm.NONE;

  private String fsname;
  private String subtype = "stratafs";
  private String context;
  private boolean readOnly;
  private boolean suid;
  private boolean dev;
  private boolean exec = true;
  private Atime atime = Atime.NONE;
  private boolean dirAtime = true;
  private boolean allowOther;
  private int maxWrite;

  private final boolean root;
  private final boolean noDeviceWhiteouts;
  private boolean allowRoot;
  private boolean allowOtherGiven;

  OptionReader(boolean root, boolean noDeviceWhiteouts) {
    this.root = root;
    this.noDeviceWhiteouts = noDeviceWhiteouts;
    suid = root;
    dev = root;
    allowOther = root;
  }

  /** The lines for the person so far. */
  List<String> warnings() {
    return warnings;
  }

  /** One option, still escaped. */
  void read(String option) {
    int equals = option.indexOf('=');
    if (equals < 0) {
      if (isFlag(option)) {
        readFlag(option);
      } else if (needsValue(option)) {
        throw missingValue(option);
      } else {
        ignoreUnknown(option);
      }
      return;
    }
    String name = option.substring(0, equals);
    String value = option.substring(equals + 1);
    if (isFlag(name)) {
      throw new OptionException("option " + name + " takes no value, and was given " + option);
    } else if (!needsValue(name)) {
      ignoreUnknown(option);
    } else if (OptionText.unescape(value).isEmpty()) {
      throw missingValue(name);
    } else {
      readValue(name, value);
    }
  }

  private void warn(String line) {
    warnings.add(Names.display(line));
  }

  private void ignoreUnknown(String option) {
    warn("unknown argument ignored: " + OptionText.unescape(option));
  }

  private static OptionException missingValue(String name) {
    return new OptionException("option " + name + " needs a value: " + name + "=" + hint(name));
  }

  private void readFlag(String name) {
    switch (name) {
      case "static_nlink" -> staticNlink = true;
      case "ino32_t" -> ino32 = true;
      case "noacl" -> acl = false;
      case "volatile" -> fsync = false;
      case "userxattr" -> xattrs = XattrNamespace.USER;
      case "squash_to_root" -> squashToRoot = true;
      case "allow_other" -> {
        allowOther = true;
        allowOtherGiven = true;
      }
      case "allow_root" -> allowRoot = true;
      // Always on: the kernel checks permissions by the attributes we give it.
      case "default_permissions" -> {}
      case "debug" -> debug = true;
      case "ro" -> readOnly = true;
      case "rw" -> readOnly = false;
      case "suid" -> suid = rootOnly(name);
      case "nosuid" -> suid = false;
      case "dev" -> dev = rootOnly(name);
      case "nodev" -> dev = false;
      case "exec" -> exec = true;
      case "noexec" -> exec = false;
      case "noatime" -> atime = Atime.NONE;
      case "relatime" -> atime = Atime.RELATIVE;
      case "atime" -> atime = Atime.RELATIVE;
      case "strictatime" -> atime = Atime.STRICT;
      case "diratime" -> dirAtime = true;
      case "nodiratime" -> dirAtime = false;
      case "remount" ->
          throw new OptionException(
              "a mount keeps the options it was made with and cannot be remounted: unmount it, and"
                  + " mount it again with the new ones");
      default -> throw new AssertionError(name);
    }
  }

  /** fusermount3 would leave them out without a word. */
  private boolean rootOnly(String name) {
    if (!root) {
      warn(name + " is ignored: only what root mounts may have set-uid programs and devices");
    }
    return root;
  }

  private static boolean isFlag(String name) {
    return switch (name) {
      case "static_nlink", "ino32_t", "noacl", "volatile", "userxattr", "squash_to_root", "debug" ->
          true;
      case "allow_other", "allow_root", "default_permissions", "ro", "rw", "suid", "nosuid" -> true;
      case "dev", "nodev", "exec", "noexec", "noatime", "relatime", "atime", "strictatime" -> true;
      case "diratime", "nodiratime", "remount" -> true;
      default -> false;
    };
  }

  private static boolean needsValue(String name) {
    return hint(name) != null;
  }

  /**
   * What stands after the equals sign, for messages; null if the option takes no value or is
   * unknown.
   */
  private static String hint(String name) {
    return switch (name) {
      case "lowerdir" -> "DIR[:DIR...]";
      case "upperdir", "workdir" -> "DIR";
      case "uidmapping", "gidmapping" -> "HOST:TO:LEN[:...]";
      case "squash_to_uid", "squash_to_gid", "max_write" -> "N";
      case "xattr_permissions" -> "0, 1 or 2";
      case "xino" -> "off, auto or on";
      case "timeout" -> "SECONDS";
      case "threaded", "writeback", "fast_ino", "noxattrs", "fsync" -> "0 or 1";
      case "redirect_dir" -> "off, on, follow or nofollow";
      case "metacopy", "index", "layer_xattrs" -> "on or off";
      case "passthrough" -> "off, on or all";
      case "transport" -> "kernel or libfuse";
      case "plugins", "context", "fsname", "subtype" -> "TEXT";
      case "log" -> "FILE";
      default -> null;
    };
  }

  private void readValue(String name, String escaped) {
    String value = OptionText.unescape(escaped);
    switch (name) {
      case "lowerdir" -> lowerdir = escaped;
      case "upperdir" -> upperdir = value;
      case "workdir" -> workdir = value;
      case "fsname" -> fsname = value;
      case "subtype" -> subtype = value;
      case "context" -> context = value;
      case "log" -> logFile = value;
      case "timeout" -> timeoutNanos = OptionValues.seconds(name, value);
      case "max_write" -> maxWrite = OptionValues.positiveInt(name, value);
      case "writeback" -> writeback = OptionValues.zeroOrOne(name, value);
      case "fsync" -> fsync = OptionValues.zeroOrOne(name, value);
      // Taken for the sake of callers; there is nothing here that they would change.
      case "threaded", "fast_ino", "noxattrs" -> OptionValues.zeroOrOne(name, value);
      case "plugins" -> {}
      case "xino" -> readXino(value);
      case "redirect_dir" -> readRedirectDir(value);
      case "index" -> index = OptionValues.onOrOff(name, value);
      case "passthrough" -> readPassthrough(value);
      case "layer_xattrs" -> layerXattrs = OptionValues.onOrOff(name, value);
      case "metacopy" -> {
        OptionValues.onOrOff(name, value);
        metacopy = value;
      }
      case "xattr_permissions" -> readOverride(value);
      case "uidmapping" -> uids = OptionValues.idMap(name, value);
      case "gidmapping" -> gids = OptionValues.idMap(name, value);
      case "squash_to_uid" -> squashUid = (int) OptionValues.id(name, value);
      case "squash_to_gid" -> squashGid = (int) OptionValues.id(name, value);
      case "transport" ->
          transport =
              OptionValues.oneOf(name, value, "kernel", "libfuse") == 0
                  ? Transport.KERNEL
                  : Transport.LIBFUSE;
      default -> throw new AssertionError(name);
    }
  }

  private void readPassthrough(String value) {
    passthrough =
        switch (OptionValues.oneOf("passthrough", value, "off", "on", "all")) {
          case 0 -> Passthrough.OFF;
          case 1 -> Passthrough.ON;
          default -> Passthrough.ALL;
        };
  }

  /** st_ino is unique over layers on several devices always: one mount has one st_dev. */
  private void readXino(String value) {
    if (OptionValues.oneOf("xino", value, "off", "auto", "on") == 0) {
      warn("xino=off is ignored: st_ino is always unique over all layers");
    }
  }

  private void readOverride(String value) {
    override =
        switch (OptionValues.oneOf("xattr_permissions", value, "0", "1", "2")) {
          case 0 -> OverrideForm.NONE;
          case 1 -> OverrideForm.PRIVILEGED;
          default -> OverrideForm.CONTAINERS;
        };
  }

  private void readRedirectDir(String value) {
    redirectDir = value;
    redirects =
        switch (OptionValues.oneOf("redirect_dir", value, "on", "nofollow", "off", "follow")) {
          case 0 -> RedirectPolicy.ON;
          case 1 -> RedirectPolicy.NOFOLLOW;
          default -> RedirectPolicy.FOLLOW; // off too: overlayfs follows what is there
        };
  }

  /**
   * All options have been read.
   *
   * @param source the argument before the mount point, null if none
   */
  MountOptions finish(String source) {
    if (allowRoot && allowOtherGiven) {
      throw new OptionException("allow_other and allow_root exclude each other: give one of them");
    }
    if (allowRoot) {
      // Root is root's only other user; for an ordinary user the kernel knows only "nobody else"
      // and "everybody".
      if (!root) {
        throw new OptionException(
            "allow_root is not available to an ordinary user: use allow_other");
      }
      allowOther = false;
    }
    return new MountOptions(
        stack(),
        new KernelMount(
            fsname != null ? fsname : source != null && !source.isEmpty() ? source : "stratafs",
            subtype,
            context,
            readOnly,
            suid,
            dev,
            exec,
            atime,
            dirAtime,
            allowOther,
            maxWrite),
        timeoutNanos,
        acl,
        fsync,
        writeback,
        passthrough,
        staticNlink,
        ino32,
        redirects,
        index,
        metacopy(),
        layerXattrs,
        transport,
        debug,
        logFile);
  }

  /**
   * As overlayfs resolves what depends on what (fs/overlayfs/params.c, ovl_fs_params_verify): a
   * metacopy that is renamed needs a redirect, and none may be believed in user.* xattrs.
   */
  private MetacopyPolicy metacopy() {
    if ("off".equals(metacopy)) {
      return MetacopyPolicy.REFUSE;
    }
    boolean redirected = redirects == RedirectPolicy.ON;
    boolean trusted = xattrs != XattrNamespace.USER;
    if (metacopy != null && !redirected) {
      throw new OptionException(
          "metacopy=on and redirect_dir="
              + redirectDir
              + " exclude each other: a renamed file could not find its data; leave one out");
    }
    if (metacopy != null && !trusted) {
      throw new OptionException(
          "metacopy=on and userxattr exclude each other: who may set user.overlay.* xattrs could"
              + " read any file by them; leave one out");
    }
    if (metacopy != null && !root) {
      warn("metacopy=on is ignored: it needs trusted.* xattrs, which only root may set");
    }
    return redirected && trusted ? MetacopyPolicy.ON : MetacopyPolicy.FOLLOW;
  }

  private StackSpec stack() {
    if (lowerdir == null) {
      throw new OptionException("no layers were given: -o lowerdir=DIR[:DIR...]");
    }
    LowerPaths lowers = LowerPaths.parse(lowerdir);
    if (upperdir != null && workdir == null) {
      throw new OptionException(
          "upperdir needs a workdir on the same file system: -o upperdir="
              + upperdir
              + ",workdir=DIR");
    }
    if (upperdir == null && workdir != null) {
      warn("workdir ignored: without an upperdir the mount is read-only");
    }
    return new StackSpec(
        lowers.paths(),
        upperdir,
        upperdir == null ? null : workdir,
        xattrs,
        noDeviceWhiteouts,
        identity(),
        /* durable= */ fsync,
        lowers.dataOnly());
  }

  private IdentitySpec identity() {
    int everybody = squashToRoot ? 0 : IdentitySpec.NO_ID;
    return new IdentitySpec(
        uids,
        gids,
        squashUid != IdentitySpec.NO_ID ? squashUid : everybody,
        squashGid != IdentitySpec.NO_ID ? squashGid : everybody,
        override,
        acl);
  }
}
