/* Reading, writing, holes, fallocate(2), copy_file_range(2), sendfile(2), splice(2), O_DIRECT. */
#include "check.h"

#include <linux/falloc.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static char *pattern(size_t size, int seed) {
  char *data = malloc(size);
  for (size_t i = 0; i < size; i++) data[i] = (char)((i * 31 + i / 251 + (size_t)seed) & 0xff);
  return data;
}

CHECK(write_and_read_of_10_MiB_in_one_call) {
  size_t size = 10 << 20;
  char *data = pattern(size, 1), *back = malloc(size);
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0644));
  EQ(size, OK(write(fd, data, size)));
  EQ(size, OK(pread(fd, back, size, 0)));
  TRUE(memcmp(data, back, size) == 0);
  OK(close(fd));
  fd = (int)OK(open("f", O_RDONLY));
  memset(back, 0, size);
  EQ(size, OK(read(fd, back, size)));
  TRUE(memcmp(data, back, size) == 0);
}

CHECK(write_in_odd_pieces_reads_back) {
  size_t size = 300000;
  char *data = pattern(size, 2), *back = malloc(size);
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0644));
  for (size_t at = 0, step = 1; at < size; at += step, step = step * 3 % 7919 + 1) {
    size_t n = size - at < step ? size - at : step;
    EQ(n, OK(pwrite(fd, data + at, n, (off_t)at)));
  }
  EQ(size, OK(pread(fd, back, size, 0)));
  TRUE(memcmp(data, back, size) == 0);
}

CHECK(read_at_and_beyond_the_end_is_0) {
  make_content("f", "abc");
  int fd = (int)OK(open("f", O_RDONLY));
  char buffer[10];
  EQ(0, OK(pread(fd, buffer, 10, 3)));
  EQ(0, OK(pread(fd, buffer, 10, 1 << 20)));
  EQ(1, OK(pread(fd, buffer, 10, 2)));
}

CHECK(write_beyond_the_end_leaves_zeros) {
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0644));
  OK(pwrite(fd, "end", 3, 100000));
  char buffer[100003], zeros[100000] = {0};
  EQ(100003, OK(pread(fd, buffer, sizeof(buffer), 0)));
  TRUE(memcmp(buffer, zeros, sizeof(zeros)) == 0);
  TRUE(memcmp(buffer + 100000, "end", 3) == 0);
}

CHECK(truncate_down_and_up_leaves_zeros_not_old_data) {
  char *data = pattern(20000, 3);
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0644));
  OK(write(fd, data, 20000));
  OK(ftruncate(fd, 5001));
  OK(ftruncate(fd, 20000));
  char buffer[20000];
  EQ(20000, OK(pread(fd, buffer, sizeof(buffer), 0)));
  TRUE(memcmp(buffer, data, 5001) == 0);
  for (int i = 5001; i < 20000; i++) EQ(0, buffer[i]);
}

CHECK(readv_and_writev) {
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0644));
  struct iovec out[3] = {{"one", 3}, {"", 0}, {"twothree", 8}};
  EQ(11, OK(pwritev(fd, out, 3, 0)));
  char a[5], b[10];
  struct iovec in[2] = {{a, 5}, {b, 10}};
  EQ(11, OK(preadv(fd, in, 2, 0)));
  TRUE(memcmp(a, "onetw", 5) == 0 && memcmp(b, "othree", 6) == 0);
}

CHECK(write_beyond_RLIMIT_FSIZE_like_limits_is_EFBIG) {
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0644));
  errno = 0;
  ssize_t n = pwrite(fd, "x", 1, INT64_MAX - 1);
  if (n == 1) SKIP("the file system holds files of any size");
  TRUE(errno == EFBIG || errno == EINVAL);
}

CHECK(lseek_whences_and_errnos) {
  make_content("f", "0123456789");
  int fd = (int)OK(open("f", O_RDWR));
  EQ(10, lseek(fd, 0, SEEK_END));
  EQ(7, lseek(fd, -3, SEEK_END));
  EQ(9, lseek(fd, 2, SEEK_CUR));
  ERR(EINVAL, lseek(fd, -1, SEEK_SET));
  ERR(EINVAL, lseek(fd, 0, 99));
  EQ(1000, lseek(fd, 1000, SEEK_SET));
}

