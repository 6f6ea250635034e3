/* stat(2), chmod(2), chown(2), utimensat(2), truncate(2), statx(2), statfs(2). */
#include "check.h"

CHECK(chmod_sets_all_twelve_bits) {
  make_file("f", 0644);
  OK(mkdir("d", 0755));
  for (int mode = 0; mode <= 07777; mode += 0111) {
    OK(chmod("f", mode & 07777));
    EQ(mode & 07777, stat_of("f").st_mode & 07777);
  }
  OK(chmod("d", 07755));
  EQ(07755, stat_of("d").st_mode & 07777);
}

CHECK(chmod_moves_ctime_only) {
  make_file("f", 0644);
  set_times("f", 1000);
  struct stat before = stat_of("f");
  tick();
  OK(chmod("f", 0600));
  struct stat st = stat_of("f");
  EQ(1000, st.st_mtime);
  TRUE(ts_after(st.st_ctim, before.st_ctim));
}

CHECK(chmod_absent_is_ENOENT) {
  make_file("f", 0644);
  ERR(ENOENT, chmod("x", 0644));
  ERR(ENOTDIR, chmod("f/x", 0644));
}

CHECK(chmod_by_another_user_is_EPERM) {
  OK(chmod(".", 0755));
  make_file("f", 0666);
  AS(USER_A, GROUP_A) { ERR(EPERM, chmod("f", 0777)); }
}

CHECK(chmod_by_owner_works) {
  OK(chmod(".", 0755));
  make_file("f", 0644);
  OK(chown("f", USER_A, GROUP_A));
  AS(USER_A, GROUP_A) {
    OK(chmod("f", 0));
    OK(chmod("f", 0600));
  }
}

CHECK(chmod_drops_sgid_when_owner_is_not_in_the_group) {
  OK(chmod(".", 0755));
  make_file("f", 0644);
  OK(chown("f", USER_A, GROUP_B));
  AS(USER_A, GROUP_A) {
    OK(chmod("f", 02755));
    EQ(0755, stat_of("f").st_mode & 07777);
  }
  AS(USER_A, GROUP_A, GROUP_B) {
    OK(chmod("f", 02755));
    EQ(02755, stat_of("f").st_mode & 07777);
  }
}

CHECK(fchmod_and_fchmodat_work) {
  make_file("f", 0644);
  int fd = (int)OK(open("f", O_RDONLY));
  OK(fchmod(fd, 0611));
  EQ(0611, stat_of("f").st_mode & 07777);
  OK(fchmodat(AT_FDCWD, "f", 0622, 0));
  EQ(0622, fstat_of(fd).st_mode & 07777);
}

CHECK(chmod_follows_symlinks) {
  make_file("f", 0644);
  OK(symlink("f", "s"));
  OK(chmod("s", 0600));
  EQ(0600, stat_of("f").st_mode & 07777);
  EQ(0777, stat_of("s").st_mode & 07777);
}

CHECK(chown_sets_owner_and_group) {
  make_file("f", 0644);
  OK(chown("f", 12345, 54321));
  EQ(12345, stat_of("f").st_uid);
  EQ(54321, stat_of("f").st_gid);
  OK(chown("f", (uid_t)-1, 7));
  EQ(12345, stat_of("f").st_uid);
  EQ(7, stat_of("f").st_gid);
  OK(chown("f", 8, (gid_t)-1));
  EQ(8, stat_of("f").st_uid);
  EQ(7, stat_of("f").st_gid);
}

CHECK(chown_of_large_ids_works) {
  make_file("f", 0644);
  OK(chown("f", 4000000000u, 4294967294u));
  EQ(4000000000u, stat_of("f").st_uid);
  EQ(4294967294u, stat_of("f").st_gid);
}

CHECK(chown_moves_ctime) {
  make_file("f", 0644);
  struct stat before = stat_of("f");
  tick();
  OK(chown("f", 1, 1));
  TRUE(ts_after(stat_of("f").st_ctim, before.st_ctim));
  TRUE(ts_equal(stat_of("f").st_mtim, before.st_mtim));
}

