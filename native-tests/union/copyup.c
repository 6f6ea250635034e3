/* What a copy-up keeps, and what it does not touch. */
#include "fixture.h"

CHECK(copy_up_by_write_keeps_owner_mode_and_sets_times) {
  struct stat before = stat_of("old");
  int fd = (int)OK(open("old", O_WRONLY));
  struct stat opened = stat_of("old");
  TRUE(ts_equal(before.st_mtim, opened.st_mtim));
  OK(write(fd, "T", 1));
  struct stat st = stat_of("old");
  EQ(USER_A, st.st_uid);
  EQ(GROUP_B, st.st_gid);
  EQ(0604, st.st_mode & 07777);
  TRUE(ts_after(st.st_mtim, before.st_mtim));
  expect_content("old", "Times");
}

CHECK(copy_up_by_chmod_keeps_times_to_the_nanosecond) {
  OK(chmod("old", 0644));
  struct stat st = stat_of("old");
  EQ(OLD_SECONDS, st.st_mtim.tv_sec);
  EQ(OLD_NANOSECONDS, st.st_mtim.tv_nsec);
  expect_content("old", "times");
}

CHECK(copy_up_by_link_and_rename_keeps_times) {
  OK(link("old", "old2"));
  OK(rename("old", "dir/old3"));
  EQ(OLD_NANOSECONDS, stat_of("dir/old3").st_mtim.tv_nsec);
  EQ(OLD_NANOSECONDS, stat_of("old2").st_mtim.tv_nsec);
  EQ(2, stat_of("old2").st_nlink);
  EQ(stat_of("old2").st_ino, stat_of("dir/old3").st_ino);
}

CHECK(copy_up_keeps_the_times_of_parents) {
  struct stat dot = stat_of("."), dir = stat_of("dir"), sub = stat_of("dir/sub");
  OK(chmod("dir/sub/c", 0600));
  TRUE(ts_equal(dot.st_mtim, stat_of(".").st_mtim));
  TRUE(ts_equal(dir.st_mtim, stat_of("dir").st_mtim));
  TRUE(ts_equal(sub.st_mtim, stat_of("dir/sub").st_mtim));
  EQ(OLD_NANOSECONDS, stat_of("dir").st_mtim.tv_nsec);
}

CHECK(copy_up_by_create_moves_only_the_times_of_the_parent) {
  struct stat dir = stat_of("dir"), sub = stat_of("dir/sub");
  make_content("dir/sub/new", "x");
  TRUE(ts_equal(dir.st_mtim, stat_of("dir").st_mtim));
  TRUE(ts_after(stat_of("dir/sub").st_mtim, sub.st_mtim));
}

CHECK(copy_up_keeps_the_inode_number_of_files) {
  ino_t f = stat_of("f").st_ino, big = stat_of("big").st_ino, dir = stat_of("dir").st_ino,
        s = stat_of("s").st_ino, p = stat_of("p").st_ino;
  dev_t dev = stat_of("f").st_dev;
  OK(chmod("f", 0600));
  make_content("big", "short");
  OK(chmod("dir", 0700));
  OK(lchown("s", 1, 1));
  OK(chmod("p", 0600));
  EQ(f, stat_of("f").st_ino);
  EQ(big, stat_of("big").st_ino);
  EQ(dir, stat_of("dir").st_ino);
  EQ(s, stat_of("s").st_ino);
  EQ(p, stat_of("p").st_ino);
  EQ(dev, stat_of("f").st_dev);
  EQ(dev, stat_of("dir").st_dev);
}

CHECK(copy_up_keeps_d_ino_equal_to_st_ino) {
  OK(chmod("f", 0600));
  make_content("dir/a", "new");
  OK(rename("big", "moved"));
  const char *dirs[] = {".", "dir", "merged", "deepdir"};
  for (int i = 0; i < 4; i++) {
    DIR *d = opendir(dirs[i]);
    struct dirent *e;
    while ((e = readdir(d))) {
      if (strcmp(e->d_name, "..") == 0) continue;
      struct stat st;
      OK(fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW));
      if (st.st_ino != e->d_ino) FAIL("%s/%s: d_ino %lu st_ino %lu", dirs[i], e->d_name, e->d_ino, st.st_ino);
      if (e->d_type != DT_UNKNOWN && e->d_type != IFTODT(st.st_mode)) FAIL("%s: d_type", e->d_name);
    }
    closedir(d);
  }
}

