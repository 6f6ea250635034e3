/* openat2(2), file handles, inotify, ioctl, O_CLOEXEC and other corners. */
#include "check.h"

#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>

static int openat2_with(const char *path, uint64_t flags, uint64_t resolve) {
  struct open_how how = {.flags = flags, .resolve = resolve};
  return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

CHECK(openat2_RESOLVE_flags) {
  OK(mkdir("d", 0755));
  make_content("d/f", "x");
  make_content("out", "y");
  OK(symlink("f", "d/s"));
  OK(symlink("../out", "d/up"));
  int dir = (int)OK(open("d", O_PATH));
  OK(fchdir(dir));
  OK(openat2_with("f", O_RDONLY, RESOLVE_BENEATH));
  OK(openat2_with("s", O_RDONLY, RESOLVE_BENEATH));
  ERR(EXDEV, openat2_with("../out", O_RDONLY, RESOLVE_BENEATH));
  ERR(EXDEV, openat2_with("up", O_RDONLY, RESOLVE_BENEATH));
  ERR(ELOOP, openat2_with("s", O_RDONLY, RESOLVE_NO_SYMLINKS));
  ERR(ENOENT, openat2_with("up", O_RDONLY, RESOLVE_IN_ROOT));
  OK(openat2_with("../out", O_RDONLY, RESOLVE_NO_XDEV));
  ERR(EINVAL, openat2_with("f", O_RDONLY | (1ull << 40), 0));
}

CHECK(openat_relative_to_a_directory_descriptor) {
  OK(mkdir("d", 0755));
  int dir = (int)OK(open("d", O_RDONLY | O_DIRECTORY));
  OK(close((int)OK(openat(dir, "f", O_CREAT | O_RDWR, 0644))));
  OK(mkdirat(dir, "e", 0755));
  OK(symlinkat("f", dir, "s"));
  OK(renameat(dir, "f", dir, "g"));
  OK(unlinkat(dir, "g", 0));
  OK(unlinkat(dir, "e", AT_REMOVEDIR));
  EQ(1, count_entries("d"));
  make_file("file", 0644);
  ERR(ENOTDIR, openat((int)OK(open("file", O_RDONLY)), "x", O_RDONLY));
}

CHECK(file_handle_opens_the_file_again) {
  make_content("f", "text");
  struct {
    struct file_handle h;
    char room[MAX_HANDLE_SZ];
  } handle = {.h = {.handle_bytes = MAX_HANDLE_SZ}};
  int mount_id;
  if (name_to_handle_at(AT_FDCWD, "f", &handle.h, &mount_id, 0) < 0) {
    if (errno == EOPNOTSUPP) SKIP("no file handles here");
    FAIL("name_to_handle_at: %s", strerrorname_np(errno));
  }
  int at = (int)OK(open(".", O_RDONLY | O_DIRECTORY));
  int fd = (int)OK(open_by_handle_at(at, &handle.h, O_RDONLY));
  expect_fd_content(fd, "text");
  OK(close(fd));
  OK(rename("f", "g"));
  fd = (int)OK(open_by_handle_at(at, &handle.h, O_RDWR));
  expect_fd_content(fd, "text");
  OK(close(fd));
  OK(unlink("g"));
  /* FUSE keeps the inode until the last RELEASE is answered, which close(2) does not wait for. */
  for (int i = 0; (fd = open_by_handle_at(at, &handle.h, O_RDONLY)) >= 0 && i < 100; i++) {
    OK(close(fd));
    usleep(10000);
  }
  if (fd >= 0) FAIL("the handle of a removed file opened");
  EQ(ESTALE, errno);
}

CHECK(inotify_reports_what_happens_on_the_mount) {
  int in = (int)OK(inotify_init1(IN_NONBLOCK));
  OK(inotify_add_watch(in, ".", IN_CREATE | IN_DELETE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB));
  make_content("f", "x");
  OK(chmod("f", 0600));
  OK(rename("f", "g"));
  OK(unlink("g"));
  char buffer[4096];
  ssize_t n = OK(read(in, buffer, sizeof(buffer)));
  uint32_t seen = 0;
  for (char *p = buffer; p < buffer + n; p += sizeof(struct inotify_event) + ((struct inotify_event *)p)->len)
    seen |= ((struct inotify_event *)p)->mask;
  EQ(IN_CREATE | IN_DELETE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB, seen & 0xfff);
}

CHECK(ioctl_getflags_and_setflags) {
  make_content("f", "x");
  int fd = (int)OK(open("f", O_RDONLY));
  int flags = 0;
  if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0) {
    if (errno == ENOTTY || errno == EOPNOTSUPP) SKIP("no inode flags beneath");
    FAIL("FS_IOC_GETFLAGS: %s", strerrorname_np(errno));
  }
  int with = flags | FS_NODUMP_FL;
  OK(ioctl(fd, FS_IOC_SETFLAGS, &with));
  int back = 0;
  OK(ioctl(fd, FS_IOC_GETFLAGS, &back));
  TRUE(back & FS_NODUMP_FL);
  OK(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

CHECK(ioctl_fsgetxattr) {
  make_content("f", "x");
  int fd = (int)OK(open("f", O_RDONLY));
  struct fsxattr attr;
  if (ioctl(fd, FS_IOC_FSGETXATTR, &attr) < 0) {
    if (errno == ENOTTY || errno == EOPNOTSUPP) SKIP("no FS_IOC_FSGETXATTR beneath");
    FAIL("FS_IOC_FSGETXATTR: %s", strerrorname_np(errno));
  }
}

CHECK(ioctl_immutable_file_refuses_changes) {
  make_content("f", "x");
  int fd = (int)OK(open("f", O_RDWR));
  int flags = 0;
  if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0) SKIP("no inode flags beneath");
  int with = flags | FS_IMMUTABLE_FL;
  if (ioctl(fd, FS_IOC_SETFLAGS, &with) < 0) SKIP("no immutable flag: %s", strerrorname_np(errno));
  int opened = open("f", O_WRONLY), open_errno = errno;
  int unlinked = unlink("f"), unlink_errno = errno;
  int moved = rename("f", "g");
  OK(ioctl(fd, FS_IOC_SETFLAGS, &flags));
  EQ(-1, opened);
  EQ(-1, unlinked);
  EQ(-1, moved);
  EQ(EPERM, open_errno);
  EQ(EPERM, unlink_errno);
}

CHECK(ioctl_unknown_is_ENOTTY) {
  make_content("f", "x");
  int fd = (int)OK(open("f", O_RDWR));
  int value = 0;
  ERR(ENOTTY, ioctl(fd, _IOR('~', 77, int), &value));
  ERR(ENOTTY, ioctl(fd, 0x5413 /* TIOCGWINSZ */, &value));
}

CHECK(ioctl_FIONREAD_gives_what_is_left) {
  make_content("f", "0123456789");
  int fd = (int)OK(open("f", O_RDONLY));
  OK(lseek(fd, 4, SEEK_SET));
  int n = 0;
  OK(ioctl(fd, FIONREAD, &n));
  EQ(6, n);
}

CHECK(dup_shares_the_offset_and_fork_too) {
  make_content("f", "0123456789");
  int fd = (int)OK(open("f", O_RDONLY)), copy = (int)OK(dup(fd));
  char c;
  OK(read(fd, &c, 1));
  IN_CHILD { OK(read(fd, &c, 1)); }
  OK(read(copy, &c, 1));
  EQ('2', c);
}

CHECK(umask_is_per_process) {
  OK(chmod(".", 0777));
  IN_CHILD {
    umask(077);
    make_file("a", 0666);
  }
  make_file("b", 0666);
  EQ(0600, stat_of("a").st_mode & 07777);
  EQ(0644, stat_of("b").st_mode & 07777);
}

CHECK(chroot_into_the_mount) {
  OK(mkdir("root", 0755));
  make_content("root/f", "inside");
  IN_CHILD {
    OK(chroot("root"));
    OK(chdir("/"));
    expect_content("/f", "inside");
    make_content("/../g", "stays beneath");
  }
  expect_content("root/g", "stays beneath");
}

CHECK(bind_like_access_by_proc_root) {
  make_content("f", "x");
  char path[PATH_MAX + 40], cwd[PATH_MAX];
  TRUE(getcwd(cwd, sizeof(cwd)) != NULL);
  snprintf(path, sizeof(path), "/proc/self/cwd/f");
  expect_content(path, "x");
  snprintf(path, sizeof(path), "/proc/self/root%s/f", cwd);
  expect_content(path, "x");
}

CHECK(read_only_descriptor_of_proc_fd_keeps_working_after_rename_of_parents) {
  OK(mkdir("a", 0755));
  OK(mkdir("a/b", 0755));
  make_content("a/b/f", "x");
  int fd = (int)OK(open("a/b/f", O_RDWR));
  OK(rename("a", "z"));
  OK(pwrite(fd, "y", 1, 0));
  OK(fchmod(fd, 0600));
  expect_content("z/b/f", "y");
  EQ(0600, stat_of("z/b/f").st_mode & 07777);
}

CHECK(thousand_files_created_renamed_and_removed) {
  char a[20], b[20];
  for (int i = 0; i < 1000; i++) {
    snprintf(a, sizeof(a), "a%d", i);
    snprintf(b, sizeof(b), "b%d", i);
    make_file(a, 0644);
    OK(rename(a, b));
  }
  EQ(1000, count_entries("."));
  for (int i = 0; i < 1000; i++) {
    snprintf(b, sizeof(b), "b%d", i);
    OK(unlink(b));
  }
  EQ(0, count_entries("."));
}
