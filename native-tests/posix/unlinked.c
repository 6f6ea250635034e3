/* Files that are open and have no name any more. */
#include "check.h"

static int open_unlinked(const char *text) {
  make_content("f", text);
  int fd = (int)OK(open("f", O_RDWR));
  OK(unlink("f"));
  return fd;
}

CHECK(unlinked_fstat_has_nlink_0_and_the_same_inode) {
  make_content("f", "text");
  int fd = (int)OK(open("f", O_RDWR));
  ino_t ino = fstat_of(fd).st_ino;
  OK(unlink("f"));
  struct stat st = fstat_of(fd);
  EQ(0, st.st_nlink);
  EQ(ino, st.st_ino);
  EQ(4, st.st_size);
  EQ(0, count_entries("."));
}

CHECK(unlinked_read_and_write) {
  int fd = open_unlinked("text");
  expect_fd_content(fd, "text");
  OK(pwrite(fd, "TEXT and more", 13, 0));
  expect_fd_content(fd, "TEXT and more");
  EQ(13, fstat_of(fd).st_size);
}

CHECK(unlinked_ftruncate) {
  int fd = open_unlinked("text");
  OK(ftruncate(fd, 2));
  expect_fd_content(fd, "te");
  OK(ftruncate(fd, 100000));
  EQ(100000, fstat_of(fd).st_size);
}

CHECK(unlinked_fchmod_fchown_futimens) {
  int fd = open_unlinked("text");
  OK(fchmod(fd, 0601));
  EQ(0601, fstat_of(fd).st_mode & 07777);
  OK(fchown(fd, 11, 12));
  EQ(11, fstat_of(fd).st_uid);
  EQ(12, fstat_of(fd).st_gid);
  struct timespec times[2] = {{5, 0}, {7, 9}};
  OK(futimens(fd, times));
  EQ(7, fstat_of(fd).st_mtime);
  EQ(9, fstat_of(fd).st_mtim.tv_nsec);
}

CHECK(unlinked_by_rename_over_lives_on) {
  make_content("f", "old");
  make_content("g", "new");
  int fd = (int)OK(open("f", O_RDWR));
  OK(rename("g", "f"));
  OK(pwrite(fd, "OLD", 3, 0));
  OK(fchmod(fd, 0600));
  expect_fd_content(fd, "OLD");
  expect_content("f", "new");
  EQ(0644, stat_of("f").st_mode & 07777);
}

CHECK(unlinked_and_a_new_file_of_the_same_name_do_not_mix) {
  int fd = open_unlinked("old");
  make_content("f", "new");
  OK(pwrite(fd, "OLD", 3, 0));
  OK(ftruncate(fd, 2));
  expect_content("f", "new");
  expect_fd_content(fd, "OL");
  TRUE(stat_of("f").st_ino != fstat_of(fd).st_ino || stat_of("f").st_nlink == 1);
}

CHECK(unlinked_can_be_reopened_by_proc) {
  int fd = open_unlinked("text");
  char path[64];
  snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
  int again = (int)OK(open(path, O_RDWR));
  OK(pwrite(again, "TE", 2, 0));
  expect_fd_content(fd, "TExt");
}

CHECK(unlinked_mmap_stays) {
  int fd = open_unlinked("text");
  char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  TRUE(map != MAP_FAILED);
  OK(close(fd));
  TRUE(memcmp(map, "text", 4) == 0);
  map[0] = 'T';
  OK(msync(map, 4096, MS_SYNC));
  OK(munmap(map, 4096));
}

CHECK(unlinked_opened_twice_lives_until_the_last_close) {
  make_content("f", "text");
  int a = (int)OK(open("f", O_RDWR)), b = (int)OK(open("f", O_RDONLY));
  OK(unlink("f"));
  OK(pwrite(a, "T", 1, 0));
  OK(close(a));
  expect_fd_content(b, "Text");
  EQ(0, fstat_of(b).st_nlink);
}

CHECK(unlinked_is_inherited_by_a_child) {
  int fd = open_unlinked("text");
  IN_CHILD {
    expect_fd_content(fd, "text");
    OK(pwrite(fd, "child", 5, 0));
  }
  expect_fd_content(fd, "child");
}

CHECK(unlinked_file_frees_its_space) {
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0644));
  if (posix_fallocate(fd, 0, 8 << 20) != 0) SKIP("no room for 8 MiB");
  OK(unlink("f"));
  TRUE(fstat_of(fd).st_blocks > 10000);
  OK(ftruncate(fd, 0));
  TRUE(fstat_of(fd).st_blocks < 100);
}

CHECK(unlinked_of_two_names_counts_down) {
  make_content("a", "x");
  OK(link("a", "b"));
  int fd = (int)OK(open("a", O_RDWR));
  OK(unlink("a"));
  EQ(1, fstat_of(fd).st_nlink);
  OK(pwrite(fd, "y", 1, 0));
  expect_content("b", "y");
  OK(unlink("b"));
  EQ(0, fstat_of(fd).st_nlink);
  expect_fd_content(fd, "y");
}

CHECK(unlinked_directory_of_an_open_file) {
  OK(mkdir("d", 0755));
  make_content("d/f", "text");
  int fd = (int)OK(open("d/f", O_RDWR));
  OK(unlink("d/f"));
  OK(rmdir("d"));
  OK(pwrite(fd, "T", 1, 0));
  expect_fd_content(fd, "Text");
  OK(fchmod(fd, 0600));
  EQ(0, fstat_of(fd).st_nlink);
}

CHECK(hundred_unlinked_files_at_once) {
  int fds[100];
  char text[20];
  for (int i = 0; i < 100; i++) {
    snprintf(text, sizeof(text), "number %d", i);
    fds[i] = open_unlinked(text);
  }
  EQ(0, count_entries("."));
  for (int i = 0; i < 100; i++) {
    snprintf(text, sizeof(text), "number %d", i);
    expect_fd_content(fds[i], text);
    EQ(0, fstat_of(fds[i]).st_nlink);
  }
}
