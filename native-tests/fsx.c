/*
 * Random operations on one file through several descriptors and mappings, compared with a buffer in
 * memory after each. The file may exist: its content is the start, so a file of a lower layer is copied
 * up at some random moment of the run.
 *
 *   fsx [-n OPERATIONS] [-l MAXIMUM-SIZE] [-s SEED] [-M] [-v] FILE...
 *
 * -M: no mapping is kept, and none is made through a descriptor that may be older than the copy-up
 * (kernel overlayfs leaves both with the lower file).
 * Every operation is a function of the seed, which is printed with the last operations on a failure.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DESCRIPTORS = 5, LOG_LINES = 30, LOG_WIDTH = 100 };

static size_t maximum = 256 * 1024;
static long operations = 1000;
static uint64_t seed = 1;
static bool kept_mappings = true, verbose = false;

static char path[4096], other_path[4200];
static char *shadow, *buffer;
static size_t size;
static int fds[DESCRIPTORS];
static bool writable[DESCRIPTORS];
static char *mapping; /* of `maximum` bytes, read only, made now and then and kept */
static long number;
static char log_lines[LOG_LINES][LOG_WIDTH];

/* splitmix64 */
static uint64_t state;
static uint64_t next_random(void) {
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
static size_t below(size_t n) { return n ? next_random() % n : 0; }

static void note(const char *format, ...) {
  char *line = log_lines[number % LOG_LINES];
  int at = snprintf(line, LOG_WIDTH, "%ld: ", number);
  va_list args;
  va_start(args, format);
  vsnprintf(line + at, (size_t)(LOG_WIDTH - at), format, args);
  va_end(args);
  if (verbose) puts(line);
}

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
  va_list args;
  va_start(args, format);
  printf("not ok fsx %s: seed %llu, operation %ld: ", path, (unsigned long long)seed, number);
  vprintf(format, args);
  va_end(args);
  printf("\nlast operations:\n");
  for (long i = number >= LOG_LINES ? number - LOG_LINES + 1 : 0; i <= number; i++)
    printf("  %s\n", log_lines[i % LOG_LINES]);
  exit(1);
}
#define MUST(call)                                                    \
  ({                                                                  \
    long must_ = (long)(call);                                        \
    if (must_ == -1) fail("%s: %s", #call, strerrorname_np(errno));   \
    must_;                                                            \
  })

static void compare(const char *what, const char *actual, size_t offset, size_t length) {
  if (memcmp(actual, shadow + offset, length) == 0) return;
  size_t i = 0;
  while (actual[i] == shadow[offset + i]) i++;
  size_t wrong = 0;
  for (size_t j = i; j < length; j++) wrong += actual[j] != shadow[offset + j];
  fail("%s: byte %zu is %#x, expected %#x; %zu bytes differ in [%zu,%zu)", what, offset + i,
       (unsigned char)actual[i], (unsigned char)shadow[offset + i], wrong, offset, offset + length);
}

static void open_one(int i) {
  int flags = i == 0 ? O_RDONLY : i == 1 ? O_RDWR | O_APPEND : below(3) ? O_RDWR : O_RDONLY;
  fds[i] = (int)MUST(open(path, flags));
  writable[i] = flags & O_RDWR;
}

/* Descriptor 1 appends; the rest write where they are told. */
static int writer(void) {
  for (int i = 2; i < DESCRIPTORS; i++)
    if (writable[i]) return fds[i];
  MUST(close(fds[2]));
  fds[2] = (int)MUST(open(path, O_RDWR));
  writable[2] = true;
  return fds[2];
}
static int any(void) { return fds[below(DESCRIPTORS)]; }

static void fill(size_t length) {
  for (size_t i = 0; i < length; i++) buffer[i] = (char)((size_t)number + i * 7 + (i >> 8));
}

static void grow_to(size_t end) {
  if (end > size) {
    memset(shadow + size, 0, end - size);
    size = end;
  }
}

static void do_read(void) {
  size_t offset = below(maximum), length = below(maximum / 4) + 1;
  note("read %zu+%zu", offset, length);
  ssize_t n = MUST(pread(any(), buffer, length, (off_t)offset));
  size_t expected = offset >= size ? 0 : size - offset < length ? size - offset : length;
  if ((size_t)n != expected) fail("read gave %zd bytes, expected %zu (size %zu)", n, expected, size);
  compare("read", buffer, offset, expected);
}

static void do_write(void) {
  size_t offset = below(maximum), length = below(maximum / 4) + 1;
  if (offset + length > maximum) length = maximum - offset;
  note("write %zu+%zu", offset, length);
  fill(length);
  ssize_t n = MUST(pwrite(writer(), buffer, length, (off_t)offset));
  if ((size_t)n != length) fail("short write %zd of %zu", n, length);
  grow_to(offset + length);
  memcpy(shadow + offset, buffer, length);
}

static void do_append(void) {
  size_t length = below(5000) + 1;
  if (size + length > maximum) return;
  note("append %zu at %zu", length, size);
  fill(length);
  ssize_t n = MUST(write(fds[1], buffer, length));
  if ((size_t)n != length) fail("short append %zd of %zu", n, length);
  memcpy(shadow + size, buffer, length);
  size += length;
}

static void do_truncate(void) {
  size_t to = below(8) ? below(maximum) : 0;
  note("truncate %zu to %zu", size, to);
  if (below(2)) MUST(truncate(path, (off_t)to));
  else MUST(ftruncate(writer(), (off_t)to));
  if (to > size) memset(shadow + size, 0, to - size);
  size = to;
}

static void do_map_read(void) {
  if (size == 0) return;
  size_t offset = below(size), length = below(size - offset) + 1;
  bool kept = mapping && below(2);
  note("%s read %zu+%zu", kept ? "kept mapping" : "mapping", offset, length);
  if (kept) {
    compare("kept mapping", mapping + offset, offset, length);
    return;
  }
  int fd = kept_mappings ? dup(any()) : open(path, O_RDONLY);
  char *p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
  if (p == MAP_FAILED) fail("mmap: %s", strerrorname_np(errno));
  MUST(close(fd));
  compare("mapping", p + offset, offset, length);
  MUST(munmap(p, size));
}

static void do_map_write(void) {
  if (size == 0) return;
  size_t offset = below(size), length = below(size - offset) + 1;
  note("mapping write %zu+%zu", offset, length);
  char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, writer(), 0);
  if (p == MAP_FAILED) fail("mmap: %s", strerrorname_np(errno));
  fill(length);
  memcpy(p + offset, buffer, length);
  if (below(2)) MUST(msync(p, size, MS_SYNC));
  MUST(munmap(p, size));
  memcpy(shadow + offset, buffer, length);
}