CHECK(SEEK_END_sees_growth_by_another_descriptor) {
  make_content("f", "0123");
  int a = (int)OK(open("f", O_RDONLY)), b = (int)OK(open("f", O_WRONLY | O_APPEND));
  EQ(4, lseek(a, 0, SEEK_END));
  OK(write(b, "4567", 4));
  EQ(8, lseek(a, 0, SEEK_END));
}

CHECK(SEEK_DATA_and_SEEK_HOLE_find_a_hole) {
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0644));
  char *data = pattern(65536, 4);
  OK(pwrite(fd, data, 65536, 0));
  OK(pwrite(fd, data, 65536, 1 << 20));
  OK(fsync(fd));
  EQ(0, lseek(fd, 0, SEEK_DATA));
  off_t hole = OK(lseek(fd, 0, SEEK_HOLE));
  if (hole == (1 << 20) + 65536) SKIP("the file system beneath reports no holes");
  EQ(65536, hole);
  EQ(1 << 20, OK(lseek(fd, hole, SEEK_DATA)));
  EQ((1 << 20) + 65536, OK(lseek(fd, 1 << 20, SEEK_HOLE)));
  ERR(ENXIO, lseek(fd, (1 << 20) + 65536, SEEK_DATA));
  ERR(ENXIO, lseek(fd, (1 << 20) + 65537, SEEK_HOLE));
}

static void need_fallocate(int fd, int mode) {
  if (fallocate(fd, mode, 0, 4096) < 0) {
    if (errno == EOPNOTSUPP) SKIP("fallocate mode %#x is not supported beneath", mode);
    FAIL("fallocate %#x: %s", mode, strerrorname_np(errno));
  }
}

CHECK(fallocate_grows_with_zeros) {
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0644));
  need_fallocate(fd, 0);
  OK(fallocate(fd, 0, 1000, 100000));
  EQ(101000, fstat_of(fd).st_size);
  TRUE(fstat_of(fd).st_blocks > 190);
  char c = 1;
  EQ(1, OK(pread(fd, &c, 1, 100999)));
  EQ(0, c);
}

CHECK(fallocate_KEEP_SIZE_keeps_the_size) {
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0644));
  need_fallocate(fd, FALLOC_FL_KEEP_SIZE);
  OK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 1 << 20));
  EQ(0, fstat_of(fd).st_size);
  TRUE(fstat_of(fd).st_blocks >= 2048);
}

CHECK(fallocate_PUNCH_HOLE_gives_zeros) {
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0644));
  char *data = pattern(100000, 5);
  OK(write(fd, data, 100000));
  need_fallocate(fd, FALLOC_FL_KEEP_SIZE);
  if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 10001, 50000) < 0 && errno == EOPNOTSUPP)
    SKIP("no hole punching beneath");
  EQ(100000, fstat_of(fd).st_size);
  char *back = malloc(100000);
  EQ(100000, OK(pread(fd, back, 100000, 0)));
  memset(data + 10001, 0, 50000);
  TRUE(memcmp(data, back, 100000) == 0);
  ERR(EOPNOTSUPP, fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4096));
}

CHECK(fallocate_ZERO_RANGE_gives_zeros) {
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0644));
  char *data = pattern(100000, 6);
  OK(write(fd, data, 100000));
  if (fallocate(fd, FALLOC_FL_ZERO_RANGE, 777, 30000) < 0) {
    if (errno == EOPNOTSUPP) SKIP("no FALLOC_FL_ZERO_RANGE here");
    FAIL("fallocate: %s", strerrorname_np(errno));
  }
  char *back = malloc(100000);
  EQ(100000, OK(pread(fd, back, 100000, 0)));
  memset(data + 777, 0, 30000);
  TRUE(memcmp(data, back, 100000) == 0);
}

CHECK(fallocate_errnos) {
  make_file("f", 0644);
  int r = (int)OK(open("f", O_RDONLY)), w = (int)OK(open("f", O_RDWR));
  ERR(EBADF, fallocate(r, 0, 0, 10));
  ERR(EINVAL, fallocate(w, 0, 0, 0));
  ERR(EINVAL, fallocate(w, 0, -1, 10));
  OK(mkfifo("p", 0644));
  ERR(ESPIPE, fallocate((int)OK(open("p", O_RDWR)), 0, 0, 10));
}