CHECK(chown_of_directory_fifo_device_and_symlink) {
  OK(mkdir("d", 0755));
  OK(mkfifo("p", 0644));
  OK(mknod("c", S_IFCHR | 0600, makedev(1, 3)));
  OK(symlink("nowhere", "s"));
  const char *names[] = {"d", "p", "c", "s"};
  for (int i = 0; i < 4; i++) {
    OK(lchown(names[i], USER_A, GROUP_B));
    EQ(USER_A, stat_of(names[i]).st_uid);
    EQ(GROUP_B, stat_of(names[i]).st_gid);
  }
  ERR(ENOENT, chown("s", 1, 1));
}

CHECK(chown_clears_suid_and_sgid_of_an_executable) {
  make_file("f", 0644);
  OK(chmod("f", 06755));
  OK(chown("f", USER_A, GROUP_A));
  EQ(0755, stat_of("f").st_mode & 07777);
}

CHECK(chown_keeps_sgid_without_group_execute) {
  make_file("f", 0644);
  OK(chmod("f", 06644));
  OK(chown("f", USER_A, GROUP_A));
  EQ(02644, stat_of("f").st_mode & 07777);
}

CHECK(chown_of_a_directory_keeps_suid_and_sgid) {
  OK(mkdir("d", 0755));
  OK(chmod("d", 06755));
  OK(chown("d", USER_A, GROUP_A));
  EQ(06755, stat_of("d").st_mode & 07777);
}

CHECK(chown_to_the_same_ids_by_a_user_clears_suid) {
  OK(chmod(".", 0755));
  make_file("f", 0644);
  OK(chown("f", USER_A, GROUP_A));
  OK(chmod("f", 06755));
  AS(USER_A, GROUP_A) {
    OK(chown("f", USER_A, GROUP_A));
    EQ(0755, stat_of("f").st_mode & 07777);
  }
}

CHECK(chown_by_owner_to_own_groups_only) {
  OK(chmod(".", 0755));
  make_file("f", 0644);
  OK(chown("f", USER_A, GROUP_A));
  AS(USER_A, GROUP_A, GROUP_B) {
    OK(chown("f", (uid_t)-1, GROUP_B));
    EQ(GROUP_B, stat_of("f").st_gid);
    ERR(EPERM, chown("f", (uid_t)-1, 99));
    ERR(EPERM, chown("f", USER_B, (gid_t)-1));
  }
  AS(USER_B, GROUP_B) { ERR(EPERM, chown("f", USER_B, GROUP_B)); }
}

CHECK(fchown_works_on_a_read_only_descriptor) {
  make_file("f", 0644);
  int fd = (int)OK(open("f", O_RDONLY));
  OK(fchown(fd, 3, 4));
  EQ(3, stat_of("f").st_uid);
  EQ(4, fstat_of(fd).st_gid);
}

CHECK(utimensat_sets_nanoseconds) {
  make_file("f", 0644);
  struct timespec times[2] = {{1111111111, 123456789}, {1222222222, 987654321}};
  OK(utimensat(AT_FDCWD, "f", times, 0));
  struct stat st = stat_of("f");
  EQ(1111111111, st.st_atim.tv_sec);
  EQ(123456789, st.st_atim.tv_nsec);
  EQ(1222222222, st.st_mtim.tv_sec);
  EQ(987654321, st.st_mtim.tv_nsec);
}

CHECK(utimensat_UTIME_OMIT_keeps_and_UTIME_NOW_sets_now) {
  make_file("f", 0644);
  set_times("f", 1000);
  struct timespec times[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
  OK(utimensat(AT_FDCWD, "f", times, 0));
  EQ(1000, stat_of("f").st_atime);
  TRUE(labs(stat_of("f").st_mtime - time(NULL)) < 100);
  set_times("f", 1000);
  struct timespec other[2] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};
  OK(utimensat(AT_FDCWD, "f", other, 0));
  EQ(1000, stat_of("f").st_mtime);
  TRUE(labs(stat_of("f").st_atime - time(NULL)) < 100);
}

