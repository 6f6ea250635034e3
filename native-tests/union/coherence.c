/* A read after a write returns what was written, whatever was open or mapped before the copy-up. */
#include "fixture.h"

#include <pthread.h>

static char *map(int fd, size_t size, int protection) {
  char *p = mmap(NULL, size, protection, MAP_SHARED, fd, 0);
  if (p == MAP_FAILED) FAIL("mmap: %s", strerrorname_np(errno));
  return p;
}

CHECK(lower_file_reads) {
  expect_content("f", F_TEXT);
  EQ(strlen(F_TEXT), stat_of("f").st_size);
}

CHECK(lower_descriptor_opened_before_the_copy_up_reads_the_new_data) {
  int before = (int)OK(open("f", O_RDONLY));
  expect_fd_content(before, F_TEXT);
  int writer = (int)OK(open("f", O_WRONLY));
  OK(pwrite(writer, "UPPER", 5, 0));
  expect_fd_content(before, "UPPER content 0123456789\n");
  expect_content("f", "UPPER content 0123456789\n");
}

CHECK(lower_descriptor_not_read_before_the_copy_up_reads_the_new_data) {
  int before = (int)OK(open("f", O_RDONLY));
  int writer = (int)OK(open("f", O_WRONLY));
  OK(pwrite(writer, "UPPER", 5, 0));
  expect_fd_content(before, "UPPER content 0123456789\n");
}

CHECK(lower_mapping_follows_the_copy_up) {
  int before = (int)OK(open("f", O_RDONLY));
  char *p = map(before, 4096, PROT_READ);
  TRUE(memcmp(p, "lower", 5) == 0);
  int writer = (int)OK(open("f", O_RDWR));
  OK(pwrite(writer, "UPPER", 5, 0));
  TRUE(memcmp(p, "UPPER", 5) == 0);
  expect_fd_content(before, "UPPER content 0123456789\n");
  expect_fd_content(writer, "UPPER content 0123456789\n");
  expect_content("f", "UPPER content 0123456789\n");
}

CHECK(lower_mapping_and_writable_mapping_share_pages) {
  int before = (int)OK(open("f", O_RDONLY));
  char *p = map(before, 4096, PROT_READ);
  TRUE(memcmp(p, "lower", 5) == 0);
  int writer = (int)OK(open("f", O_RDWR));
  char *q = map(writer, 4096, PROT_READ | PROT_WRITE);
  memcpy(q, "MAPPED", 6);
  TRUE(memcmp(p, "MAPPED", 6) == 0);
  OK(msync(q, 4096, MS_SYNC));
  expect_content("f", "MAPPEDcontent 0123456789\n");
}

CHECK(lower_private_mapping_keeps_working_over_the_copy_up) {
  int before = (int)OK(open("f", O_RDONLY));
  char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, before, 0);
  TRUE(p != MAP_FAILED);
  p[0] = 'P';
  int writer = (int)OK(open("f", O_WRONLY));
  OK(pwrite(writer, "UPPER", 5, 0));
  EQ('P', p[0]);
  expect_content("f", "UPPER content 0123456789\n");
}

CHECK(lower_descriptor_sees_truncate_by_path) {
  int before = (int)OK(open("f", O_RDONLY));
  expect_fd_content(before, F_TEXT);
  OK(truncate("f", 5));
  expect_fd_content(before, "lower");
  EQ(5, fstat_of(before).st_size);
}

CHECK(lower_descriptor_sees_O_TRUNC) {
  int before = (int)OK(open("f", O_RDONLY));
  expect_fd_content(before, F_TEXT);
  int writer = (int)OK(open("f", O_WRONLY | O_TRUNC));
  OK(write(writer, "new", 3));
  expect_fd_content(before, "new");
}

CHECK(lower_descriptor_sees_append) {
  int before = (int)OK(open("f", O_RDONLY));
  int writer = (int)OK(open("f", O_WRONLY | O_APPEND));
  OK(write(writer, "more\n", 5));
  expect_fd_content(before, F_TEXT "more\n");
  EQ(strlen(F_TEXT) + 5, OK(lseek(before, 0, SEEK_END)));
}

