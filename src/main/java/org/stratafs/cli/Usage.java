package org.stratafs.cli;

/** What --help answers. */
final class Usage {
  static final String TEXT =
      """
      usage: stratafs [-f] [-d] [-o OPT[,OPT...]]... [SOURCE] MOUNTPOINT
             stratafs --status MOUNTPOINT [--json]

      Shows read-only lower directories and one writable upper directory as one tree at MOUNTPOINT.

        -o lowerdir=A[:B...]    the read-only layers, A topmost (required)
        -o upperdir=D           the writable layer; without it the mount is read-only
        -o workdir=D            private to the mount, on the file system of upperdir (required with it)

        -f                      stay in the foreground
        -d, --debug, -o debug   like -f, and print every request and its reply
        --status                how a mount is doing: its layers, what it has cached, copied up and served
        --json                  with --status: for programs
        -h, --help              this text
        -V, --version           the version

        -o timeout=SECONDS      how long the kernel may cache names and attributes (1000000000); 0 = not
        -o volatile, fsync=0    fsync does nothing: faster, and a crash may lose the upper
        -o writeback=1          the kernel collects small writes (0)
        -o noacl                offer no POSIX ACLs
        -o static_nlink         st_nlink of directories is 1
        -o ino32_t              st_ino has 32 bits
        -o redirect_dir=on|follow|nofollow|off
                                record and follow renames of lower directories (on)
        -o index=on|off         names of a lower hard link stay one file over copy-up (on)
        -o passthrough=on|off|all   the kernel reads and writes upper files by itself, where it can;
                               all: it reads lower files, too, and open ones stay lower (on)
        -o layer_xattrs=on|off  user.stratafs.layer, .origin and .copied_up say where a path comes from (on)
        -o userxattr            keep private xattrs as user.overlay.*, not trusted.overlay.*
        -o transport=libfuse    serve the mount by libfuse 2 (kernel)
        -o log=FILE             where the daemon writes what it has to say once the mount answers
        -o max_write=BYTES      the largest read and write request (1048576)
        -o fsname=, subtype=    what /proc/mounts shows
        -o context=             SELinux mount context
        -o allow_other allow_root ro rw suid nosuid dev nodev exec noexec atime noatime
           diratime nodiratime relatime strictatime default_permissions
                                as for mount(8); root's default is allow_other,suid,dev,noatime

        In lowerdir, \\: is a colon and \\\\ a backslash; \\, is a comma everywhere.
        STRATAFS_LOG=FILE       log=FILE for a mount without that option

      Unmount with umount MOUNTPOINT or fusermount3 -u MOUNTPOINT.
      """;

  private Usage() {}
}