CHECK(utimensat_both_UTIME_OMIT_changes_nothing) {
  make_file("f", 0644);
  set_times("f", 1000);
  struct stat before = stat_of("f");
  struct timespec times[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
  OK(utimensat(AT_FDCWD, "f", times, 0));
  TRUE(ts_equal(before.st_ctim, stat_of("f").st_ctim));
}

CHECK(utimensat_moves_ctime) {
  make_file("f", 0644);
  struct stat before = stat_of("f");
  tick();
  set_times("f", 1000);
  TRUE(ts_after(stat_of("f").st_ctim, before.st_ctim));
}

CHECK(utimensat_before_1970_and_after_2038_works) {
  make_file("f", 0644);
  set_times("f", -1000000);
  EQ(-1000000, stat_of("f").st_mtime);
  set_times("f", 4000000000);
  EQ(4000000000, stat_of("f").st_mtime);
}

CHECK(utimensat_bad_nanoseconds_are_EINVAL) {
  make_file("f", 0644);
  struct timespec times[2] = {{1, 1000000000}, {1, 0}};
  ERR(EINVAL, utimensat(AT_FDCWD, "f", times, 0));
}

CHECK(utimensat_permissions) {
  OK(chmod(".", 0755));
  make_file("writable", 0644);
  make_file("readable", 0644);
  OK(chmod("writable", 0666));
  struct timespec times[2] = {{1, 0}, {1, 0}};
  struct timespec now_and_omit[2] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};
  AS(USER_A, GROUP_A) {
    OK(utimensat(AT_FDCWD, "writable", NULL, 0));
    ERR(EPERM, utimensat(AT_FDCWD, "writable", times, 0));
    ERR(EPERM, utimensat(AT_FDCWD, "writable", now_and_omit, 0));
    ERR(EACCES, utimensat(AT_FDCWD, "readable", NULL, 0));
    ERR(EPERM, utimensat(AT_FDCWD, "readable", times, 0));
  }
}

CHECK(futimens_works_on_read_only_descriptor) {
  make_file("f", 0644);
  int fd = (int)OK(open("f", O_RDONLY));
  struct timespec times[2] = {{5, 6}, {7, 8}};
  OK(futimens(fd, times));
  EQ(7, stat_of("f").st_mtime);
  EQ(8, stat_of("f").st_mtim.tv_nsec);
}

CHECK(utimensat_on_directory_stays) {
  OK(mkdir("d", 0755));
  set_times("d", 1000);
  EQ(1000, stat_of("d").st_mtime);
  count_entries("d");
  EQ(1000, stat_of("d").st_mtime);
}

CHECK(truncate_shrinks_and_grows_with_zeros) {
  make_content("f", "0123456789");
  OK(truncate("f", 4));
  expect_content("f", "0123");
  OK(truncate("f", 8));
  int fd = (int)OK(open("f", O_RDONLY));
  char buffer[20];
  EQ(8, OK(read(fd, buffer, sizeof(buffer))));
  TRUE(memcmp(buffer, "0123\0\0\0\0", 8) == 0);
}

CHECK(truncate_moves_mtime_and_ctime) {
  make_content("f", "0123456789");
  set_times("f", 1000);
  struct stat before = stat_of("f");
  tick();
  OK(truncate("f", 4));
  TRUE(stat_of("f").st_mtime > 1000);
  TRUE(ts_after(stat_of("f").st_ctim, before.st_ctim));
}

CHECK(ftruncate_to_the_same_size_is_allowed_to_move_mtime_but_keeps_data) {
  make_content("f", "0123");
  int fd = (int)OK(open("f", O_RDWR));
  OK(ftruncate(fd, 4));
  expect_content("f", "0123");
}

CHECK(truncate_errnos) {
  make_file("f", 0644);
  OK(mkdir("d", 0755));
  OK(mkfifo("p", 0644));
  ERR(EISDIR, truncate("d", 0));
  ERR(EINVAL, truncate("p", 0));
  ERR(ENOENT, truncate("x", 0));
  ERR(ENOTDIR, truncate("f/x", 0));
  ERR(EINVAL, truncate("f", -1));
}