CHECK(lower_descriptor_sees_chmod_and_chown_of_the_path) {
  int before = (int)OK(open("f", O_RDONLY));
  OK(chmod("f", 0600));
  OK(chown("f", 5, 6));
  struct stat st = fstat_of(before);
  EQ(0600, st.st_mode & 07777);
  EQ(5, st.st_uid);
  expect_fd_content(before, F_TEXT);
}

CHECK(lower_descriptor_changes_metadata_of_the_file) {
  int fd = (int)OK(open("f", O_RDONLY));
  OK(fchmod(fd, 0611));
  OK(fchown(fd, 7, 8));
  struct timespec times[2] = {{1, 2}, {3, 4}};
  OK(futimens(fd, times));
  OK(fsetxattr(fd, "user.new", "v", 1, 0));
  struct stat st = stat_of("f");
  EQ(0611, st.st_mode & 07777);
  EQ(7, st.st_uid);
  EQ(3, st.st_mtime);
  EQ(1, OK(getxattr("f", "user.new", NULL, 0)));
  expect_content("f", F_TEXT);
}

CHECK(lower_descriptor_of_an_unlinked_file_still_reads) {
  int fd = (int)OK(open("f", O_RDONLY));
  OK(unlink("f"));
  expect_fd_content(fd, F_TEXT);
  EQ(0, fstat_of(fd).st_nlink);
  TRUE(!listed(".", "f"));
}

CHECK(lower_descriptor_of_an_unlinked_file_that_was_not_read_before) {
  int fd = (int)OK(open("big", O_RDONLY));
  OK(unlink("big"));
  char buffer[65536];
  size_t at = 0;
  ssize_t n;
  while ((n = OK(read(fd, buffer, sizeof(buffer)))) > 0)
    for (ssize_t i = 0; i < n; i++, at++) EQ(big_byte(at), buffer[i]);
  EQ(BIG_SIZE, at);
}

CHECK(lower_unlinked_descriptor_can_be_changed) {
  int fd = (int)OK(open("f", O_RDONLY));
  OK(unlink("f"));
  OK(fchmod(fd, 0600));
  EQ(0600, fstat_of(fd).st_mode & 07777);
  OK(fchown(fd, 3, 4));
  EQ(3, fstat_of(fd).st_uid);
  expect_fd_content(fd, F_TEXT);
}

CHECK(lower_opened_for_writing_then_unlinked_goes_on) {
  int fd = (int)OK(open("f", O_RDWR));
  OK(unlink("f"));
  OK(pwrite(fd, "GONE!", 5, 0));
  expect_fd_content(fd, "GONE! content 0123456789\n");
  OK(ftruncate(fd, 4));
  EQ(4, fstat_of(fd).st_size);
  EQ(0, fstat_of(fd).st_nlink);
  ERR(ENOENT, access("f", F_OK));
}

CHECK(lower_descriptor_over_rename_and_write) {
  int before = (int)OK(open("f", O_RDONLY));
  expect_fd_content(before, F_TEXT);
  OK(rename("f", "dir/moved"));
  int writer = (int)OK(open("dir/moved", O_WRONLY));
  OK(pwrite(writer, "MOVED", 5, 0));
  expect_fd_content(before, "MOVED content 0123456789\n");
  EQ(fstat_of(before).st_ino, stat_of("dir/moved").st_ino);
  ERR(ENOENT, access("f", F_OK));
}

CHECK(lower_descriptor_over_unlink_and_recreate_keeps_the_old_file) {
  int before = (int)OK(open("f", O_RDONLY));
  OK(unlink("f"));
  make_content("f", "another file");
  expect_fd_content(before, F_TEXT);
  expect_content("f", "another file");
  EQ(0, fstat_of(before).st_nlink);
  EQ(1, stat_of("f").st_nlink);
}

CHECK(lower_descriptor_over_rename_over_keeps_the_old_file) {
  int before = (int)OK(open("f", O_RDONLY));
  make_content("n", "another file");
  OK(rename("n", "f"));
  expect_fd_content(before, F_TEXT);
  expect_content("f", "another file");
}

