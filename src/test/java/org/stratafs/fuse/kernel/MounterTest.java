package org.stratafs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.OpenFlags;
import org.stratafs.posix.Stat;
import org.stratafs.sys.LinuxSyscalls;
import org.stratafs.sys.Syscalls;
import org.stratafs.sys.ThreadIdentity;

/** No daemon serves these mounts: what the mounter does may not ask the file system anything. */
@Timeout(60)
class MounterTest {
  private static final int NOBODY = 65534;

  private final Syscalls sys = new LinuxSyscalls();
  private final Mounter mounter = new Mounter(sys);
  private final List<Integer> connections = new ArrayList<>();

  @TempDir Path temp;
  private Path mountPoint;

  /** The permissions of /dev/fuse to come back to; 0 while they are as they were. */
  private int deviceMode;

  @BeforeEach
  void makeMountPoint() throws IOException {
    mountPoint = Files.createDirectory(temp.toRealPath().resolve("m n"));
  }

  @AfterEach
  void unmountWhatIsLeft() {
    for (int fd : connections) {
      sys.close(fd);
    }
    if (deviceMode != 0) {
      sys.fchmodat(Syscalls.AT_FDCWD, "/dev/fuse", deviceMode);
    }
    while (!mounts().isEmpty()) {
      sys.umount2(mountPoint.toString(), Syscalls.MNT_DETACH | Syscalls.UMOUNT_NOFOLLOW);
    }
  }

  private static void needRootAndFuse() {
    assumeTrue(new LinuxSyscalls().geteuid() == 0, "mount(2) needs root");
    assumeTrue(Files.exists(Path.of("/dev/fuse")), "there is no /dev/fuse");
  }

  private MountRequest request(int flags, boolean allowOther) {
    return new MountRequest(mountPoint.toString(), "a,source", "stratafs", flags, allowOther, null);
  }

  private FuseMount mount(MountRequest request) {
    FuseMount mount = mounter.mount(request);
    connections.add(mount.fuseFd());
    return mount;
  }