CHECK(truncate_without_write_permission_is_EACCES) {
  OK(chmod(".", 0755));
  make_content("f", "x");
  AS(USER_A, GROUP_A) { ERR(EACCES, truncate("f", 0)); }
}

CHECK(truncate_beyond_the_file_size_limit_is_EFBIG_or_EINVAL) {
  make_file("f", 0644);
  errno = 0;
  if (truncate("f", INT64_MAX) == 0) SKIP("the file system holds files of any size");
  TRUE(errno == EFBIG || errno == EINVAL);
  EQ(0, stat_of("f").st_size);
}

CHECK(truncate_makes_a_sparse_file_of_4_GiB) {
  make_file("f", 0644);
  OK(truncate("f", 1LL << 32));
  struct stat st = stat_of("f");
  EQ(1LL << 32, st.st_size);
  TRUE(st.st_blocks < 1000);
  int fd = (int)OK(open("f", O_RDWR));
  OK(pwrite(fd, "end", 3, (1LL << 32) - 3));
  char buffer[3];
  EQ(3, OK(pread(fd, buffer, 3, (1LL << 32) - 3)));
  TRUE(memcmp(buffer, "end", 3) == 0);
}

CHECK(write_moves_mtime_and_ctime_and_read_does_not) {
  make_content("f", "x");
  int fd = (int)OK(open("f", O_RDWR));
  struct stat before = stat_of("f");
  tick();
  char c;
  OK(read(fd, &c, 1));
  TRUE(ts_equal(before.st_mtim, stat_of("f").st_mtim));
  TRUE(ts_equal(before.st_ctim, stat_of("f").st_ctim));
  OK(write(fd, "y", 1));
  struct stat st = stat_of("f");
  TRUE(ts_after(st.st_mtim, before.st_mtim));
  TRUE(ts_after(st.st_ctim, before.st_ctim));
}

CHECK(write_of_zero_bytes_keeps_times) {
  make_content("f", "x");
  set_times("f", 1000);
  int fd = (int)OK(open("f", O_RDWR));
  EQ(0, OK(write(fd, "", 0)));
  EQ(1000, stat_of("f").st_mtime);
}

CHECK(stat_size_follows_writes_through_another_descriptor_at_once) {
  make_file("f", 0644);
  int fd = (int)OK(open("f", O_WRONLY));
  for (int i = 1; i <= 100; i++) {
    OK(write(fd, "0123456789", 10));
    EQ(10 * i, stat_of("f").st_size);
  }
}

CHECK(st_blocks_counts_data) {
  make_file("f", 0644);
  int fd = (int)OK(open("f", O_WRONLY));
  char *data = malloc(1 << 20);
  memset(data, 'x', 1 << 20);
  EQ(1 << 20, OK(write(fd, data, 1 << 20)));
  OK(fsync(fd));
  TRUE(stat_of("f").st_blocks >= 2000 && stat_of("f").st_blocks < 5000);
}

CHECK(st_dev_is_the_same_for_all_and_st_blksize_is_sane) {
  OK(mkdir("d", 0755));
  make_file("d/f", 0644);
  OK(symlink("x", "d/s"));
  dev_t dev = stat_of(".").st_dev;
  EQ(dev, stat_of("d").st_dev);
  EQ(dev, stat_of("d/f").st_dev);
  EQ(dev, stat_of("d/s").st_dev);
  TRUE(stat_of("d/f").st_blksize >= 512);
}

CHECK(st_ino_is_unique_and_stable) {
  make_file("a", 0644);
  make_file("b", 0644);
  OK(mkdir("d", 0755));
  ino_t a = stat_of("a").st_ino;
  TRUE(a != stat_of("b").st_ino && a != stat_of("d").st_ino && a != 0);
  make_content("a", "more");
  OK(chmod("a", 0600));
  OK(rename("a", "d/a"));
  EQ(a, stat_of("d/a").st_ino);
}

CHECK(stat_through_file_is_ENOTDIR_and_absent_is_ENOENT) {
  make_file("f", 0644);
  struct stat st;
  ERR(ENOTDIR, stat("f/x", &st));
  ERR(ENOENT, stat("x", &st));
  ERR(ENOTDIR, stat("f/.", &st));
}

