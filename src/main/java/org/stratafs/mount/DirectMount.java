package org.stratafs.mount;

import org.stratafs.config.KernelMount;
import org.stratafs.posix.OpenFlags;
import org.stratafs.sys.Syscalls;

/** Stands in for the Mounter of fuse.kernel until that is there: mount(2) by root only. */
final class DirectMount {
  private final Syscalls sys;
  private final String mountPoint;
  final int fd;

  DirectMount(Syscalls sys, String mountPoint, KernelMount options) {
    this.sys = sys;
    this.mountPoint = mountPoint;
    fd = sys.openat(Syscalls.AT_FDCWD, "/dev/fuse", OpenFlags.O_RDWR, 0);
    String data =
        "fd=" + fd + ",rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other";
    sys.mount(options.fsname(), mountPoint, "fuse." + options.subtype(), 0x400, data);
  }

  void unmount() {
    sys.umount2(mountPoint, Syscalls.MNT_DETACH);
  }
}
