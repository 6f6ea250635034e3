/* Files that the kernel may read and write by itself: each descriptor sees the same, and size and times follow. */
#include "fixture.h"

CHECK(file_opened_again_after_its_copy_up_reads_what_was_written) {
  int before = (int)OK(open("f", O_RDONLY));
  expect_fd_content(before, F_TEXT);
  int writer = (int)OK(open("f", O_RDWR));
  OK(pwrite(writer, "UPPER", 5, 0));
  OK(close(before));
  OK(close(writer));
  // Nobody has it open: from here on the kernel may use the upper file itself.
  int again = (int)OK(open("f", O_RDWR));
  expect_fd_content(again, "UPPER content 0123456789\n");
  OK(pwrite(again, "again", 5, 0));
  int reader = (int)OK(open("f", O_RDONLY));
  expect_fd_content(reader, "again content 0123456789\n");
  OK(close(again));
  OK(close(reader));
  expect_content("f", "again content 0123456789\n");
}

CHECK(new_file_is_one_through_descriptors_mappings_and_appends) {
  int fd = (int)OK(open("new", O_RDWR | O_CREAT | O_EXCL, 0644));
  OK(write(fd, "0123456789", 10));
  EQ(10, stat_of("new").st_size);
  char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  TRUE(p != MAP_FAILED);
  memcpy(p, "abcde", 5);
  int reader = (int)OK(open("new", O_RDONLY));
  expect_fd_content(reader, "abcde56789");
  int appender = (int)OK(open("new", O_WRONLY | O_APPEND));
  OK(write(appender, "END", 3));
  OK(pwrite(fd, "Z", 1, 9));
  TRUE(memcmp(p, "abcde5678ZEND", 13) == 0);
  expect_fd_content(reader, "abcde5678ZEND");
  EQ(13, stat_of("new").st_size);
  OK(ftruncate(fd, 3));
  expect_fd_content(reader, "abc");
  EQ(3, stat_of("new").st_size);
  struct stat seen;
  OK(fstat(appender, &seen));
  EQ(3, seen.st_size);
}

CHECK(written_file_has_a_new_mtime_by_name_and_by_descriptor) {
  int fd = (int)OK(open("new", O_RDWR | O_CREAT | O_EXCL, 0644));
  struct timespec old[2] = {{OLD_SECONDS, 0}, {OLD_SECONDS, 0}};
  OK(futimens(fd, old));
  EQ(OLD_SECONDS, stat_of("new").st_mtim.tv_sec);
  OK(write(fd, "x", 1));
  TRUE(stat_of("new").st_mtim.tv_sec > OLD_SECONDS);
  struct stat seen;
  OK(fstat(fd, &seen));
  TRUE(seen.st_mtim.tv_sec > OLD_SECONDS);
  EQ(1, seen.st_size);
}

CHECK(unlinked_and_replaced_files_stay_two_files) {
  int old = (int)OK(open("new", O_RDWR | O_CREAT | O_EXCL, 0644));
  OK(write(old, "old", 3));
  OK(unlink("new"));
  int next = (int)OK(open("new", O_RDWR | O_CREAT | O_EXCL, 0644));
  OK(write(next, "next", 4));
  OK(pwrite(old, "OLD", 3, 0));
  expect_fd_content(old, "OLD");
  expect_fd_content(next, "next");
  make_content("other", "other");
  int other = (int)OK(open("other", O_RDWR));
  OK(rename("other", "new"));
  OK(pwrite(next, "NEXT", 4, 0));
  OK(pwrite(other, "OTHER", 5, 0));
  expect_content("new", "OTHER");
  expect_fd_content(next, "NEXT");
}

CHECK(lower_file_open_read_only_and_written_then_renamed_and_unlinked) {
  int before = (int)OK(open("f", O_RDONLY));
  int writer = (int)OK(open("f", O_RDWR));
  OK(rename("f", "moved"));
  OK(pwrite(writer, "MOVED", 5, 0));
  expect_fd_content(before, "MOVED content 0123456789\n");
  int third = (int)OK(open("moved", O_RDWR));
  OK(unlink("moved"));
  OK(pwrite(third, "third", 5, 0));
  expect_fd_content(before, "third content 0123456789\n");
  expect_fd_content(writer, "third content 0123456789\n");
}

CHECK(locks_hold_between_descriptors_of_one_file) {
  make_content("new", "x");
  int one = (int)OK(open("new", O_RDWR));
  int two = (int)OK(open("new", O_RDWR));
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
  OK(fcntl(one, F_OFD_SETLK, &lock));
  ERR(EAGAIN, fcntl(two, F_OFD_SETLK, &lock));
}