CHECK(lower_opened_read_only_many_times_all_follow) {
  int fds[50];
  for (int i = 0; i < 50; i++) {
    fds[i] = (int)OK(open("f", O_RDONLY));
    if (i % 2) expect_fd_content(fds[i], F_TEXT);
  }
  int writer = (int)OK(open("f", O_WRONLY));
  OK(pwrite(writer, "UPPER", 5, 0));
  for (int i = 0; i < 50; i++) expect_fd_content(fds[i], "UPPER content 0123456789\n");
}

CHECK(lower_big_file_written_in_the_middle_keeps_the_rest) {
  int before = (int)OK(open("big", O_RDONLY));
  char *p = map(before, BIG_SIZE, PROT_READ);
  int sum = 0;
  for (size_t i = 0; i < BIG_SIZE; i += 4096) sum += p[i];
  TRUE(sum != 1);
  int writer = (int)OK(open("big", O_WRONLY));
  OK(pwrite(writer, "MIDDLE", 6, 200001));
  char *now = malloc(BIG_SIZE);
  EQ(BIG_SIZE, OK(pread((int)OK(open("big", O_RDONLY)), now, BIG_SIZE, 0)));
  for (size_t i = 0; i < BIG_SIZE; i++) {
    char expected = i >= 200001 && i < 200007 ? "MIDDLE"[i - 200001] : big_byte(i);
    if (now[i] != expected) FAIL("read: byte %zu", i);
  }
  for (size_t i = 0; i < BIG_SIZE; i++) {
    char expected = i >= 200001 && i < 200007 ? "MIDDLE"[i - 200001] : big_byte(i);
    if (p[i] != expected) FAIL("mapping: byte %zu", i);
  }
}

CHECK(lower_lock_holds_over_the_copy_up) {
  int a = (int)OK(open("f", O_RDONLY));
  struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
  OK(fcntl(a, F_OFD_SETLK, &lock));
  int b = (int)OK(open("f", O_RDWR));
  OK(pwrite(b, "UPPER", 5, 0));
  lock.l_type = F_WRLCK;
  ERR(EAGAIN, fcntl(b, F_OFD_SETLK, &lock));
}

struct race {
  const char *path;
  int number;
};

static void *write_own_byte(void *argument) {
  struct race *race = argument;
  int fd = (int)OK(open(race->path, O_RDWR));
  char c = (char)('a' + race->number);
  OK(pwrite(fd, &c, 1, race->number * 1000));
  OK(close(fd));
  return NULL;
}

CHECK(eight_threads_write_a_lower_file_at_once) {
  pthread_t threads[8];
  struct race races[8];
  for (int i = 0; i < 8; i++) {
    races[i] = (struct race){"big", i};
    EQ(0, pthread_create(&threads[i], NULL, write_own_byte, &races[i]));
  }
  for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
  char *now = malloc(BIG_SIZE);
  EQ(BIG_SIZE, OK(pread((int)OK(open("big", O_RDONLY)), now, BIG_SIZE, 0)));
  for (size_t i = 0; i < BIG_SIZE; i++) {
    char expected = i % 1000 == 0 && i < 8000 ? (char)('a' + i / 1000) : big_byte(i);
    if (now[i] != expected) FAIL("byte %zu", i);
  }
}

static void *read_whole(void *argument) {
  for (int round = 0; round < 20; round++) {
    int fd = (int)OK(open("big", O_RDONLY));
    char *data = malloc(BIG_SIZE);
    EQ(BIG_SIZE, OK(pread(fd, data, BIG_SIZE, 0)));
    for (size_t i = 1; i < BIG_SIZE; i++)
      if (data[i] != big_byte(i)) FAIL("byte %zu in round %d", i, round);
    free(data);
    OK(close(fd));
  }
  return argument;
}

CHECK(readers_see_whole_data_while_the_file_is_copied_up) {
  pthread_t threads[3];
  for (int i = 0; i < 3; i++) EQ(0, pthread_create(&threads[i], NULL, read_whole, NULL));
  usleep(2000);
  int fd = (int)OK(open("big", O_RDWR));
  OK(pwrite(fd, "!", 1, 0));
  for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
}

CHECK(threads_create_write_and_remove_over_lower_names) {
  IN_CHILD {
    for (int i = 0; i < 100; i++) {
      unlink("f");
      make_content("f", "child");
      rename("f", "dir/a");
    }
  }
  expect_content("dir/a", "child");
  ERR(ENOENT, access("f", F_OK));
}