CHECK(fallocate_moves_mtime) {
  make_file("f", 0644);
  set_times("f", 1000);
  int fd = (int)OK(open("f", O_RDWR));
  need_fallocate(fd, 0);
  TRUE(stat_of("f").st_mtime > 1000);
}

CHECK(posix_fallocate_works) {
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0644));
  EQ(0, posix_fallocate(fd, 0, 50000));
  EQ(50000, fstat_of(fd).st_size);
}

CHECK(copy_file_range_between_files) {
  char *data = pattern(200000, 7), *back = malloc(200000);
  int in = (int)OK(open("in", O_CREAT | O_RDWR, 0644)), out = (int)OK(open("out", O_CREAT | O_RDWR, 0644));
  OK(write(in, data, 200000));
  off_t from = 1000, to = 500;
  size_t left = 150000;
  while (left) {
    ssize_t n = OK(copy_file_range(in, &from, out, &to, left, 0));
    TRUE(n > 0);
    left -= (size_t)n;
  }
  EQ(151000, from);
  EQ(150500, fstat_of(out).st_size);
  EQ(150000, OK(pread(out, back, 150000, 500)));
  TRUE(memcmp(data + 1000, back, 150000) == 0);
}

CHECK(copy_file_range_within_a_file_and_overlap_is_EINVAL) {
  char *data = pattern(20000, 8), back[5000];
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0644));
  OK(write(fd, data, 20000));
  off_t from = 0, to = 10000;
  EQ(5000, OK(copy_file_range(fd, &from, fd, &to, 5000, 0)));
  EQ(5000, OK(pread(fd, back, 5000, 10000)));
  TRUE(memcmp(data, back, 5000) == 0);
  from = 0, to = 100;
  ERR(EINVAL, copy_file_range(fd, &from, fd, &to, 5000, 0));
}

CHECK(copy_file_range_beyond_the_end_is_0_and_bad_descriptors_are_EBADF) {
  make_content("in", "abc");
  make_file("out", 0644);
  int in = (int)OK(open("in", O_RDONLY)), out = (int)OK(open("out", O_RDWR));
  off_t from = 3, to = 0;
  EQ(0, OK(copy_file_range(in, &from, out, &to, 10, 0)));
  ERR(EBADF, copy_file_range(in, NULL, in, NULL, 10, 0));
  int append = (int)OK(open("out", O_WRONLY | O_APPEND));
  ERR(EBADF, copy_file_range(in, NULL, append, NULL, 10, 0));
  ERR(EINVAL, copy_file_range(in, NULL, out, NULL, 10, 1));
}

CHECK(copy_file_range_from_another_file_system) {
  int out = (int)OK(open("out", O_CREAT | O_RDWR, 0644));
  int in = (int)OK(open("/bin/true", O_RDONLY));
  ssize_t n = copy_file_range(in, NULL, out, NULL, 4096, 0);
  if (n < 0 && (errno == EXDEV || errno == EOPNOTSUPP)) SKIP("not between these file systems: %s", strerrorname_np(errno));
  EQ(4096, n);
}

CHECK(sendfile_from_and_to_the_mount) {
  char *data = pattern(100000, 9), *back = malloc(100000);
  int in = (int)OK(open("in", O_CREAT | O_RDWR, 0644)), out = (int)OK(open("out", O_CREAT | O_RDWR, 0644));
  OK(write(in, data, 100000));
  off_t at = 0;
  while (at < 100000) TRUE(OK(sendfile(out, in, &at, (size_t)(100000 - at))) > 0);
  EQ(100000, OK(pread(out, back, 100000, 0)));
  TRUE(memcmp(data, back, 100000) == 0);
}

CHECK(splice_through_a_pipe) {
  char *data = pattern(200000, 10), *back = malloc(200000);
  int in = (int)OK(open("in", O_CREAT | O_RDWR, 0644)), out = (int)OK(open("out", O_CREAT | O_RDWR, 0644));
  OK(write(in, data, 200000));
  int ends[2];
  OK(pipe(ends));
  loff_t from = 0, to = 0;
  while (to < 200000) {
    ssize_t n = OK(splice(in, &from, ends[1], NULL, 60000, 0));
    TRUE(n > 0);
    while (n > 0) n -= OK(splice(ends[0], NULL, out, &to, (size_t)n, 0));
  }
  EQ(200000, OK(pread(out, back, 200000, 0)));
  TRUE(memcmp(data, back, 200000) == 0);
}