CHECK(inode_numbers_are_unique_in_the_directory) {
  ino_t seen[100];
  int n = 0;
  DIR *d = opendir(".");
  struct dirent *e;
  while ((e = readdir(d)) && n < 100) {
    if (strcmp(e->d_name, "hl2") == 0) continue;
    for (int i = 0; i < n; i++)
      if (seen[i] == e->d_ino) FAIL("%s has the number of another entry", e->d_name);
    seen[n++] = e->d_ino;
  }
  TRUE(n > 15);
}

CHECK(copy_up_keeps_xattrs) {
  char value[20];
  if (getxattr("x", "user.a", value, sizeof(value)) < 0) SKIP("the layers have no user xattrs");
  int fd = (int)OK(open("x", O_WRONLY | O_APPEND));
  OK(write(fd, "!", 1));
  EQ(7, OK(getxattr("x", "user.a", value, sizeof(value))));
  TRUE(memcmp(value, "bin\0ary", 7) == 0);
  EQ(5, OK(getxattr("x", "trusted.b", value, sizeof(value))));
  OK(removexattr("x", "user.a"));
  ERR(ENODATA, getxattr("x", "user.a", value, sizeof(value)));
}

CHECK(copy_up_by_setxattr_and_removexattr) {
  OK(setxattr("f", "user.new", "v", 1, 0));
  EQ(1, OK(getxattr("f", "user.new", NULL, 0)));
  OK(removexattr("x", "user.a"));
  ERR(ENODATA, getxattr("x", "user.a", NULL, 0));
  EQ(5, OK(getxattr("x", "trusted.b", NULL, 0)));
  expect_content("x", "with xattrs");
}

CHECK(failed_removexattr_on_a_lower_file_is_ENODATA) {
  ERR(ENODATA, removexattr("f", "user.none"));
  ERR(ENODATA, setxattr("f", "user.none", "v", 1, XATTR_REPLACE));
}

CHECK(copy_up_by_rename_keeps_the_capability) {
  if (getxattr("cap", "security.capability", NULL, 0) < 0) SKIP("the layers have no file capabilities");
  OK(rename("cap", "cap2"));
  EQ(20, OK(getxattr("cap2", "security.capability", NULL, 0)));
}

CHECK(copy_up_by_write_clears_the_capability) {
  if (getxattr("cap", "security.capability", NULL, 0) < 0) SKIP("the layers have no file capabilities");
  int fd = (int)OK(open("cap", O_WRONLY));
  OK(write(fd, "P", 1));
  ERR(ENODATA, getxattr("cap", "security.capability", NULL, 0));
}

CHECK(copy_up_by_open_alone_keeps_suid_and_capability) {
  OK(close((int)OK(open("suid", O_RDWR))));
  EQ(06755, stat_of("suid").st_mode & 07777);
  OK(close((int)OK(open("cap", O_RDWR))));
  if (getxattr("cap", "security.capability", NULL, 0) < 0) SKIP("the layers have no file capabilities");
}

CHECK(copy_up_by_write_of_the_owner_clears_suid) {
  OK(chmod(".", 0755));
  AS(USER_A, GROUP_A) {
    int fd = (int)OK(open("suid", O_WRONLY));
    OK(write(fd, "P", 1));
    EQ(0755, stat_of("suid").st_mode & 07777);
  }
}

CHECK(copy_up_by_chown_clears_suid) {
  OK(chown("suid", USER_B, GROUP_B));
  EQ(0755, stat_of("suid").st_mode & 07777);
}

CHECK(copy_up_keeps_holes) {
  struct stat before = stat_of("sparse");
  OK(chmod("sparse", 0600));
  int fd = (int)OK(open("sparse", O_RDWR));
  OK(pwrite(fd, "x", 1, 0));
  OK(fsync(fd));
  struct stat st = fstat_of(fd);
  EQ(before.st_size, st.st_size);
  TRUE(st.st_blocks < 5000);
  char buffer[6];
  OK(pread(fd, buffer, 6, SPARSE_SIZE / 2));
  TRUE(memcmp(buffer, "middle", 6) == 0);
  OK(pread(fd, buffer, 6, SPARSE_SIZE - 6));
  TRUE(memcmp(buffer, "\0\0\0\0\0\0", 6) == 0);
}

CHECK(copy_up_of_every_type_by_chown) {
  const char *names[] = {"p", "sock", "dev", "s", "dir", "empty"};
  for (int i = 0; i < 6; i++) {
    struct stat before = stat_of(names[i]);
    OK(lchown(names[i], 77, 78));
    struct stat st = stat_of(names[i]);
    EQ(before.st_mode, st.st_mode);
    EQ(before.st_rdev, st.st_rdev);
    EQ(before.st_ino, st.st_ino);
    EQ(77, st.st_uid);
    TRUE(ts_equal(before.st_mtim, st.st_mtim));
  }
  char target[10] = {0};
  OK(readlink("s", target, sizeof(target)));
  STREQ("f", target);
}