/* false: not supported, nothing changed */
static bool do_fallocate(int mode, size_t offset, size_t length) {
  if (fallocate(writer(), mode, (off_t)offset, (off_t)length) == 0) return true;
  if (errno != EOPNOTSUPP) fail("fallocate %#x: %s", mode, strerrorname_np(errno));
  return false;
}

static void do_punch(void) {
  if (size == 0) return;
  size_t offset = below(size), length = below(size - offset) + 1;
  bool zero = below(2);
  note("%s %zu+%zu", zero ? "zero range" : "punch", offset, length);
  if (do_fallocate((zero ? FALLOC_FL_ZERO_RANGE : FALLOC_FL_PUNCH_HOLE) | FALLOC_FL_KEEP_SIZE, offset, length))
    memset(shadow + offset, 0, length);
}

static void do_allocate(void) {
  size_t offset = below(maximum), length = below(maximum - offset) + 1;
  bool keep = below(2);
  note("allocate%s %zu+%zu", keep ? " keeping size" : "", offset, length);
  if (do_fallocate(keep ? FALLOC_FL_KEEP_SIZE : 0, offset, length) && !keep) grow_to(offset + length);
}

static void do_copy_range(void) {
  if (size < 2) return;
  size_t from = below(size), length = below(size - from) + 1, to = below(maximum - length + 1);
  if (from < to + length && to < from + length) return;
  note("copy %zu+%zu to %zu", from, length, to);
  off_t in = (off_t)from, out = (off_t)to;
  ssize_t n = copy_file_range(any(), &in, writer(), &out, length, 0);
  if (n < 0) {
    if (errno == EOPNOTSUPP || errno == EXDEV || errno == ENOSYS) return;
    fail("copy_file_range: %s", strerrorname_np(errno));
  }
  grow_to(to + (size_t)n);
  memmove(shadow + to, shadow + from, (size_t)n);
}

static void do_reopen(void) {
  int i = (int)below(DESCRIPTORS);
  note("reopen descriptor %d", i);
  MUST(close(fds[i]));
  open_one(i);
}

static void do_rename(void) {
  note("rename");
  MUST(rename(path, other_path));
  if (access(path, F_OK) == 0) fail("the old name is still there");
  MUST(rename(other_path, path));
}

