/*
 * A lower file is open for reading, and another descriptor writes it: the lower layer stays as it is (union.sh compares it), the
 * writer and all who come later see what was written, and the first descriptor sees the new file or, wholly, the old one.
 */
#include "fixture.h"

#include <pthread.h>

#define UPPER_TEXT "UPPER content 0123456789\n"

/* All of the one or all of the other. */
static void expect_old_or_new(int fd, const char *old, const char *new) {
  char buffer[4096];
  ssize_t n = OK(pread(fd, buffer, sizeof(buffer) - 1, 0));
  buffer[n] = 0;
  if (strcmp(buffer, old) != 0 && strcmp(buffer, new) != 0) FAIL("neither old nor new: \"%s\"", buffer);
}

static void write_upper(int fd) { EQ(5, OK(pwrite(fd, "UPPER", 5, 0))); }

CHECK(writer_beside_an_open_lower_file) {
  int before = (int)OK(open("f", O_RDONLY));
  expect_fd_content(before, F_TEXT);
  int writer = (int)OK(open("f", O_RDWR));
  write_upper(writer);
  expect_fd_content(writer, UPPER_TEXT);
  expect_old_or_new(before, F_TEXT, UPPER_TEXT);
  expect_content("f", UPPER_TEXT);
  int again = (int)OK(open("f", O_RDWR));
  expect_fd_content(again, UPPER_TEXT);
  EQ(6, OK(pwrite(again, "Upper!", 6, 0)));
  expect_fd_content(writer, "Upper!content 0123456789\n");
  EQ(fstat_of(before).st_ino, fstat_of(writer).st_ino);
  EQ(fstat_of(before).st_ino, stat_of("f").st_ino);
}

CHECK(writer_that_opens_without_reading_and_truncates) {
  int before = (int)OK(open("f", O_RDONLY));
  expect_fd_content(before, F_TEXT);
  int writer = (int)OK(open("f", O_WRONLY | O_TRUNC));
  EQ(3, OK(write(writer, "new", 3)));
  expect_old_or_new(before, F_TEXT, "new");
  expect_content("f", "new");
  EQ(3, stat_of("f").st_size);
  EQ(3, fstat_of(before).st_size);
}

CHECK(writer_beside_a_mapped_lower_file) {
  int before = (int)OK(open("f", O_RDONLY));
  char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, before, 0);
  TRUE(p != MAP_FAILED);
  TRUE(memcmp(p, "lower", 5) == 0);
  int writer = (int)OK(open("f", O_RDWR));
  char *q = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, writer, 0);
  TRUE(q != MAP_FAILED);
  memcpy(q, "UPPER", 5);
  OK(msync(q, 4096, MS_SYNC));
  TRUE(memcmp(p, "lower", 5) == 0 || memcmp(p, "UPPER", 5) == 0);
  expect_old_or_new(before, F_TEXT, UPPER_TEXT);
  expect_content("f", UPPER_TEXT);
  OK(close(before));
  expect_fd_content(writer, UPPER_TEXT);
  TRUE(memcmp(p, "lower", 5) == 0 || memcmp(p, "UPPER", 5) == 0);
}

CHECK(writer_after_a_rename_and_an_unlink_of_an_open_lower_file) {
  int before = (int)OK(open("f", O_RDONLY));
  expect_fd_content(before, F_TEXT);
  OK(rename("f", "dir/moved"));
  int writer = (int)OK(open("dir/moved", O_RDWR));
  write_upper(writer);
  expect_content("dir/moved", UPPER_TEXT);
  expect_old_or_new(before, F_TEXT, UPPER_TEXT);
  OK(unlink("dir/moved"));
  EQ(5, OK(pwrite(writer, "third", 5, 0)));
  expect_fd_content(writer, "third content 0123456789\n");
  make_content("f", "another");
  expect_old_or_new(before, F_TEXT, "third content 0123456789\n");
  expect_content("f", "another");
  EQ(0, fstat_of(before).st_nlink);
  EQ(1, stat_of("f").st_nlink);
}

CHECK(writer_by_another_name_of_an_open_lower_hard_link) {
  int before = (int)OK(open("hl1", O_RDONLY));
  expect_fd_content(before, "linked");
  int writer = (int)OK(open("hl2", O_WRONLY));
  EQ(6, OK(pwrite(writer, "LINKED", 6, 0)));
  expect_content("hl2", "LINKED");
  expect_old_or_new(before, "linked", "LINKED");
}

