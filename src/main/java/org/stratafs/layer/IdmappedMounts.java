package org.stratafs.layer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Tells whether a directory is reached through an idmapped mount (mount_setattr(2),
 * MOUNT_ATTR_IDMAP): then the kernel shows its ids mapped already. By fdinfo and mountinfo
 * (proc(5)), which know it since Linux 5.12; only asked where ids are mapped by option.
 */
final class IdmappedMounts {
  private static final String MOUNT_ID = "mnt_id:";
  private static final String IDMAPPED = "idmapped";

  /** Of a line of mountinfo: the options of the mount itself. */
  private static final int OPTIONS = 5;

  private final String mountinfo;

  private IdmappedMounts(String mountinfo) {
    this.mountinfo = mountinfo;
  }

  /** Those that there are now; none where /proc does not tell. */
  static IdmappedMounts read() {
    try {
      byte[] mounts = Files.readAllBytes(Path.of("/proc/self/mountinfo"));
      return new IdmappedMounts(new String(mounts, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      return new IdmappedMounts("");
    }
  }

  /** Whether the mount that a descriptor was opened on is one; false where /proc does not tell. */
  boolean isOn(int fd) {
    try {
      String id = mountId(Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd)));
      return id != null && isIdmapped(mountinfo, id);
    } catch (IOException e) {
      return false;
    }
  }

  private static String mountId(Iterable<String> fdinfo) {
    for (String line : fdinfo) {
      if (line.startsWith(MOUNT_ID)) {
        return line.substring(MOUNT_ID.length()).strip();
      }
    }
    return null;
  }

  /** Whether mountinfo says so of the mount of that id. */
  static boolean isIdmapped(String mountinfo, String id) {
    for (String line : mountinfo.split("\n", -1)) {
      String[] fields = line.split(" ", -1);
      if (fields.length > OPTIONS && fields[0].equals(id)) {
        return (fields[OPTIONS] + ",").contains("," + IDMAPPED + ",");
      }
    }
    return false;
  }
}