static void do_metadata(void) {
  note("metadata and fsync");
  MUST(chmod(path, below(2) ? 0644 : 0600));
  if (below(2)) MUST(fsync(any()));
  else posix_fadvise(any(), 0, 0, POSIX_FADV_DONTNEED);
}

static void do_remap(void) {
  note("make the kept mapping anew");
  if (mapping) MUST(munmap(mapping, maximum));
  mapping = NULL;
  if (!kept_mappings) return;
  mapping = mmap(NULL, maximum, PROT_READ, MAP_SHARED, any(), 0);
  if (mapping == MAP_FAILED) fail("mmap: %s", strerrorname_np(errno));
}

static void check_size(void) {
  struct stat st;
  MUST(below(2) ? fstat(any(), &st) : stat(path, &st));
  if ((size_t)st.st_size != size) fail("st_size is %lld, expected %zu", (long long)st.st_size, size);
}

static void check_whole(void) {
  int fd = (int)MUST(open(path, O_RDONLY));
  ssize_t n = MUST(pread(fd, buffer, maximum + 1, 0));
  if ((size_t)n != size) fail("the whole file has %zd bytes, expected %zu", n, size);
  compare("whole file", buffer, 0, size);
  MUST(close(fd));
}

static void one_operation(void) {
  switch (below(20)) {
    case 0: do_read(); break;
    case 1: do_map_read(); break;
    case 2: do_reopen(); break;
    case 3: do_remap(); break;
    case 4: case 5: case 6: do_write(); break;
    case 7: do_append(); break;
    case 8: do_truncate(); break;
    case 9: case 10: do_map_write(); break;
    case 11: do_punch(); break;
    case 12: do_allocate(); break;
    case 13: do_copy_range(); break;
    case 14: do_rename(); break;
    case 15: do_metadata(); break;
    case 16: case 17: do_map_read(); break;
    default: do_read(); break;
  }
}

static void on_sigbus(int signal) {
  (void)signal;
  fail("SIGBUS within the file");
}

static void run_file(void) {
  state = seed;
  number = 0;
  note("open");
  int fd = (int)MUST(open(path, O_RDONLY | O_CREAT, 0644));
  size = (size_t)MUST(read(fd, shadow, maximum));
  MUST(close(fd));
  for (int i = 0; i < DESCRIPTORS; i++) {
    /* A lower file is not to be copied up before the first write: reading descriptors at first. */
    fds[i] = (int)MUST(open(path, O_RDONLY));
    writable[i] = false;
  }
  mapping = NULL;
  long reads = (long)below(20);
  for (number = 1; number <= operations; number++) {
    if (number == reads + 1) {
      MUST(close(fds[1]));
      open_one(1);
    }
    if (number <= reads && below(4) == 2) note("quiet");
    else if (number <= reads) below(2) ? do_read() : below(2) ? do_map_read() : do_remap();
    else one_operation();
    check_size();
    if (number % 100 == 0) check_whole();
  }
  number = operations;
  check_whole();
  if (mapping) MUST(munmap(mapping, maximum));
  for (int i = 0; i < DESCRIPTORS; i++) MUST(close(fds[i]));
  check_whole();
}

int main(int argc, char **argv) {
  int option;
  while ((option = getopt(argc, argv, "n:l:s:Mv")) != -1) {
    if (option == 'n') operations = atol(optarg);
    else if (option == 'l') maximum = strtoul(optarg, NULL, 0);
    else if (option == 's') seed = strtoull(optarg, NULL, 0);
    else if (option == 'M') kept_mappings = false;
    else if (option == 'v') verbose = true;
    else return 2;
  }
  if (optind >= argc) {
    fprintf(stderr, "usage: %s [-n OPERATIONS] [-l MAXIMUM-SIZE] [-s SEED] [-M] [-v] FILE...\n", argv[0]);
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGBUS, on_sigbus);
  shadow = malloc(maximum);
  buffer = malloc(maximum + 1);
  uint64_t first = seed;
  int passed = 0;
  for (int i = optind; i < argc; i++, passed++) {
    snprintf(path, sizeof(path), "%s", argv[i]);
    snprintf(other_path, sizeof(other_path), "%s.renamed", argv[i]);
    seed = first + (uint64_t)(i - optind);
    run_file();
  }
  printf("%d passed, 0 failed, 0 skipped\n", passed);
  return 0;
}