CHECK(copy_up_of_a_symlink_by_utimens_and_rename) {
  set_times("s", 5000);
  OK(rename("s", "s2"));
  EQ(5000, stat_of("s2").st_mtime);
  expect_content("s2", F_TEXT);
}

CHECK(open_O_TRUNC_of_a_lower_file) {
  int fd = (int)OK(open("big", O_WRONLY | O_TRUNC));
  EQ(0, stat_of("big").st_size);
  OK(write(fd, "tiny", 4));
  expect_content("big", "tiny");
}

CHECK(open_O_RDWR_of_a_lower_file_reads_and_writes) {
  int fd = (int)OK(open("f", O_RDWR));
  expect_fd_content(fd, F_TEXT);
  OK(write(fd, "LOWER", 5));
  expect_fd_content(fd, "LOWER content 0123456789\n");
}

CHECK(truncate_of_a_lower_file_to_the_middle_and_back) {
  OK(truncate("big", 1000));
  OK(truncate("big", 2000));
  char buffer[2000];
  EQ(2000, OK(pread((int)OK(open("big", O_RDONLY)), buffer, sizeof(buffer), 0)));
  for (size_t i = 0; i < 2000; i++) EQ(i < 1000 ? big_byte(i) : 0, buffer[i]);
}

CHECK(mmap_write_of_a_lower_file) {
  int fd = (int)OK(open("big", O_RDWR));
  char *p = mmap(NULL, BIG_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  TRUE(p != MAP_FAILED);
  for (size_t i = 0; i < BIG_SIZE; i += 100000) {
    EQ(big_byte(i), p[i]);
    p[i] = '#';
  }
  OK(munmap(p, BIG_SIZE));
  OK(close(fd));
  fd = (int)OK(open("big", O_RDONLY));
  for (size_t i = 0; i < BIG_SIZE; i += 50000) {
    char c;
    OK(pread(fd, &c, 1, (off_t)i));
    EQ(i % 100000 ? big_byte(i) : '#', c);
  }
}

CHECK(copy_file_range_and_fallocate_on_lower_files) {
  int in = (int)OK(open("big", O_RDONLY)), out = (int)OK(open("f", O_RDWR));
  off_t from = 100, to = 3;
  EQ(10, OK(copy_file_range(in, &from, out, &to, 10, 0)));
  char buffer[13];
  OK(pread(out, buffer, 13, 0));
  TRUE(memcmp(buffer, "low", 3) == 0);
  for (size_t i = 0; i < 10; i++) EQ(big_byte(100 + i), buffer[3 + i]);
  if (fallocate(out, 0, 0, 9000) < 0) EQ(EOPNOTSUPP, errno);
  else EQ(9000, stat_of("f").st_size);
}

CHECK(lower_file_without_permission_is_not_copied_up) {
  OK(chmod(".", 0755));
  AS(USER_B, GROUP_B) {
    ERR(EACCES, open("f", O_RDWR));
    ERR(EACCES, truncate("f", 0));
    ERR(EPERM, chmod("f", 0777));
    ERR(EACCES, unlink("f"));
  }
  expect_content("f", F_TEXT);
}

CHECK(user_owned_lower_file_is_changed_by_its_owner) {
  OK(chmod(".", 0755));
  AS(USER_A, GROUP_A) {
    int fd = (int)OK(open("old", O_RDWR));
    OK(write(fd, "T", 1));
    OK(fchmod(fd, 0600));
    set_times("old", 7);
  }
  EQ(USER_A, stat_of("old").st_uid);
  EQ(0600, stat_of("old").st_mode & 07777);
  EQ(7, stat_of("old").st_mtime);
}

CHECK(hard_links_of_lower_are_two_names_of_one_file) {
  EQ(stat_of("hl1").st_ino, stat_of("hl2").st_ino);
  EQ(2, stat_of("hl1").st_nlink);
}

CHECK(hard_links_of_lower_stay_together_over_a_copy_up) {
  make_content("hl1", "changed");
  expect_content("hl2", "changed");
  EQ(stat_of("hl1").st_ino, stat_of("hl2").st_ino);
}

CHECK(hard_link_of_lower_can_be_unlinked) {
  OK(unlink("hl1"));
  expect_content("hl2", "linked");
  make_content("hl2", "changed");
  expect_content("hl2", "changed");
  ERR(ENOENT, access("hl1", F_OK));
}

CHECK(exec_of_a_lower_program_text_is_read) {
  OK(chmod("big", 0755));
  EQ(06755, stat_of("suid").st_mode & 07777);
}