CHECK(O_DIRECT_reads_and_writes) {
  int fd = open("f", O_CREAT | O_RDWR | O_DIRECT, 0644);
  if (fd < 0 && errno == EINVAL) SKIP("no O_DIRECT beneath");
  OK(fd);
  char *data, *back;
  TRUE(posix_memalign((void **)&data, 4096, 1 << 20) == 0 && posix_memalign((void **)&back, 4096, 1 << 20) == 0);
  memcpy(data, pattern(1 << 20, 11), 1 << 20);
  EQ(1 << 20, OK(pwrite(fd, data, 1 << 20, 0)));
  EQ(1 << 20, OK(pread(fd, back, 1 << 20, 0)));
  TRUE(memcmp(data, back, 1 << 20) == 0);
  EQ(4096, OK(pwrite(fd, data + 8192, 4096, 4096)));
  EQ(4096, OK(pread(fd, back, 4096, 4096)));
  TRUE(memcmp(data + 8192, back, 4096) == 0);
}

CHECK(O_DIRECT_and_buffered_descriptors_agree) {
  int d = open("f", O_CREAT | O_RDWR | O_DIRECT, 0644);
  if (d < 0 && errno == EINVAL) SKIP("no O_DIRECT beneath");
  OK(d);
  int b = (int)OK(open("f", O_RDWR));
  char *data, *back;
  TRUE(posix_memalign((void **)&data, 4096, 8192) == 0 && posix_memalign((void **)&back, 4096, 8192) == 0);
  for (int i = 0; i < 20; i++) {
    memset(data, 'a' + i, 8192);
    OK(i % 2 ? pwrite(d, data, 8192, 0) : pwrite(b, data, 8192, 0));
    EQ(8192, OK(i % 2 ? pread(b, back, 8192, 0) : pread(d, back, 8192, 0)));
    TRUE(memcmp(data, back, 8192) == 0);
  }
}

CHECK(fsync_fdatasync_sync_file_range_and_syncfs_succeed) {
  make_content("f", "x");
  int fd = (int)OK(open("f", O_RDWR));
  OK(write(fd, "y", 1));
  OK(fsync(fd));
  OK(write(fd, "z", 1));
  OK(fdatasync(fd));
  OK(syncfs(fd));
  OK(fsync((int)OK(open("f", O_RDONLY))));
}

CHECK(O_SYNC_and_O_DSYNC_writes_succeed) {
  int fd = (int)OK(open("f", O_CREAT | O_RDWR | O_SYNC, 0644));
  EQ(3, OK(write(fd, "abc", 3)));
  fd = (int)OK(open("f", O_RDWR | O_DSYNC));
  EQ(3, OK(write(fd, "def", 3)));
  expect_content("f", "def");
}

CHECK(RWF_APPEND_and_RWF_DSYNC) {
  make_content("f", "abc");
  int fd = (int)OK(open("f", O_RDWR));
  struct iovec iov = {"def", 3};
  EQ(3, OK(pwritev2(fd, &iov, 1, 0, RWF_APPEND | RWF_DSYNC)));
  expect_content("f", "abcdef");
}

CHECK(posix_fadvise_and_readahead_are_harmless) {
  make_content("f", "abc");
  int fd = (int)OK(open("f", O_RDWR));
  EQ(0, posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
  EQ(0, posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED));
  expect_content("f", "abc");
}

CHECK(reader_and_writer_in_two_processes) {
  make_file("f", 0644);
  pid_t pid = fork();
  if (pid == 0) {
    int fd = (int)OK(open("f", O_WRONLY));
    for (int i = 0; i < 200; i++) OK(write(fd, "0123456789abcdef", 16));
    _exit(0);
  }
  int fd = (int)OK(open("f", O_RDONLY));
  size_t total = 0;
  char buffer[1000];
  while (total < 3200) {
    ssize_t n = OK(read(fd, buffer, sizeof(buffer)));
    for (ssize_t i = 0; i < n; i++) EQ("0123456789abcdef"[(total + (size_t)i) % 16], buffer[i]);
    total += (size_t)n;
  }
  int status;
  OK(waitpid(pid, &status, 0));
  EQ(0, status);
}