  /** Lines of mountinfo for the mount point, from the mount point's column on. */
  private List<String> mounts() {
    String escaped = mountPoint.toString().replace(" ", "\\040") + " ";
    List<String> found = new ArrayList<>();
    try {
      for (String line :
          Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1)) {
        int at = line.indexOf(escaped);
        if (at >= 0) {
          found.add(line.substring(at + escaped.length()));
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return found;
  }

  private static void assertContains(String part, String whole) {
    assertTrue(whole.contains(part), () -> part + " is not in: " + whole);
  }

  private String refusal(String path) {
    MountRequest request = new MountRequest(path, "s", "stratafs", 0, false, null);
    return assertThrows(FsException.class, () -> mounter.mount(request)).getMessage();
  }

  @Test
  void rootMountsWithSourceTypeFlagsAndOptionsAndUnmountsOnce() {
    needRootAndFuse();
    FuseMount mount = mount(request(MountFlags.NOATIME | MountFlags.NOEXEC, true));
    assertEquals(1, mounts().size());
    String line = mounts().get(0);
    assertContains(" - fuse.stratafs a,source rw,user_id=0,group_id=0,", line);
    assertContains("default_permissions,allow_other", line);
    assertContains("rw,noexec,noatime", line);
    assertTrue(mount.unmountIfStillOurs());
    assertEquals(List.of(), mounts());
    assertFalse(mount.unmountIfStillOurs());
  }

  @Test
  void aLaterMountAtThePathIsLeftAlone() {
    needRootAndFuse();
    FuseMount first = mount(request(0, false));
    sys.umount2(mountPoint.toString(), Syscalls.MNT_DETACH);
    FuseMount second = mount(request(0, false));
    assertFalse(first.unmountIfStillOurs());
    assertEquals(1, mounts().size());
    assertTrue(second.unmountIfStillOurs());
  }

  @Test
  void aMountPointThatWasMovedAwayOrReplacedIsLeftAlone() throws IOException {
    needRootAndFuse();
    FuseMount mount = mount(request(0, false));
    sys.umount2(mountPoint.toString(), Syscalls.MNT_DETACH);
    Files.delete(mountPoint);
    assertFalse(mount.unmountIfStillOurs());
    Files.createSymbolicLink(mountPoint, temp);
    assertFalse(mount.unmountIfStillOurs());
  }

  @Test
  void theMountPointMayBeReachedThroughSymbolicLinksAndDots() throws IOException {
    needRootAndFuse();
    Path link = temp.resolve("link");
    Files.createSymbolicLink(link, mountPoint);
    FuseMount mount = mount(new MountRequest(link + "/../m n/.", "s", "stratafs", 0, false, null));
    assertEquals(1, mounts().size());
    assertTrue(mount.unmountIfStillOurs());
    assertEquals(List.of(), mounts());
  }

  @Test
  void badMountPointsAreNamed() throws IOException {
    String missing = temp + "/missing";
    assertContains("mount point " + missing + " does not exist", refusal(missing));
    Path file = Files.createFile(temp.resolve("file"));
    assertContains("mount point " + file + " is not a directory", refusal(file.toString()));
  }

  @Test
  void aDescriptorThatIsMountedAlreadyIsTakenAsItIs() {
    needRootAndFuse();
    int fd = sys.openat(Syscalls.AT_FDCWD, "/dev/fuse", OpenFlags.O_RDWR, 0);
    FuseMount mount = mount(new MountRequest("/dev/fd/" + fd, "s", "stratafs", 0, false, null));
    assertEquals(fd, mount.fuseFd());
    assertFalse(mount.unmountIfStillOurs());
    assertContains("/dev/fd/x is not an open descriptor of /dev/fuse", refusal("/dev/fd/x"));
    assertContains("/dev/fd/0 is not an open descriptor of /dev/fuse", refusal("/dev/fd/0"));
    assertContains("/dev/fd/99999 is not an open", refusal("/dev/fd/99999"));
  }

  @Test
  void anOrdinaryUserMountsAndUnmountsThroughFusermount() throws IOException {
    needRootAndFuse();
    assumeTrue(Files.exists(Path.of("/usr/bin/fusermount3")), "fusermount3 is not installed");
    letNobodyIn();
    FuseMount[] mount = new FuseMount[1];
    asNobody(() -> mount[0] = mount(request(MountFlags.NOATIME, false)));
    assertNotEquals(-1, mount[0].fuseFd());
    String line = mounts().get(0);
    assertContains("nosuid,nodev,noatime", line);
    assertContains(" - fuse.stratafs a,source rw,user_id=65534,group_id=65534", line);
    assertContains("default_permissions", line);
    asNobody(() -> assertTrue(mount[0].unmountIfStillOurs()));
    assertEquals(List.of(), mounts());
  }

  @Test
  void whatFusermountRefusesIsSaidInItsWords() throws IOException {
    needRootAndFuse();
    assumeTrue(Files.exists(Path.of("/usr/bin/fusermount3")), "fusermount3 is not installed");
    assumeTrue(
        Files.readAllLines(Path.of("/etc/fuse.conf")).stream()
            .noneMatch(line -> line.startsWith("user_allow_other")),
        "/etc/fuse.conf lets users give allow_other");
    letNobodyIn();
    String refusal = refusalToNobody(true);
    assertContains("cannot mount on " + mountPoint + ": ", refusal);
    assertContains("user_allow_other", refusal);
    assertEquals(List.of(), mounts());
    sys.fchownat(Syscalls.AT_FDCWD, mountPoint.toString(), 0, 0);
    assertContains("user has no write access to mountpoint", refusalToNobody(false));
  }

  private String refusalToNobody(boolean allowOther) {
    String[] message = new String[1];
    MountRequest request = request(0, allowOther);
    asNobody(
        () ->
            message[0] =
                assertThrows(FsException.class, () -> mounter.mount(request)).getMessage());
    return message[0];
  }

  private static void asNobody(Runnable action) {
    ThreadIdentity.as(NOBODY, NOBODY, action);
  }

  /** With the permissions that udev gives the device on any desktop or server (crw-rw-rw-). */
  private void letNobodyIn() {
    Stat device = new Stat();
    sys.stat(Syscalls.AT_FDCWD, "/dev/fuse", device);
    deviceMode = device.mode & Mode.PERMISSIONS;
    sys.fchmodat(Syscalls.AT_FDCWD, "/dev/fuse", 0666);
    sys.fchmodat(Syscalls.AT_FDCWD, temp.toString(), 0755);
    sys.fchmodat(Syscalls.AT_FDCWD, mountPoint.toString(), 0755); // whatever umask a test left
    sys.fchownat(Syscalls.AT_FDCWD, mountPoint.toString(), NOBODY, NOBODY);
  }
}
