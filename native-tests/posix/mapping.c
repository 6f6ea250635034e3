/* mmap(2): coherence of mappings with reads and writes. */
#include "check.h"

static char *map(int fd, size_t size, int protection, int flags) {
  char *p = mmap(NULL, size, protection, flags, fd, 0);
  if (p == MAP_FAILED) FAIL("mmap: %s", strerrorname_np(errno));
  return p;
}

CHECK(mmap_shared_sees_writes_of_a_descriptor) {
  make_content("f", "0123456789");
  int fd = (int)OK(open("f", O_RDWR));
  char *p = map(fd, 4096, PROT_READ, MAP_SHARED);
  TRUE(memcmp(p, "0123456789", 10) == 0);
  OK(pwrite(fd, "ABC", 3, 2));
  TRUE(memcmp(p, "01ABC56789", 10) == 0);
  int other = (int)OK(open("f", O_WRONLY));
  OK(pwrite(other, "xyz", 3, 0));
  TRUE(memcmp(p, "xyzBC56789", 10) == 0);
}

CHECK(mmap_shared_stores_are_read_by_descriptors) {
  make_content("f", "0123456789");
  int fd = (int)OK(open("f", O_RDWR)), other = (int)OK(open("f", O_RDONLY));
  char *p = map(fd, 4096, PROT_READ | PROT_WRITE, MAP_SHARED);
  memcpy(p + 3, "MAP", 3);
  expect_fd_content(fd, "012MAP6789");
  expect_fd_content(other, "012MAP6789");
  OK(msync(p, 4096, MS_SYNC));
  OK(munmap(p, 4096));
  expect_content("f", "012MAP6789");
}

CHECK(mmap_shared_store_survives_close_of_the_descriptor) {
  make_content("f", "0123456789");
  int fd = (int)OK(open("f", O_RDWR));
  char *p = map(fd, 4096, PROT_READ | PROT_WRITE, MAP_SHARED);
  OK(close(fd));
  p[0] = 'X';
  OK(munmap(p, 4096));
  expect_content("f", "X123456789");
}

CHECK(mmap_store_moves_mtime_after_msync) {
  make_content("f", "0123456789");
  set_times("f", 1000);
  int fd = (int)OK(open("f", O_RDWR));
  char *p = map(fd, 4096, PROT_READ | PROT_WRITE, MAP_SHARED);
  p[0] = 'X';
  OK(msync(p, 4096, MS_SYNC));
  OK(munmap(p, 4096));
  OK(close(fd));
  TRUE(stat_of("f").st_mtime > 1000);
}

CHECK(mmap_private_does_not_change_the_file) {
  make_content("f", "0123456789");
  int fd = (int)OK(open("f", O_RDONLY));
  char *p = map(fd, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  p[0] = 'X';
  expect_content("f", "0123456789");
  TRUE(p[0] == 'X' && p[1] == '1');
}

CHECK(mmap_two_processes_share) {
  make_content("f", "0123456789");
  int fd = (int)OK(open("f", O_RDWR));
  char *p = map(fd, 4096, PROT_READ | PROT_WRITE, MAP_SHARED);
  IN_CHILD {
    int mine = (int)OK(open("f", O_RDWR));
    char *q = map(mine, 4096, PROT_READ | PROT_WRITE, MAP_SHARED);
    q[5] = 'C';
  }
  EQ('C', p[5]);
}

CHECK(mmap_shared_writable_needs_a_writable_descriptor) {
  make_content("f", "0123456789");
  int fd = (int)OK(open("f", O_RDONLY));
  TRUE(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
  EQ(EACCES, errno);
  int w = (int)OK(open("f", O_WRONLY));
  TRUE(mmap(NULL, 4096, PROT_READ, MAP_SHARED, w, 0) == MAP_FAILED);
  EQ(EACCES, errno);
}

CHECK(mmap_of_a_grown_file_sees_the_growth) {
  make_content("f", "0123456789");
  int fd = (int)OK(open("f", O_RDWR));
  char *p = map(fd, 16384, PROT_READ | PROT_WRITE, MAP_SHARED);
  OK(ftruncate(fd, 16384));
  EQ(0, p[10000]);
  p[10000] = 'Z';
  char c;
  EQ(1, OK(pread(fd, &c, 1, 10000)));
  EQ('Z', c);
}

CHECK(mmap_beyond_the_end_is_SIGBUS) {
  make_content("f", "0123456789");
  int fd = (int)OK(open("f", O_RDWR));
  volatile char *p = map(fd, 16384, PROT_READ, MAP_SHARED);
  pid_t pid = fork();
  if (pid == 0) _exit(p[8192]);
  int status;
  OK(waitpid(pid, &status, 0));
  TRUE(WIFSIGNALED(status));
}

CHECK(mmap_truncate_zeroes_the_tail_of_the_page) {
  make_content("f", "0123456789");
  int fd = (int)OK(open("f", O_RDWR));
  char *p = map(fd, 4096, PROT_READ | PROT_WRITE, MAP_SHARED);
  OK(ftruncate(fd, 5));
  OK(ftruncate(fd, 10));
  TRUE(memcmp(p, "01234\0\0\0\0\0", 10) == 0);
}

CHECK(mmap_of_8_MiB_written_backwards) {
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0644));
  size_t size = 8 << 20;
  OK(ftruncate(fd, (off_t)size));
  unsigned char *p = (unsigned char *)map(fd, size, PROT_READ | PROT_WRITE, MAP_SHARED);
  for (size_t i = size; i-- > 0;) p[i] = (unsigned char)(i * 7 + i / 4096);
  OK(msync(p, size, MS_SYNC));
  OK(munmap(p, size));
  OK(close(fd));
  fd = (int)OK(open("f", O_RDONLY));
  unsigned char buffer[65536];
  size_t at = 0;
  ssize_t n;
  while ((n = OK(read(fd, buffer, sizeof(buffer)))) > 0) {
    for (ssize_t j = 0; j < n; j++, at++)
      if (buffer[j] != (unsigned char)(at * 7 + at / 4096)) FAIL("byte %zu", at);
  }
  EQ(size, at);
}

CHECK(mmap_exec_of_a_program_on_the_mount) {
  EQ(0, system("cp /bin/true ./prog && ./prog"));
}

CHECK(mmap_and_O_DIRECT_write_agree) {
  int fd = open("f", O_CREAT | O_RDWR | O_DIRECT, 0644);
  if (fd < 0 && errno == EINVAL) SKIP("no O_DIRECT beneath");
  OK(fd);
  char *data;
  TRUE(posix_memalign((void **)&data, 4096, 4096) == 0);
  memset(data, 'a', 4096);
  OK(pwrite(fd, data, 4096, 0));
  char *p = map(fd, 4096, PROT_READ, MAP_SHARED);
  EQ('a', p[100]);
  memset(data, 'b', 4096);
  OK(pwrite(fd, data, 4096, 0));
  EQ('b', p[100]);
}
