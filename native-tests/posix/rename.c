/* rename(2) and renameat2(2). */
#include "check.h"

static int rename2(const char *from, const char *to, unsigned flags) {
  return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

CHECK(rename_moves_a_file_and_keeps_its_inode) {
  make_content("a", "text");
  struct stat before = stat_of("a");
  OK(rename("a", "b"));
  ERR(ENOENT, access("a", F_OK));
  expect_content("b", "text");
  EQ(before.st_ino, stat_of("b").st_ino);
  TRUE(ts_equal(before.st_mtim, stat_of("b").st_mtim));
}

CHECK(rename_replaces_a_file) {
  make_content("a", "new");
  make_content("b", "old");
  int fd = (int)OK(open("b", O_RDONLY));
  OK(rename("a", "b"));
  expect_content("b", "new");
  expect_fd_content(fd, "old");
  EQ(0, fstat_of(fd).st_nlink);
  EQ(1, count_entries("."));
}

CHECK(rename_to_itself_does_nothing) {
  make_content("a", "x");
  OK(rename("a", "a"));
  expect_content("a", "x");
}

CHECK(rename_to_another_link_of_the_same_file_does_nothing) {
  make_content("a", "x");
  OK(link("a", "b"));
  OK(rename("a", "b"));
  expect_content("a", "x");
  expect_content("b", "x");
  EQ(2, stat_of("a").st_nlink);
}

CHECK(rename_absent_is_ENOENT) {
  make_file("a", 0644);
  ERR(ENOENT, rename("x", "b"));
  ERR(ENOENT, rename("a", "d/b"));
  ERR(ENOENT, rename("d/a", "b"));
}

CHECK(rename_file_over_directory_is_EISDIR) {
  make_file("a", 0644);
  OK(mkdir("d", 0755));
  ERR(EISDIR, rename("a", "d"));
  TRUE(listed(".", "a"));
}

CHECK(rename_directory_over_file_is_ENOTDIR) {
  make_file("a", 0644);
  OK(mkdir("d", 0755));
  OK(symlink("d", "s"));
  ERR(ENOTDIR, rename("d", "a"));
  ERR(ENOTDIR, rename("d", "s"));
}

CHECK(rename_beneath_a_file_is_ENOTDIR) {
  make_file("a", 0644);
  make_file("f", 0644);
  ERR(ENOTDIR, rename("a", "f/b"));
  ERR(ENOTDIR, rename("f/b", "a"));
}

CHECK(rename_directory_over_empty_directory_replaces) {
  OK(mkdir("d", 0755));
  make_file("d/f", 0644);
  OK(mkdir("e", 0755));
  ino_t ino = stat_of("d").st_ino;
  OK(rename("d", "e"));
  TRUE(listed("e", "f"));
  ERR(ENOENT, access("d", F_OK));
  EQ(ino, stat_of("e").st_ino);
}

CHECK(rename_directory_over_full_directory_is_ENOTEMPTY) {
  OK(mkdir("d", 0755));
  OK(mkdir("e", 0755));
  make_file("e/f", 0644);
  errno = 0;
  EQ(-1, rename("d", "e"));
  TRUE(errno == ENOTEMPTY || errno == EEXIST);
  TRUE(listed("e", "f"));
}

CHECK(rename_directory_into_itself_is_EINVAL) {
  OK(mkdir("d", 0755));
  OK(mkdir("d/e", 0755));
  ERR(EINVAL, rename("d", "d/x"));
  ERR(EINVAL, rename("d", "d/e/x"));
  ERR(EINVAL, rename("d", "d/e"));
}

CHECK(rename_over_an_ancestor_is_ENOTEMPTY) {
  OK(mkdir("d", 0755));
  OK(mkdir("d/e", 0755));
  OK(mkdir("d/e/f", 0755));
  ERR(ENOTEMPTY, rename("d/e/f", "d"));
  ERR(ENOTEMPTY, rename("d/e/f", "d/e"));
}

CHECK(rename_dot_is_EBUSY) {
  OK(mkdir("d", 0755));
  ERR(EBUSY, rename("d/.", "e"));
  ERR(EBUSY, rename("d", "d/."));
  ERR(EBUSY, rename("d/..", "e"));
}

CHECK(rename_directory_with_content_moves_the_tree) {
  OK(mkdir("d", 0755));
  OK(mkdir("d/sub", 0755));
  make_content("d/sub/f", "deep");
  OK(mkdir("target", 0755));
  OK(rename("d", "target/d2"));
  expect_content("target/d2/sub/f", "deep");
  ERR(ENOENT, access("d/sub/f", F_OK));
  make_content("target/d2/sub/g", "new");
  OK(unlink("target/d2/sub/f"));
}

CHECK(rename_of_directory_moves_its_dotdot) {
  OK(mkdir("a", 0755));
  OK(mkdir("b", 0755));
  OK(mkdir("a/d", 0755));
  OK(rename("a/d", "b/d"));
  EQ(stat_of("b").st_ino, stat_of("b/d/..").st_ino);
}

CHECK(rename_moves_times_of_both_directories_and_ctime_of_the_file) {
  OK(mkdir("a", 0755));
  OK(mkdir("b", 0755));
  make_file("a/f", 0644);
  set_times("a", 1000);
  set_times("b", 1000);
  set_times("a/f", 1000);
  struct stat before = stat_of("a/f");
  tick();
  OK(rename("a/f", "b/f"));
  TRUE(stat_of("a").st_mtime > 1000);
  TRUE(stat_of("b").st_mtime > 1000);
  EQ(1000, stat_of("b/f").st_mtime);
  TRUE(ts_after(stat_of("b/f").st_ctim, before.st_ctim));
}

CHECK(rename_of_a_directory_between_parents_moves_nlink_or_it_stays_1) {
  OK(mkdir("a", 0755));
  OK(mkdir("b", 0755));
  OK(mkdir("a/d", 0755));
  nlink_t a = stat_of("a").st_nlink;
  OK(rename("a/d", "b/d"));
  if (a == 1) SKIP("directories have st_nlink 1 here");
  EQ(2, stat_of("a").st_nlink);
  EQ(3, stat_of("b").st_nlink);
}

CHECK(rename_symlink_moves_the_link_itself) {
  make_content("f", "x");
  OK(symlink("f", "s"));
  OK(rename("s", "t"));
  TRUE(S_ISLNK(stat_of("t").st_mode));
  expect_content("t", "x");
}

CHECK(rename_over_symlink_replaces_the_link_not_the_target) {
  make_content("f", "target");
  make_content("n", "new");
  OK(symlink("f", "s"));
  OK(rename("n", "s"));
  expect_content("f", "target");
  expect_content("s", "new");
  TRUE(S_ISREG(stat_of("s").st_mode));
}

CHECK(rename_every_type_over_every_non_directory) {
  umask(0);
  mode_t types[] = {S_IFREG, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK, S_IFLNK};
  for (int i = 0; i < 6; i++) {
    for (int j = 0; j < 6; j++) {
      if (types[i] == S_IFLNK) OK(symlink("x", "from"));
      else OK(mknod("from", types[i] | 0644, makedev(1, 3)));
      if (types[j] == S_IFLNK) OK(symlink("y", "to"));
      else OK(mknod("to", types[j] | 0644, makedev(1, 5)));
      OK(rename("from", "to"));
      EQ(types[i], stat_of("to").st_mode & S_IFMT);
      EQ(1, count_entries("."));
      OK(unlink("to"));
    }
  }
}

CHECK(rename_without_write_permission_is_EACCES) {
  OK(chmod(".", 0777));
  OK(mkdir("d", 0755));
  make_file("d/f", 0666);
  AS(USER_A, GROUP_A) {
    make_file("g", 0644);
    ERR(EACCES, rename("d/f", "f"));
    ERR(EACCES, rename("g", "d/g"));
  }
}

CHECK(rename_of_a_directory_without_write_permission_on_it_to_another_parent_is_EACCES) {
  OK(chmod(".", 0777));
  AS(USER_A, GROUP_A) {
    OK(mkdir("a", 0777));
    OK(mkdir("a/d", 0555));
    ERR(EACCES, rename("a/d", "d"));
    OK(rename("a/d", "a/e"));
  }
}

CHECK(rename_trailing_slash_of_a_file_is_ENOTDIR) {
  make_file("f", 0644);
  OK(mkdir("d", 0755));
  ERR(ENOTDIR, rename("f/", "g"));
  ERR(ENOTDIR, rename("f", "g/"));
  OK(rename("d/", "e/"));
}

CHECK(rename_NOREPLACE_of_existing_is_EEXIST) {
  make_content("a", "1");
  make_content("b", "2");
  OK(mkdir("d", 0755));
  ERR(EEXIST, rename2("a", "b", RENAME_NOREPLACE));
  ERR(EEXIST, rename2("a", "d", RENAME_NOREPLACE));
  ERR(EEXIST, rename2("d", "a", RENAME_NOREPLACE));
  expect_content("b", "2");
}

CHECK(rename_NOREPLACE_to_absent_works) {
  make_content("a", "1");
  OK(rename2("a", "b", RENAME_NOREPLACE));
  expect_content("b", "1");
  ERR(ENOENT, access("a", F_OK));
}

CHECK(rename_EXCHANGE_of_files) {
  make_content("a", "1");
  make_content("b", "2");
  ino_t a = stat_of("a").st_ino, b = stat_of("b").st_ino;
  OK(rename2("a", "b", RENAME_EXCHANGE));
  expect_content("a", "2");
  expect_content("b", "1");
  EQ(b, stat_of("a").st_ino);
  EQ(a, stat_of("b").st_ino);
}

CHECK(rename_EXCHANGE_of_file_and_full_directory) {
  make_content("a", "1");
  OK(mkdir("d", 0755));
  make_content("d/f", "2");
  OK(rename2("a", "d", RENAME_EXCHANGE));
  expect_content("d", "1");
  expect_content("a/f", "2");
}

CHECK(rename_EXCHANGE_with_absent_is_ENOENT) {
  make_content("a", "1");
  ERR(ENOENT, rename2("a", "b", RENAME_EXCHANGE));
  ERR(ENOENT, rename2("b", "a", RENAME_EXCHANGE));
  expect_content("a", "1");
}

CHECK(rename_EXCHANGE_with_an_ancestor_is_EINVAL) {
  OK(mkdir("d", 0755));
  OK(mkdir("d/e", 0755));
  ERR(EINVAL, rename2("d", "d/e", RENAME_EXCHANGE));
  ERR(EINVAL, rename2("d/e", "d", RENAME_EXCHANGE));
}

CHECK(rename_EXCHANGE_between_directories_moves_both_mtimes) {
  OK(mkdir("a", 0755));
  OK(mkdir("b", 0755));
  make_content("a/f", "1");
  make_content("b/g", "2");
  set_times("a", 1000);
  set_times("b", 1000);
  OK(rename2("a/f", "b/g", RENAME_EXCHANGE));
  expect_content("a/f", "2");
  TRUE(stat_of("a").st_mtime > 1000);
  TRUE(stat_of("b").st_mtime > 1000);
}

CHECK(rename_bad_flags_are_EINVAL) {
  make_content("a", "1");
  make_content("b", "1");
  ERR(EINVAL, rename2("a", "b", RENAME_EXCHANGE | RENAME_NOREPLACE));
  ERR(EINVAL, rename2("a", "b", RENAME_EXCHANGE | RENAME_WHITEOUT));
  ERR(EINVAL, rename2("a", "b", 1 << 20));
}

CHECK(rename_open_file_goes_on_working) {
  make_content("a", "1");
  int fd = (int)OK(open("a", O_RDWR));
  OK(mkdir("d", 0755));
  OK(rename("a", "d/b"));
  OK(pwrite(fd, "22", 2, 0));
  expect_content("d/b", "22");
  EQ(1, fstat_of(fd).st_nlink);
}

CHECK(rename_back_and_forth_ends_where_it_began) {
  make_content("a", "x");
  for (int i = 0; i < 100; i++) {
    OK(rename("a", "b"));
    OK(rename("b", "a"));
  }
  expect_content("a", "x");
  ERR(ENOENT, access("b", F_OK));
}

CHECK(rename_over_name_held_by_a_negative_entry) {
  make_content("a", "x");
  ERR(ENOENT, access("b", F_OK));
  OK(rename("a", "b"));
  expect_content("b", "x");
  ERR(ENOENT, access("a", F_OK));
}

CHECK(rename_into_a_removed_directory_is_ENOENT) {
  make_file("f", 0644);
  OK(mkdir("d", 0755));
  int fd = (int)OK(open("d", O_PATH));
  OK(rmdir("d"));
  ERR(ENOENT, renameat(AT_FDCWD, "f", fd, "f"));
}

CHECK(rename_is_atomic_for_a_reader) {
  make_content("f", "AAAA");
  pid_t pid = fork();
  if (pid == 0) {
    for (int i = 0; i < 300; i++) {
      make_content("tmp", i % 2 ? "AAAA" : "BBBB");
      OK(rename("tmp", "f"));
    }
    _exit(0);
  }
  int status;
  do {
    char text[10] = {0};
    int fd = (int)OK(open("f", O_RDONLY));
    EQ(4, OK(read(fd, text, sizeof(text))));
    TRUE(strcmp(text, "AAAA") == 0 || strcmp(text, "BBBB") == 0);
    OK(close(fd));
  } while (waitpid(pid, &status, WNOHANG) == 0);
  EQ(0, status);
}

CHECK(rename_names_of_255_bytes) {
  char *a = name_of_length(255, 'a'), *b = name_of_length(255, 'b');
  make_content(a, "x");
  OK(rename(a, b));
  expect_content(b, "x");
  OK(mkdir(a, 0755));
  OK(rename2(a, b, RENAME_EXCHANGE));
  expect_content(a, "x");
  TRUE(S_ISDIR(stat_of(b).st_mode));
}