CHECK(attributes_changed_by_an_old_and_by_a_new_descriptor_are_seen_by_all) {
  int before = (int)OK(open("f", O_RDONLY));
  expect_fd_content(before, F_TEXT);
  int writer = (int)OK(open("f", O_RDWR));
  write_upper(writer);
  OK(fchmod(before, 0611));
  EQ(0611, fstat_of(writer).st_mode & 07777);
  EQ(0611, stat_of("f").st_mode & 07777);
  OK(fchmod(writer, 0640));
  OK(ftruncate(writer, 3));
  EQ(0640, fstat_of(before).st_mode & 07777);
  EQ(3, fstat_of(before).st_size);
  OK(fsetxattr(before, "user.new", "v", 1, 0));
  EQ(1, OK(fgetxattr(writer, "user.new", NULL, 0)));
  OK(chown("f", 5, 6));
  EQ(5, fstat_of(before).st_uid);
  EQ(6, fstat_of(writer).st_gid);
}

CHECK(big_open_lower_file_changed_in_metadata_and_then_in_data) {
  int before = (int)OK(open("big", O_RDONLY));
  char first[2];
  EQ(2, OK(pread(before, first, 2, 0)));
  OK(chmod("big", 0600));
  int between = (int)OK(open("big", O_RDONLY));
  EQ(2, OK(pread(between, first, 2, 100)));
  EQ(big_byte(100), first[0]);
  int writer = (int)OK(open("big", O_RDWR));
  EQ(1, OK(pwrite(writer, "!", 1, 100)));
  char now[2];
  EQ(2, OK(pread(writer, now, 2, 100)));
  EQ('!', now[0]);
  EQ(big_byte(101), now[1]);
  EQ(2, OK(pread((int)OK(open("big", O_RDONLY)), now, 2, 100)));
  EQ('!', now[0]);
  EQ(2, OK(pread(between, now, 2, 100)));
  TRUE(now[0] == '!' || now[0] == big_byte(100));
  EQ(0600, fstat_of(before).st_mode & 07777);
}

static void *open_and_read(void *argument) {
  for (int round = 0; round < 200; round++) {
    int fd = (int)OK(open("big", O_RDONLY));
    char byte[8192];
    EQ(sizeof(byte), OK(pread(fd, byte, sizeof(byte), 0)));
    for (size_t i = 0; i < sizeof(byte); i++)
      if (byte[i] != big_byte(i) && (i % 1000 != 0 || byte[i] != '!')) FAIL("byte %zu in round %d", i, round);
    OK(close(fd));
  }
  return argument;
}

static void *open_and_write(void *argument) {
  int number = *(int *)argument;
  for (int round = 0; round < 50; round++) {
    int fd = (int)OK(open("big", O_RDWR));
    EQ(1, OK(pwrite(fd, "!", 1, number * 1000)));
    OK(close(fd));
  }
  return NULL;
}

CHECK(threads_open_read_and_write_a_lower_file_at_once) {
  pthread_t threads[8];
  int numbers[8];
  for (int i = 0; i < 8; i++) {
    numbers[i] = i;
    EQ(0, pthread_create(&threads[i], NULL, i < 4 ? open_and_write : open_and_read, &numbers[i]));
  }
  for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
  char now[8192];
  EQ(sizeof(now), OK(pread((int)OK(open("big", O_RDONLY)), now, sizeof(now), 0)));
  for (size_t i = 0; i < sizeof(now); i++) {
    char expected = i % 1000 == 0 && i < 4000 ? '!' : big_byte(i);
    if (now[i] != expected) FAIL("byte %zu", i);
  }
}

CHECK(many_descriptors_of_an_open_lower_file_come_and_go_around_a_writer) {
  int fds[40];
  for (int i = 0; i < 20; i++) fds[i] = (int)OK(open("f", O_RDONLY));
  int writer = (int)OK(open("f", O_RDWR));
  write_upper(writer);
  for (int i = 20; i < 40; i++) fds[i] = (int)OK(open("f", O_RDONLY));
  for (int i = 0; i < 20; i++) expect_old_or_new(fds[i], F_TEXT, UPPER_TEXT);
  for (int i = 20; i < 40; i++) expect_fd_content(fds[i], UPPER_TEXT);
  for (int i = 0; i < 40; i++) OK(close(fds[i]));
  OK(close(writer));
  expect_content("f", UPPER_TEXT);
  int last = (int)OK(open("f", O_RDWR));
  EQ(5, OK(pwrite(last, "again", 5, 0)));
  expect_content("f", "again content 0123456789\n");
}