static struct statx statx_of(const char *path, unsigned flags, unsigned mask) {
  struct statx sx;
  memset(&sx, 0, sizeof(sx));
  OK(statx(AT_FDCWD, path, (int)(AT_SYMLINK_NOFOLLOW | flags), mask, &sx));
  return sx;
}

CHECK(statx_basic_fields_agree_with_stat) {
  make_content("f", "hello");
  OK(chown("f", 5, 6));
  struct statx sx = statx_of("f", 0, STATX_BASIC_STATS);
  struct stat st = stat_of("f");
  EQ(STATX_BASIC_STATS, sx.stx_mask & STATX_BASIC_STATS);
  EQ(st.st_ino, sx.stx_ino);
  EQ(st.st_mode, sx.stx_mode);
  EQ(st.st_size, sx.stx_size);
  EQ(st.st_uid, sx.stx_uid);
  EQ(st.st_gid, sx.stx_gid);
  EQ(st.st_nlink, sx.stx_nlink);
  EQ(st.st_mtim.tv_nsec, sx.stx_mtime.tv_nsec);
  EQ(major(st.st_dev), sx.stx_dev_major);
}

CHECK(statx_btime_is_the_time_of_creation_and_stays) {
  time_t now = time(NULL);
  make_content("f", "hello");
  struct statx sx = statx_of("f", 0, STATX_BTIME | STATX_BASIC_STATS);
  if (!(sx.stx_mask & STATX_BTIME)) SKIP("no btime here");
  TRUE(labs(sx.stx_btime.tv_sec - now) <= 5);
  tick();
  make_content("f", "other");
  set_times("f", 1000);
  struct statx later = statx_of("f", AT_STATX_FORCE_SYNC, STATX_BTIME | STATX_BASIC_STATS);
  EQ(sx.stx_btime.tv_sec, later.stx_btime.tv_sec);
  EQ(sx.stx_btime.tv_nsec, later.stx_btime.tv_nsec);
}

CHECK(statx_of_a_descriptor_by_AT_EMPTY_PATH) {
  make_content("f", "hello");
  int fd = (int)OK(open("f", O_RDONLY));
  struct statx sx;
  OK(statx(fd, "", AT_EMPTY_PATH, STATX_SIZE, &sx));
  EQ(5, sx.stx_size);
}

CHECK(statfs_is_sane) {
  struct statfs fs;
  OK(statfs(".", &fs));
  TRUE(fs.f_blocks > 0);
  TRUE(fs.f_bfree <= fs.f_blocks && fs.f_bavail <= fs.f_bfree);
  TRUE(fs.f_bsize >= 512);
  EQ(255, fs.f_namelen);
}

CHECK(statfs_free_space_falls_with_a_large_file) {
  struct statfs before, after;
  OK(statfs(".", &before));
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0644));
  if (posix_fallocate(fd, 0, 64 << 20) != 0) SKIP("no room for 64 MiB");
  OK(fsync(fd));
  OK(fstatfs(fd, &after));
  /* Others write to the same disk, so a quarter is enough. */
  if (before.f_bfree <= after.f_bfree) SKIP("others freed space meanwhile");
  TRUE((before.f_bfree - after.f_bfree) * (uint64_t)before.f_bsize > 16 << 20);
}

CHECK(attributes_of_open_descriptor_and_path_agree) {
  make_content("f", "abc");
  int fd = (int)OK(open("f", O_RDWR));
  OK(chmod("f", 0611));
  OK(chown("f", 9, 10));
  OK(truncate("f", 77));
  set_times("f", 4242);
  struct stat a = fstat_of(fd), b = stat_of("f");
  EQ(0611, a.st_mode & 07777);
  EQ(9, a.st_uid);
  EQ(77, a.st_size);
  EQ(4242, a.st_mtime);
  EQ(a.st_ino, b.st_ino);
  TRUE(ts_equal(a.st_ctim, b.st_ctim));
}
